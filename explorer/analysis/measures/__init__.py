"""Measures: numbers about a model. To add one, add a file and an entry in MEASURES."""

from collections.abc import Iterable, Iterator, Mapping

from explorer.analysis.measures import (
    active_units,
    bounded_scales,
    evidence,
    gain,
    holes,
    information,
    kl,
    knn_accuracy,
    neg_elbo,
    paths,
    reconstruction,
    repair,
    squared_error,
    validation,
)
from explorer.analysis.measures.base import NONE, Measure, Value
from explorer.analysis.subject import Subject
from explorer.specs import Measured

__all__ = [
    "HEADLINE",
    "HEALTH",
    "INSTANT",
    "MEASURES",
    "NONE",
    "SLOW",
    "Measure",
    "Value",
    "concerns",
    "evaluate",
    "measured",
]

MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        reconstruction.MEASURE,
        kl.MEASURE,
        neg_elbo.MEASURE,
        squared_error.MEASURE,
        active_units.MEASURE,
        knn_accuracy.MEASURE,
        bounded_scales.MEASURE,
        validation.MEASURE,
        evidence.LOG_EVIDENCE,
        evidence.INFERENCE_GAP,
        evidence.SPLIT_POSTERIORS,
        information.MUTUAL_INFORMATION,
        information.AGGREGATE_KL,
        information.SEEN_MASS,
        *holes.MASSES,
        holes.LINE_CROSSINGS,
        holes.CLEAR_DRAWS,
        holes.CLASS_PIECES,
        holes.FOLDS,
        holes.TEARS,
        repair.COMPONENTS,
        *repair.REPAIRED,
        paths.GEODESIC_RATIO,
        paths.GEODESIC_QUARTER,
        paths.GEODESIC_TENTH,
        paths.DENSE_RATIO,
        gain.TANGENT_GAIN,
        gain.NORMAL_GAIN,
    )
}
# Measured as soon as a model is trained, and computed only on request.
INSTANT = tuple(name for name, measure in MEASURES.items() if measure.cost == "instant")
SLOW = tuple(name for name in MEASURES if name not in INSTANT)
# Shown only where something is wrong.
HEALTH = tuple(name for name, measure in MEASURES.items() if measure.concern)
HEADLINE = tuple(name for name in INSTANT if name not in HEALTH)


def measured(subject: Subject, names: Iterable[str] = MEASURES) -> Iterator[tuple[str, Measured]]:
    """Yield each measure of a subject under the name it is stored by. One that is not defined for
    the subject has the reason instead of a value."""
    for name in names:
        measure = MEASURES[name]
        yield measure.key(subject), measure.of(subject)


def evaluate(subject: Subject, names: Iterable[str] = MEASURES) -> dict[str, Measured]:
    """These measures of a subject, by the names they are stored by."""
    return dict(measured(subject, names))


def concerns(measures: Mapping[str, Measured]) -> list[str]:
    """What is wrong with a model according to its numbers, by the names they are stored by: one
    sentence for each, and none for a healthy model."""
    found = []
    for key, one in measures.items():
        concern = MEASURES[key.partition("@")[0]].concern
        if concern and one.value is not None and (words := concern(one.value)):
            found.append(words)
    return found
