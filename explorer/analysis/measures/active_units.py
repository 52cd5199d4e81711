"""Active units (Burda, Grosse & Salakhutdinov 2016, section 5.1.2)."""

from explorer.analysis.measures.base import Measure, Value
from explorer.analysis.subject import Subject

THRESHOLD = 0.01


def _compute(subject: Subject) -> Value:
    return Value(float((subject.all_codes.mean.var(axis=0) > THRESHOLD).sum()))


MEASURE = Measure(
    name="active_units",
    title="Active units",
    unit="dimensions",
    help=f"Latent dimensions in which the mean code varies across images (variance > {THRESHOLD}).",
    compute=_compute,
    decimals=0,
)
