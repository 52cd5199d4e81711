"""Information: how probable images are under a model, and what its codes say about them."""
