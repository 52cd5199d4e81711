"""Train: one model, a sweep over KL weights, or live training on the digits; and all jobs."""
