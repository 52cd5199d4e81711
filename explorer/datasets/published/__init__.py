"""Data sets published as files: fetched once, checked, and read from the IDX format."""
