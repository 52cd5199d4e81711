"""Geometry: how much a step in the plane changes the image, and paths between places."""
