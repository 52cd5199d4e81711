"""Holes: where latent spaces are empty, and how much of them, for three models side by side."""
