"""Training runs from a spec to a checkpoint, and the files in which they are stored."""
