"""How much of the prior is in holes, and how well the plane keeps classes and neighbours."""

from explorer.analysis.holes import scores
from explorer.analysis.holes.folds import Folds
from explorer.analysis.holes.verdict import HoleThresholds, PriorHoles, Share, prior_holes
from explorer.analysis.measures.base import Measure, Value
from explorer.analysis.subject import Subject, first_reason, needs_classes, needs_images

_DRAWS = "% of draws from the prior"


def _prior(subject: Subject) -> PriorHoles:
    return prior_holes(scores.prior_signals(subject), HoleThresholds())


def _percent(share: Share) -> Value:
    return Value(100 * share.value, 100 * share.standard_error)


def _mass(subject: Subject) -> Value:
    return _percent(subject.once(_prior).mass)


def _clear(subject: Subject) -> Value:
    return _percent(subject.once(_prior).clear)


def _pieces(subject: Subject) -> Value:
    found = scores.pieces(subject)
    if all(count is None for count in found.counts):
        raise ValueError("no class has enough held-out images to define its region")
    return Value(found.mean)


def _folds(subject: Subject) -> Folds:
    return scores.plane_folds(subject)


def _folded(subject: Subject) -> Value:
    found = subject.once(_folds)
    return Value(found.fold, found.fold_error)


def _torn(subject: Subject) -> Value:
    found = subject.once(_folds)
    return Value(found.tear, found.tear_error)


PRIOR_HOLE_MASS = Measure(
    name="prior_hole_mass",
    title="Prior mass in holes",
    unit=_DRAWS,
    help="Draws whose decoded image is far from every held-out image or of no clear class, or "
    "whose code is much rarer among the images than under the prior. Few holes alone do not make "
    "a good model: a collapsed one decodes every code to the same blur, which may pass the "
    "thresholds. Its folds give it away.",
    compute=_mass,
    cost="seconds",
    undefined=scores.undefined,
    decimals=1,
)
CLEAR_DRAWS = Measure(
    name="clear_draws",
    title="Prior draws of a clear class",
    unit=_DRAWS,
    help="Draws that a classifier is sure about: its entropy is below the threshold. It can be "
    "sure about nonsense.",
    compute=_clear,
    cost="seconds",
    undefined=scores.no_clear_class,
    decimals=1,
)
CLASS_PIECES = Measure(
    name="class_pieces",
    title="Pieces per class",
    unit="mean over classes",
    help="Connected pieces of the smallest region that holds 90 % of a class's codes, counting "
    "pieces with at least 5 % of them: 1 if each class is in one piece.",
    compute=_pieces,
    cost="seconds",
    undefined=first_reason(needs_images, needs_classes),
    decimals=1,
)
FOLDS = Measure(
    name="folds",
    title="Folds",
    unit="1 − trustworthiness",
    help="Whether neighbouring codes belong to images far apart (Venna & Kaski 2001, 10 "
    "neighbours): 0 for a perfect plane, about 0.5 by chance.",
    compute=_folded,
    cost="seconds",
    undefined=needs_images,
    decimals=3,
)
TEARS = Measure(
    name="tears",
    title="Tears",
    unit="1 − continuity",
    help="The reverse: whether similar images have codes far apart. 0 for a perfect plane, about "
    "0.5 by chance.",
    compute=_torn,
    cost="seconds",
    undefined=needs_images,
    decimals=3,
)
