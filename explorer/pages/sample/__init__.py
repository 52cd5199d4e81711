"""Sample: draw codes, decode them, see where they lie, download them."""
