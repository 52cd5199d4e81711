"""What is computed from a model and its images: measures, fields, geometry."""
