"""Holes: where a latent space is empty, three models side by side, and how much of it."""
