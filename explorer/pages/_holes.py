"""Scores of holes as rows of a table, computed beside the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from explorer import session
from explorer.analysis.hole_scores import Structure, prior_signals, structure, undefined
from explorer.analysis.measures.holes import HoleThresholds, PriorHoles, Share, prior_holes
from explorer.pages._fields import subject_of
from explorer.pages._parts import Row
from explorer.runs.checkpoints import Checkpoint

NONE = "–"
DEFAULTS = HoleThresholds()


@dataclass(frozen=True)
class Scores:
    """The scores of a model, None until they are there.

    Attributes:
        prior: how much of the prior lies in holes.
        structure: pieces and folds of its plane.
        why: why there are none and will be none; empty if that is not so.
    """

    prior: PriorHoles | None = None
    structure: Structure | None = None
    why: str = ""


def scores_of(checkpoint: Checkpoint, thresholds: HoleThresholds = DEFAULTS) -> Scores:
    """What is known so far of a model's holes; the rest is being computed."""
    subject = subject_of(checkpoint)
    if why := undefined(subject):
        return Scores(why=why)
    digest = checkpoint.spec.digest
    signals = session.later(("prior signals", digest), lambda: prior_signals(subject))
    built = session.later(("structure", digest), lambda: structure(subject))
    prior = prior_holes(signals.value, thresholds) if signals.value else None
    return Scores(prior, built.value, signals.trouble or built.trouble)


def percent(share: Share) -> str:
    """A share with its standard error, in per cent."""
    return f"{100 * share.value:.1f} ± {100 * share.standard_error:.1f}"


def _of_prior(pick: Callable[[PriorHoles], Share]) -> Callable[[Scores], str]:
    return lambda scores: percent(pick(scores.prior)) if scores.prior else NONE


def _of_structure(tell: Callable[[Structure], str]) -> Callable[[Scores], str]:
    return lambda scores: tell(scores.structure) if scores.structure else NONE


def _pieces(built: Structure) -> str:
    return f"{built.components.mean:.1f}"


_SHARE = "% of draws from N(0, I)"
_ROWS: tuple[tuple[str, str, str, Callable[[Scores], str]], ...] = (
    (
        "Prior mass in holes",
        _SHARE,
        "Draws whose decoded image is far from every held-out image, of no clear class, or whose "
        "code hardly any image has for how often the prior draws it. ± one standard error. Few "
        "holes are no merit by themselves: a collapsed model draws one smear everywhere, hole or "
        "not by the thresholds, and its folds give it away.",
        _of_prior(lambda prior: prior.mass),
    ),
    (
        "… far from every image",
        _SHARE,
        "Of these, in holes since the nearest held-out image is farther away than the threshold. "
        "A draw may have several reasons.",
        _of_prior(lambda prior: prior.far),
    ),
    (
        "… of no clear class",
        _SHARE,
        "In holes since the classifier's entropy is above the threshold.",
        _of_prior(lambda prior: prior.unclear),
    ),
    (
        "… where hardly any code lies",
        _SHARE,
        "In holes since log q(z) − log p(z) is below the threshold (Rosca et al. 2018).",
        _of_prior(lambda prior: prior.empty),
    ),
    (
        "Prior draws of a clear class",
        _SHARE,
        "Draws that the classifier judges digit-like: its entropy is below the threshold. It can "
        "be sure of nonsense.",
        _of_prior(lambda prior: prior.clear),
    ),
    (
        "Pieces per class",
        "mean over classes",
        "Connected pieces of the smallest region that holds 90 % of a class' codes, those with at "
        "least 5 % of them counted: 1 where each class lies in one piece.",
        _of_structure(_pieces),
    ),
    (
        "Folds",
        "1 − trustworthiness",
        "Whether codes side by side belong to images far apart (Venna & Kaski 2001, 10 "
        "neighbours): 0 for a perfect plane, about 0.5 by chance.",
        _of_structure(lambda built: f"{built.folds.fold:.3f}"),
    ),
    (
        "Tears",
        "1 − continuity",
        "The reverse: whether images alike have codes far apart: 0 for a perfect plane, about 0.5 "
        "by chance.",
        _of_structure(lambda built: f"{built.folds.tear:.3f}"),
    ),
)


def hole_rows(
    checkpoints: Sequence[Checkpoint], thresholds: HoleThresholds = DEFAULTS
) -> list[Row]:
    """The scores of models as rows of a table, a dash where there is none or not yet."""
    scores = [scores_of(checkpoint, thresholds) for checkpoint in checkpoints]
    return [
        Row(title, unit, help, [tell(one) for one in scores]) for title, unit, help, tell in _ROWS
    ]
