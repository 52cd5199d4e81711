"""Scores of holes as rows of a table, computed in the background."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from explorer import session
from explorer.analysis.holes.components import Components
from explorer.analysis.holes.folds import Folds
from explorer.analysis.holes.scores import (
    pieces,
    plane_folds,
    prior_signals,
    undefined,
)
from explorer.analysis.holes.verdict import HoleThresholds, PriorHoles, Share, prior_holes
from explorer.analysis.measures import MEASURES, NONE
from explorer.analysis.subject import Subject, needs_classes
from explorer.pages.common.models import Opened
from explorer.pages.common.numbers import Row
from explorer.pages.common.pending import shown
from explorer.specs import Measured

T = TypeVar("T")

DEFAULTS = HoleThresholds()
NOTHING: session.Outcome[Any] = session.Outcome(ready=True)


@dataclass(frozen=True)
class Scores:
    """The scores of a model, as far as they are ready.

    Attributes:
        prior: how much of the prior lies in holes.
        pieces: the connected pieces of each class in the plane.
        folds: the folds and tears of the plane.
        has_classes: whether the images have classes.
        why: why the model cannot have scores of holes; empty if it can.
    """

    prior: session.Outcome[PriorHoles] = NOTHING
    pieces: session.Outcome[Components] = NOTHING
    folds: session.Outcome[Folds] = NOTHING
    has_classes: bool = True
    why: str = ""


def scores_of(opened: Opened, thresholds: HoleThresholds = DEFAULTS) -> Scores:
    """What is known so far about a model's holes; the rest is being computed."""
    subject = opened.subject
    if why := undefined(subject):
        return Scores(why=why)
    dataset = opened.source.name

    def ask(what: str, compute: Callable[[Subject], T]) -> session.Outcome[T]:
        return session.later((what, opened.key), lambda: compute(subject), like=(what, dataset))

    signals = ask("prior signals", prior_signals)
    bent = ask("folds", plane_folds)
    has_classes = needs_classes(subject) is None
    built = ask("pieces", pieces) if has_classes else NOTHING
    prior = prior_holes(signals.value, thresholds) if signals.value else None
    mass = session.Outcome(signals.ready, prior, signals.trouble, signals.about)
    return Scores(mass, built, bent, has_classes, signals.trouble)


def percent(share: Share) -> str:
    """A share with its standard error, in per cent."""
    found = Measured(value=100 * share.value, error=100 * share.standard_error, unit="%")
    return MEASURES["prior_hole_mass"].format(found, with_error=True)


def _of_prior(pick: Callable[[PriorHoles], Share]) -> Callable[[Scores], str]:
    return lambda scores: shown(scores.prior, lambda prior: percent(pick(prior)), NONE)


def _of_classes(pick: Callable[[PriorHoles], Share]) -> Callable[[Scores], str]:
    tell = _of_prior(pick)
    return lambda scores: tell(scores) if scores.has_classes else NONE


def _pieces(scores: Scores) -> str:
    def tell(found: Components) -> str:
        return NONE if math.isnan(found.mean) else f"{found.mean:.1f}"

    return shown(scores.pieces, tell, NONE)


def _of_folds(name: str, pick: Callable[[Folds], tuple[float, float]]) -> Callable[[Scores], str]:
    measure = MEASURES[name]

    def tell(found: Folds) -> str:
        value, error = pick(found)
        return measure.format(Measured(value=value, error=error, unit=measure.unit), True)

    return lambda scores: shown(scores.folds, tell, NONE)


Tell = Callable[[Scores], str]
# Rows that are measures of the registry, here at the thresholds set by the visitor; and the reasons
# behind the first one.
_MEASURED: tuple[tuple[str, Tell], ...] = (
    ("prior_hole_mass", _of_prior(lambda prior: prior.mass)),
    ("clear_draws", _of_classes(lambda prior: prior.clear)),
    ("class_pieces", _pieces),
    ("folds", _of_folds("folds", lambda found: (found.fold, found.fold_error))),
    ("tears", _of_folds("tears", lambda found: (found.tear, found.tear_error))),
)
_REASONS: tuple[tuple[str, str, Tell], ...] = (
    (
        "… far from every image",
        "Draws in holes because the nearest held-out image is farther away than the threshold. "
        "One draw may have several reasons.",
        _of_prior(lambda prior: prior.far),
    ),
    (
        "… of no clear class",
        "Draws in holes because the classifier's entropy is above the threshold.",
        _of_classes(lambda prior: prior.unclear),
    ),
    (
        "… where hardly any code lies",
        "Draws in holes because log q(z) − log p(z) is below the threshold (Rosca et al. 2018).",
        _of_prior(lambda prior: prior.empty),
    ),
)


def hole_rows(models: Sequence[Opened], thresholds: HoleThresholds = DEFAULTS) -> list[Row]:
    """The scores of models as rows of a table, with a dash where a score is not available."""
    scores = [scores_of(opened, thresholds) for opened in models]
    rows = []
    for name, tell in _MEASURED:
        measure = MEASURES[name]
        rows.append(Row(measure.title, measure.unit, measure.help, [tell(one) for one in scores]))
        if name == "prior_hole_mass":
            rows += [
                Row(title, measure.unit, help, [why(one) for one in scores])
                for title, help, why in _REASONS
            ]
    return rows
