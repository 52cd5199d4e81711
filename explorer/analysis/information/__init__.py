"""What codes say and what they cost: evidence, bounds, mutual information, collapse."""
