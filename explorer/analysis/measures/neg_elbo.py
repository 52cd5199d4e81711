"""The negative evidence lower bound (Kingma & Welling 2014, equation 3), at KL weight 1."""

from explorer.analysis.measures.base import Evaluation, Measure, needs_posterior


def _compute(evaluation: Evaluation) -> float:
    return evaluation.losses.neg_elbo


MEASURE = Measure(
    name="neg_elbo",
    title="−ELBO",
    unit="nats per image",
    help="Reconstruction + KL, an upper bound on −log p(x), whatever KL weight it was trained "
    "with. Comparable within one likelihood and one σ only.",
    compute=_compute,
    undefined=needs_posterior,
)
