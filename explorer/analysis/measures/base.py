"""The contract of a measure: every number about a model has a name, a unit and a meaning."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.analysis.subject import Check, Subject
from explorer.specs import Measured

NONE = "–"


@dataclass(frozen=True)
class Value:
    """What a measure found: the value, and its standard error where it is an estimate."""

    value: float
    error: float | None = None


@dataclass(frozen=True)
class Measure:
    """A number about a model.

    Attributes:
        name: the name in files, addresses and on the command line.
        title: the name shown to people.
        unit: what it is counted in.
        help: a sentence or two on what it means.
        compute: from a subject to the value. A ValueError says why there is none after all.
        cost: how long that takes on a laptop.
        scope: whether it is about the whole model or about one of its views.
        undefined: why it has no value for a subject, or None if it has.
        each: the number of each held-out image, (n,), if the value is their mean.
        decimals: how many to show.
    """

    name: str
    title: str
    unit: str
    help: str
    compute: Callable[[Subject], Value]
    cost: Literal["instant", "seconds", "minutes"] = "instant"
    scope: Literal["model", "view"] = "view"
    undefined: Check = lambda subject: None
    each: Callable[[Subject], np.ndarray] | None = None
    decimals: int = 2

    def of(self, subject: Subject) -> Measured:
        """The value with its error, or the reason why there is none."""
        why = self.undefined(subject)
        if why is None:
            try:
                found = self.compute(subject)
            except ValueError as error:
                why = str(error)
            else:
                if np.isfinite(found.value):
                    return Measured(value=found.value, error=found.error, unit=self.unit)
                why = "the model's numbers are not finite"
        return Measured(value=None, unit=self.unit, why=why)

    def key(self, subject: Subject) -> str:
        """The name under which it is stored: that of the measure, and the view if it is about
        another one than the model's default."""
        view = subject.view
        if self.scope == "model" or view.key == view.model.view().key:
            return self.name
        return f"{self.name}@{view.key}"

    def format(self, measured: Measured | None, with_error: bool = False) -> str:
        """The value as people read it, an en dash where there is none."""
        if measured is None or measured.value is None:
            return NONE
        if not (with_error and measured.error):
            return f"{measured.value:.{self.decimals}f}"
        # As many decimals as the error's first digit has, and at most one more than usual.
        places = min(max(0, -math.floor(math.log10(measured.error))), self.decimals + 1)
        return f"{measured.value:.{places}f} ± {measured.error:.{places}f}"


def mean_of(each: Callable[[Subject], np.ndarray]) -> Callable[[Subject], Value]:
    """The mean over images (n,), with its standard error."""

    def compute(subject: Subject) -> Value:
        values = subject.once(each)
        return Value(float(values.mean()), float(values.std() / len(values) ** 0.5))

    return compute
