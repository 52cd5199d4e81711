"""Active units (Burda, Grosse & Salakhutdinov 2016, section 5.1.2)."""

from explorer.analysis.measures.base import Evaluation, Measure

THRESHOLD = 0.01


def _compute(evaluation: Evaluation) -> float:
    return float((evaluation.codes.mean.var(axis=0) > THRESHOLD).sum())


MEASURE = Measure(
    name="active_units",
    title="Active units",
    unit="dimensions",
    help=f"Latent dimensions whose mean code varies over the images (variance > {THRESHOLD}).",
    compute=_compute,
    decimals=0,
)
