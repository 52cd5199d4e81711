"""What the codes of images are coloured by: their class, a known factor, or a measure."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from explorer.analysis.measures import MEASURES, Measure
from explorer.analysis.subject import Check, Subject
from explorer.datasets import Factor, Source

CLASS = "class"


@dataclass(frozen=True)
class ColourBy:
    """A category or a number for each held-out image.

    Attributes:
        name: used in URLs.
        title: the name shown to users.
        unit: the unit of a number; "" if it has none.
        kinds: the names of the categories, in the order of their indices; None for a number.
        values: (N,) for a subject's images: numbers, NaN where undefined; or category indices.
        undefined: why a subject has no values, or None if it has.
        quick: whether the values are already known and need not be computed.
    """

    name: str
    title: str
    unit: str
    kinds: tuple[str, ...] | None
    values: Callable[[Subject], np.ndarray]
    undefined: Check = lambda subject: None
    quick: bool = True

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers, shown on a colour scale."""
        return self.kinds is None


def colourings(source: Source) -> dict[str, ColourBy]:
    """All that the codes of a data set's images can be coloured by, by name; class comes first."""
    found = [
        _by_class(source.classes),
        *(_by_factor(index, factor) for index, factor in enumerate(source.factors)),
        *(_by_measure(measure) for measure in MEASURES.values() if measure.each),
    ]
    return {one.name: one for one in found}


def _by_class(classes: tuple[str, ...]) -> ColourBy:
    title = "Class" if classes else "Nothing"
    return ColourBy(CLASS, title, "", classes, lambda subject: subject.all_codes.labels)


def _by_factor(index: int, factor: Factor) -> ColourBy:
    def values(subject: Subject) -> np.ndarray:
        assert subject.all_codes.factors is not None
        column = subject.all_codes.factors[:, index]
        return column.astype(np.int64) if factor.kinds else column

    kinds = factor.kinds or None
    return ColourBy(factor.name, factor.title, factor.unit, kinds, values, _needs_factors)


def _needs_factors(subject: Subject) -> str | None:
    if subject.all_codes.factors is None:
        return "the checkpoint was saved without the factors of its images"
    return None


def _by_measure(measure: Measure) -> ColourBy:
    return ColourBy(
        measure.name,
        measure.title,
        measure.unit,
        None,
        partial(_each, measure),
        measure.undefined,
        quick=False,
    )


def _each(measure: Measure, subject: Subject) -> np.ndarray:
    """A measure's value for each held-out image, (N,); NaN for images that were not measured."""
    assert measure.each
    found = measure.each(subject)
    about = np.arange(len(subject.all_codes)) if measure.scope == "model" else subject.places
    values = np.full(len(subject.all_codes), np.nan, dtype=np.float32)
    values[about[: len(found)]] = found
    return values
