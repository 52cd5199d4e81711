"""Compare: models side by side, and one model as its KL weight changes."""
