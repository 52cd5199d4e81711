"""Scores of holes as rows of a table, computed in the background."""

from collections.abc import Callable, Sequence

from explorer.analysis.holes.distributions import DISTRIBUTIONS, HEADLINE
from explorer.analysis.holes.scores import SIGNALS, undefined
from explorer.analysis.holes.shares import Share
from explorer.analysis.holes.verdict import HoleShares, HoleSignals, HoleThresholds, hole_shares
from explorer.analysis.measures import MEASURES, NONE
from explorer.analysis.subject import needs_classes
from explorer.pages.common.models import Opened
from explorer.pages.common.numbers import Row, number_text
from explorer.pages.common.pending import shown
from explorer.session import Outcome
from explorer.specs import Measured

DEFAULTS = HoleThresholds()
Tell = Callable[[Opened, HoleThresholds], str]


def shares_of(
    opened: Opened, name: str, thresholds: HoleThresholds = DEFAULTS
) -> Outcome[HoleShares]:
    """How much of a distribution of DISTRIBUTIONS lies in a model's holes. The codes are drawn and
    judged once, in the background; the thresholds are applied to what was found."""
    found = signals_of(opened, name)
    if found.value is None:
        return Outcome(found.ready, trouble=found.trouble, about=found.about)
    return Outcome(ready=True, value=hole_shares(found.value, thresholds))


def signals_of(opened: Opened, name: str) -> Outcome[HoleSignals]:
    """The signals of holes at the codes drawn from a distribution of DISTRIBUTIONS."""
    if why := undefined(opened.subject, name):
        return Outcome(ready=True, trouble=why)
    return opened.once(f"holes under {name}", SIGNALS[name])


def percent(share: Share) -> str:
    """A share with its standard error, in per cent."""
    found = Measured(value=100 * share.value, error=100 * share.standard_error, unit="%")
    return MEASURES["hole_mass"].format(found, with_error=True)


def _share(
    pick: Callable[[HoleShares], Share | None], name: str = HEADLINE, classes: bool = False
) -> Tell:
    """Tells a share under a distribution; with ``classes``, only of images that have classes."""

    def tell(opened: Opened, thresholds: HoleThresholds) -> str:
        if classes and needs_classes(opened.subject):
            return NONE

        def words(shares: HoleShares) -> str:
            share = pick(shares)
            return NONE if share is None else percent(share)

        return shown(shares_of(opened, name, thresholds), words, NONE)

    return tell


def _measure(name: str) -> Tell:
    """Tells a measure of the registry, which does not depend on the thresholds."""
    return lambda opened, thresholds: number_text(opened, name, with_error=True)


def _at_defaults(name: str, otherwise: Tell) -> Tell:
    """Tells a measure of the registry as long as the thresholds are the defaults, since it may be
    stored. Meanwhile, what other thresholds need is made ready."""

    def tell(opened: Opened, thresholds: HoleThresholds) -> str:
        moved = otherwise(opened, thresholds)
        return moved if thresholds != DEFAULTS else number_text(opened, name, with_error=True)

    return tell


def _rows(models: Sequence[Opened], thresholds: HoleThresholds, tellers: dict[str, Tell]) -> list:
    """Rows whose titles, units and explanations are those of measures."""
    return [
        Row(
            MEASURES[name].title,
            MEASURES[name].unit,
            MEASURES[name].help,
            [tell(one, thresholds) for one in models],
            MEASURES[name].expert,
        )
        for name, tell in tellers.items()
    ]


def distribution_rows(models: Sequence[Opened], thresholds: HoleThresholds) -> list[Row]:
    """How much of each distribution of codes lies in holes, a row for each."""
    tellers = {}
    for name, one in DISTRIBUTIONS.items():
        tellers[one.measure] = _at_defaults(one.measure, _share(lambda shares: shares.mass, name))
        if name == "lines":
            crossing = _share(lambda shares: shares.crossing, name)
            tellers["line_crossings"] = _at_defaults("line_crossings", crossing)
    return _rows(models, thresholds, tellers)


_REASONS: tuple[tuple[str, str, Tell], ...] = (
    (
        "Far from every image",
        "Draws in holes because the nearest held-out image is farther away than the threshold. "
        "One draw may have several reasons.",
        _share(lambda shares: shares.far),
    ),
    (
        "Of no clear class",
        "Draws in holes because the classifier's entropy is above the threshold.",
        _share(lambda shares: shares.unclear, classes=True),
    ),
    (
        "Where hardly any code lies",
        "Draws in holes because log q(z) − log N(z) is below the threshold (after Rosca et al. "
        "2018).",
        _share(lambda shares: shares.empty),
    ),
)


def detail_rows(models: Sequence[Opened], thresholds: HoleThresholds) -> list[Row]:
    """Why draws from the fitted Gaussian are in holes, and how well the plane keeps classes and
    neighbours."""
    unit = DISTRIBUTIONS[HEADLINE].unit
    reasons = [
        Row(title, unit, help, [tell(one, thresholds) for one in models])
        for title, help, tell in _REASONS
    ]
    tellers = {
        "clear_draws": _at_defaults(
            "clear_draws", _share(lambda shares: shares.clear, classes=True)
        ),
        "class_pieces": _measure("class_pieces"),
        "folds": _measure("folds"),
        "tears": _measure("tears"),
    }
    return reasons + _rows(models, thresholds, tellers)
