"""The aggregate posterior q(z): codes of images, each sampled from its posterior."""

import numpy as np

from explorer.analysis.holes.distributions.base import CodeDistribution, Drawn
from explorer.analysis.subject import Subject, needs_density


def sampled(subject: Subject, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A code (n, d) float32 from the posterior of each of these images (n,)."""
    codes = subject.codes[index]
    noise = random.standard_normal(codes.mean.shape)
    return (codes.mean + codes.scale * noise).astype(np.float32)


def one_per_image(subject: Subject) -> np.ndarray:
    """One code (N, d) of each held-out image: a sample of q(z) that is always the same."""
    return sampled(subject, np.arange(len(subject.codes)), np.random.default_rng(0))


def _draw(subject: Subject, count: int, seed: int) -> Drawn:
    random = np.random.default_rng(seed)
    index = random.permutation(len(subject.codes))[:count]  # never one twice: draws independent
    return Drawn(sampled(subject, index, random), own=subject.places[index])


DISTRIBUTION = CodeDistribution(
    name="aggregate",
    title="Aggregate posterior q(z)",
    measure="aggregate_hole_mass",
    unit="% of draws",
    help="The posterior of a random held-out image: where codes really lie. A deterministic "
    "encoder has no posterior, so these are the codes themselves. No decoded image is compared "
    "with the one its code comes from.",
    draw=_draw,
    no_density="its density is q(z) itself, so the ratio is 1 everywhere",
    undefined=needs_density,
)
