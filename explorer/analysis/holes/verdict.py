"""Which places of a latent space are holes, and how much of the prior lies in them.

No single number tells a hole: a decoder may draw a blur that is near to all images, a classifier
may be sure of nonsense, and a density knows nothing of the picture. So three are asked, each with a
threshold that is shown, and any of them suffices.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

CONFIDENCE = 0.95


@dataclass(frozen=True)
class HoleThresholds:
    """When a place is a hole: beyond any one of them. The default of distance and of entropy is
    what about one in twenty reconstructions of held-out images exceeds, on digits and on MNIST.

    Attributes:
        distance: from D(z) to the nearest real image, in typical distances between those.
        entropy: of the classifier on D(z), nats.
        log_ratio: log q(z) − log p(z), nats; a hole is below.
    """

    distance: float = 1.05
    entropy: float = 0.6
    log_ratio: float = -3.0


@dataclass(frozen=True, eq=False)
class HoleSignals:
    """What is known of n places: distance, entropy and log ratio, (n,) each, in the units of
    ``HoleThresholds``; NaN where something is not known."""

    distance: np.ndarray
    entropy: np.ndarray
    log_ratio: np.ndarray


@dataclass(frozen=True, eq=False)
class HoleVerdict:
    """Which of n places are holes, and why: boolean, (n,) each.

    Attributes:
        hole: any of the following.
        far: D(z) is far from every real image.
        unclear: the classifier is not sure what D(z) is.
        empty: hardly any image has its code there, for how often the prior draws it.
    """

    hole: np.ndarray
    far: np.ndarray
    unclear: np.ndarray
    empty: np.ndarray


def find_holes(signals: HoleSignals, thresholds: HoleThresholds) -> HoleVerdict:
    """The verdict on each place. What is not a number never makes a hole."""
    far = np.greater(signals.distance, thresholds.distance)
    unclear = np.greater(signals.entropy, thresholds.entropy)
    empty = np.less(signals.log_ratio, thresholds.log_ratio)
    return HoleVerdict(far | unclear | empty, far, unclear, empty)


@dataclass(frozen=True)
class Share:
    """A share in [0, 1], estimated by Monte Carlo.

    Attributes:
        value: of the draws.
        standard_error: √(value (1 − value) / draws).
        draws: how many.
    """

    value: float
    standard_error: float
    draws: int

    @classmethod
    def of(cls, hits: np.ndarray) -> "Share":
        """The share of draws (n,) that are hits."""
        value = float(np.mean(hits))
        return cls(value, math.sqrt(value * (1 - value) / len(hits)), len(hits))


@dataclass(frozen=True)
class PriorHoles:
    """How much of the prior p(z) lies in holes: shares of its draws.

    Attributes:
        mass: in holes.
        far, unclear, empty: in holes for that reason; one draw may have several.
        clear: whose decoded image the classifier is sure of, "digit-like".
    """

    mass: Share
    far: Share
    unclear: Share
    empty: Share
    clear: Share


def prior_holes(signals: HoleSignals, thresholds: HoleThresholds) -> PriorHoles:
    """Shares of holes among prior draws whose signals these are."""
    verdict = find_holes(signals, thresholds)
    return PriorHoles(
        mass=Share.of(verdict.hole),
        far=Share.of(verdict.far),
        unclear=Share.of(verdict.unclear),
        empty=Share.of(verdict.empty),
        clear=Share.of(~verdict.unclear),
    )


@dataclass(frozen=True)
class Interval:
    """A mean and half the width of its confidence interval, in the values' unit.

    Attributes:
        mean: of the values.
        half: t · s / √n with Student's t (Student 1908); NaN of a single value.
        count: n.
    """

    mean: float
    half: float
    count: int


def mean_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """The mean of independent values, such as one per seed, with its confidence interval.

    Raises:
        ValueError: there are none.
    """
    count = len(values)
    if not count:
        raise ValueError("no values have no mean")
    half = math.nan
    if count > 1:
        quantile = float(stdtrit(count - 1, (1 + confidence) / 2))
        half = quantile * float(np.std(values, ddof=1)) / math.sqrt(count)
    return Interval(float(np.mean(values)), half, count)
