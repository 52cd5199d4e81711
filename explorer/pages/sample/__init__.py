"""Sample: draw codes, decode them, see where they came from, take them home."""
