"""Train: one model, a sweep over KL weights, or the digits under one's own hand; and all jobs."""
