"""Squared error of the reconstruction from the posterior mean."""

import numpy as np

from explorer.analysis.measures.base import Evaluation, Measure
from explorer.models.latent import decode_means


def _compute(evaluation: Evaluation) -> float:
    test = evaluation.dataset.test
    labels = test.labels if evaluation.model.needs_label else None
    decoded = decode_means(evaluation.model, evaluation.codes.mean, labels)
    error = np.square(decoded - test.floats().cpu().numpy())
    return float(error.sum(axis=(1, 2, 3)).mean())


MEASURE = Measure(
    name="squared_error",
    title="Squared error",
    unit="per image",
    help="Σ over pixels of (x − D(E(x)))², decoded from the mean code; comparable across all "
    "models of a data set.",
    compute=_compute,
)
