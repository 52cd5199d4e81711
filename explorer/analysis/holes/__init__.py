"""Holes of a latent space, and how well it preserves classes and neighbourhoods."""
