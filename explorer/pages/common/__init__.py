"""Building blocks shared by several pages."""
