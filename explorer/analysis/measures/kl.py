"""KL(q(z|x) ‖ p(z)): the rate."""

from explorer.analysis.measures.base import Evaluation, Measure, needs_posterior


def _compute(evaluation: Evaluation) -> float:
    return evaluation.losses.kl_total


MEASURE = Measure(
    name="kl",
    title="KL",
    unit="nats per image",
    help="KL(q(z|x) ‖ p(z)), how much a code says of its image; 0 is a collapsed model.",
    compute=_compute,
    undefined=needs_posterior,
)
