"""Data sets published as files: fetched once, verified, and read from the IDX format."""
