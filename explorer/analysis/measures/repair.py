"""How much of the draws from densities fitted to the codes is in holes: what they repair."""

from dataclasses import replace

from explorer.analysis.holes.repair import REPAIRS, source_signals
from explorer.analysis.holes.verdict import HoleThresholds, hole_shares
from explorer.analysis.measures.base import Measure, Value
from explorer.analysis.measures.holes import Shares, percent
from explorer.analysis.sampling import SOURCES, best_mixture
from explorer.analysis.subject import Check, first_reason, needs_classes, needs_images

_HELP = (
    "The density is fitted to half of the held-out codes, and its draws are judged by the other "
    "half: by those images, and by the density of their codes against the one drawn from."
)
_CLEAR = "The same draws: the classifier is sure about their class."


def _shares(source: str) -> Shares:
    return lambda subject: hole_shares(source_signals(subject, source), HoleThresholds())


def _measures(source: str) -> tuple[Measure, Measure]:
    """The share of draws from a source that is in holes, and of those of a clear class."""
    shares, title = _shares(source), SOURCES[source].title
    undefined: Check = first_reason(needs_images, SOURCES[source].undefined)
    in_holes = Measure(
        name=f"repaired_holes_{source}",
        title=f"Repair ({title}): in holes",
        unit="% of draws",
        help=_HELP,
        compute=percent(shares, lambda found: found.mass),
        cost="seconds",
        undefined=undefined,
        decimals=1,
    )
    is_clear = replace(
        in_holes,
        name=f"repaired_clear_{source}",
        title=f"Repair ({title}): of a clear class",
        help=_CLEAR,
        compute=percent(shares, lambda found: found.clear),
        undefined=first_reason(undefined, needs_classes),
    )
    return in_holes, is_clear


COMPONENTS = Measure(
    name="mixture_components",
    title="Components of the mixture",
    unit="components",
    help="How many Gaussians describe the held-out codes best, by the Bayesian information "
    "criterion (Schwarz 1978).",
    compute=lambda subject: Value(float(len(subject.once(best_mixture).weights))),
    cost="seconds",
    decimals=0,
)
REPAIRED = tuple(measure for source in REPAIRS for measure in _measures(source))
