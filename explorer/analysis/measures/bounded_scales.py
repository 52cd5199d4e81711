"""The share of posteriors whose width is not the image's but the model's bound."""

from explorer.analysis.measures.base import Measure, Value
from explorer.analysis.subject import Subject

MOST = 1.0  # % of images; of the models with a KL weight above 0 in the gallery, none has any


def _compute(subject: Subject) -> Value:
    bounds = subject.view.scale_bounds
    assert bounds is not None, "it is not defined without"
    scale = subject.codes.scale  # (n, d)
    share = float(((scale <= bounds[0]) | (scale >= bounds[1])).any(axis=1).mean())
    return Value(100 * share, 100 * (share * (1 - share) / len(scale)) ** 0.5)


def _undefined(subject: Subject) -> str | None:
    if subject.view.scale_bounds is None:
        return subject.view.no_posterior or "nothing bounds the width of its posteriors"
    return None if len(subject.codes) else "there are no codes"


def _concern(value: float) -> str | None:
    if value <= MOST:
        return None
    return (
        f"For {value:.1f} % of the images σ is at the bound of what the model can express, so that "
        "their KL is the bound's and not theirs."
    )


MEASURE = Measure(
    name="bounded_scales",
    title="σ at a bound",
    unit="% of images",
    help="Images whose posterior is as narrow or as wide as the model can express, in at least one "
    "dimension. Their KL depends on that bound.",
    compute=_compute,
    undefined=_undefined,
    concern=_concern,
    expert=True,
)
