"""Distributions of codes, under each of which holes are counted. To add one, write a new file and
add a line to DISTRIBUTIONS; its measure then exists too."""

from explorer.analysis.holes.distributions import (
    aggregate,
    gaussian,
    hull,
    lines,
    prior,
    reconstructions,
)
from explorer.analysis.holes.distributions.base import CodeDistribution, Drawn

__all__ = ["DISTRIBUTIONS", "HEADLINE", "CodeDistribution", "Drawn"]

DISTRIBUTIONS: dict[str, CodeDistribution] = {
    distribution.name: distribution
    for distribution in (
        gaussian.DISTRIBUTION,
        prior.DISTRIBUTION,
        hull.DISTRIBUTION,
        aggregate.DISTRIBUTION,
        lines.DISTRIBUTION,
        reconstructions.DISTRIBUTION,
    )
}
HEADLINE = "gaussian"  # defined for every model, and independent of the units of its codes
