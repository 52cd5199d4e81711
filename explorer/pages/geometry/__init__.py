"""Geometry: what a step in the plane is worth in pixels, and the ways from place to place."""
