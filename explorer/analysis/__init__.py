"""Quantities computed from a model and its images: measures, fields, geometry."""
