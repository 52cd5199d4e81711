"""Runs from a spec to a checkpoint, and the folders in which both are kept."""
