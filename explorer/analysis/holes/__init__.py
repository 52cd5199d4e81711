"""Where a latent space has holes, and how it keeps classes and neighbourhoods."""
