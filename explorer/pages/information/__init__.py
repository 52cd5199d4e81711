"""Information: how probable a model finds images, and what its code says about them."""
