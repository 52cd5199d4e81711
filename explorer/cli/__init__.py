"""The commands of ``python -m explorer``."""
