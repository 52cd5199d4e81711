"""The interface of a measure: each number about a model has a name, a unit and a meaning."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from explorer.analysis.numerals import numeral
from explorer.analysis.subject import Check, Subject
from explorer.specs import Measured

NONE = "–"


@dataclass(frozen=True)
class Value:
    """The result of a measure: a value, and its standard error if it is an estimate."""

    value: float
    error: float | None = None


@dataclass(frozen=True)
class Measure:
    """A number about a model.

    Attributes:
        name: the name in files, URLs and on the command line.
        title: the name shown to users.
        unit: the unit of the value.
        help: one or two sentences on what it means.
        compute: computes the value for a subject; a ValueError gives the reason why it cannot.
        cost: how long this takes on a laptop.
        scope: whether it is about the whole model or one of its views.
        undefined: why it is not defined for a subject, or None if it is.
        each: the values of all held-out images, (n,), if the measure is their mean.
        decimals: how many decimals to show.
        concern: a sentence for users if a value means that the model's numbers are not what they
            seem, or None; such a measure is about a model's health.
        expert: whether it is shown only to those who ask for all numbers.
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
    concern: Callable[[float], str | None] | None = None
    expert: bool = False

    def of(self, subject: Subject) -> Measured:
        """The value with its error, or the reason why it is not defined."""
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
        """The name it is stored by: the measure's name, followed by the view's key unless the
        measure is about the whole model or the view is the default one."""
        view = subject.view
        if self.scope == "model" or view.key == view.model.view().key:
            return self.name
        return f"{self.name}@{view.key}"

    def format(self, measured: Measured | None, with_error: bool = False) -> str:
        """The value as text, or an en dash if there is none."""
        if measured is None or measured.value is None:
            return NONE
        if not (with_error and measured.error):
            return numeral(measured.value, f".{self.decimals}f")
        # Round to the error's first digit, but with at most one decimal more than usual.
        places = min(max(0, -math.floor(math.log10(measured.error))), self.decimals + 1)
        return f"{numeral(measured.value, f'.{places}f')} ± {measured.error:.{places}f}"


def mean_of(each: Callable[[Subject], np.ndarray]) -> Callable[[Subject], Value]:
    """Computes the mean of the images' values (n,) with its standard error."""

    def compute(subject: Subject) -> Value:
        values = subject.once(each)
        return Value(float(values.mean()), float(values.std() / len(values) ** 0.5))

    return compute
