"""Compare: models side by side, and one model along its KL weight."""
