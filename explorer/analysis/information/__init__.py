"""Information theory of codes: evidence, bounds, mutual information, posterior collapse."""
