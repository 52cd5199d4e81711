"""Explore: one model, its latent plane, and what its decoder draws at any place in it."""
