"""Explore: one model, its latent plane, and what its decoder makes of any place in it."""
