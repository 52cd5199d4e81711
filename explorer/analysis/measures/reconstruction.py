"""Reconstruction: the expected negative log-likelihood."""

from explorer.analysis.measures.base import Evaluation, Measure


def _compute(evaluation: Evaluation) -> float:
    return evaluation.losses.reconstruction


MEASURE = Measure(
    name="reconstruction",
    title="Reconstruction",
    unit="nats per image",
    help="−E log p(x|z) with z drawn from q(z|x): the distortion; lower is better. Densities can "
    "exceed 1, so it may be negative.",
    compute=_compute,
)
