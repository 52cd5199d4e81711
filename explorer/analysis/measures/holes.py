"""How much of which distribution of codes is in holes, and how well the plane keeps classes and
neighbours."""

from collections.abc import Callable
from functools import partial

from explorer.analysis.holes import scores
from explorer.analysis.holes.distributions import DISTRIBUTIONS, HEADLINE, CodeDistribution
from explorer.analysis.holes.folds import Folds
from explorer.analysis.holes.shares import Share
from explorer.analysis.holes.verdict import HoleShares, HoleThresholds, hole_shares
from explorer.analysis.measures.base import Measure, Value
from explorer.analysis.subject import Subject, first_reason, needs_classes, needs_images

Shares = Callable[[Subject], HoleShares]


def _shares_under(name: str) -> Shares:
    """Computes the shares of a distribution; always the same function, so that it runs once for
    all measures that need it."""

    def shares(subject: Subject) -> HoleShares:
        return hole_shares(subject.once(scores.SIGNALS[name]), HoleThresholds())

    return shares


_SHARES = {name: _shares_under(name) for name in DISTRIBUTIONS}


def percent(shares: Shares, pick: Callable[[HoleShares], Share]) -> Callable[[Subject], Value]:
    """Computes one of the shares of a subject, in per cent."""

    def compute(subject: Subject) -> Value:
        share = pick(subject.once(shares))
        return Value(100 * share.value, 100 * share.standard_error)

    return compute


def _mass(distribution: CodeDistribution) -> Measure:
    return Measure(
        name=distribution.measure,
        title=f"In holes: {distribution.title}",
        unit=distribution.unit,
        help=f"{distribution.help} {_HOLE if distribution.name == HEADLINE else ''}".strip(),
        compute=percent(_SHARES[distribution.name], lambda shares: shares.mass),
        cost="seconds",
        undefined=partial(scores.undefined, name=distribution.name),
        decimals=1,
    )


_HOLE = (
    "In a hole: the decoded image is far from every held-out image or of no clear class, or the "
    "code is much rarer among those of images than among the draws. ± is one standard error, from "
    "draws and classifiers. Few holes alone do not make a good model: a blur that is near to all "
    "images may pass. Compare with the floor, reconstructions."
)
MASSES = tuple(map(_mass, DISTRIBUTIONS.values()))
LINE_CROSSINGS = Measure(
    name="line_crossings",
    title="Lines that cross a hole",
    unit="% of lines",
    help="Straight lines between the mean codes of two random held-out images with at least one of "
    "32 evenly spaced points in a hole, however small: read it with the share of points.",
    compute=percent(_SHARES["lines"], lambda shares: shares.crossing),
    cost="seconds",
    undefined=partial(scores.undefined, name="lines"),
    decimals=1,
    expert=True,
)


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


CLEAR_DRAWS = Measure(
    name="clear_draws",
    title="Draws of a clear class",
    unit="% of draws",
    help="Draws from the Gaussian fitted to the codes that a classifier is sure about: its entropy "
    "is below the threshold. It can be sure about nonsense.",
    compute=percent(_SHARES[HEADLINE], lambda shares: shares.clear),
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
    expert=True,
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
    expert=True,
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
    expert=True,
)
