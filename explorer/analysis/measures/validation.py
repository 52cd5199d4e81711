"""How much worse the end of training is than its best."""

from explorer.analysis.measures.base import Measure, Value
from explorer.analysis.subject import Subject

MOST = 1.0  # nat per image: then an image is e times less probable


def _compute(subject: Subject) -> Value:
    curve = subject.validation
    return Value(curve[-1] - min(curve))


def _concern(value: float) -> str | None:
    if value <= MOST:
        return None
    return (
        f"Its training ended {value:.1f} nats per image above its best validation loss, so that "
        "its end is not what the model can do."
    )


MEASURE = Measure(
    name="loss_above_best",
    title="End above best",
    unit="nats per image",
    help="Validation loss after the last epoch minus the lowest after any epoch: 0 for a run that "
    "was best at its end.",
    compute=_compute,
    scope="model",
    undefined=lambda subject: None if subject.validation else "its training is not recorded",
    concern=_concern,
    expert=True,
)
