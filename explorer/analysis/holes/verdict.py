"""Which codes are in holes, and how much of the prior is.

No single number identifies a hole: a decoder may output a blur that is close to all images, a
classifier may be sure about nonsense, and a density ignores the decoded image. So there are three
criteria, each with a threshold that users see; any one of them makes a hole.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

CONFIDENCE = 0.95


@dataclass(frozen=True)
class HoleThresholds:
    """A code is in a hole if it is beyond any of these thresholds. About one in twenty
    reconstructions of held-out images exceeds the default distance, and likewise the default
    entropy, on digits and on MNIST.

    Attributes:
        distance: from D(z) to the nearest real image, in units of the typical distance.
        entropy: of the classifier on D(z), nats.
        log_ratio: log q(z) − log p(z), nats; holes are below it.
    """

    distance: float = 1.05
    entropy: float = 0.6
    log_ratio: float = -3.0


@dataclass(frozen=True, eq=False)
class HoleSignals:
    """Distance, entropy and log ratio of n codes, (n,) each, in the units of ``HoleThresholds``;
    NaN where one is unknown."""

    distance: np.ndarray
    entropy: np.ndarray
    log_ratio: np.ndarray


@dataclass(frozen=True, eq=False)
class HoleVerdict:
    """Which of n codes are in holes, and why: boolean, (n,) each.

    Attributes:
        hole: any of the following.
        far: D(z) is far from every real image.
        unclear: the classifier is unsure about D(z).
        empty: codes of images are much rarer there than draws from the prior.
    """

    hole: np.ndarray
    far: np.ndarray
    unclear: np.ndarray
    empty: np.ndarray


def find_holes(signals: HoleSignals, thresholds: HoleThresholds) -> HoleVerdict:
    """The verdict on each code. A NaN never makes a hole."""
    far = np.greater(signals.distance, thresholds.distance)
    unclear = np.greater(signals.entropy, thresholds.entropy)
    empty = np.less(signals.log_ratio, thresholds.log_ratio)
    return HoleVerdict(far | unclear | empty, far, unclear, empty)


@dataclass(frozen=True)
class Share:
    """A share in [0, 1], estimated by Monte Carlo.

    Attributes:
        value: the share.
        standard_error: √(value (1 − value) / draws).
        draws: the number of draws.
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
    """How much of the prior p(z) is in holes, as shares of its draws.

    Attributes:
        mass: draws in holes.
        far, unclear, empty: draws in holes for this reason; a draw may have several.
        clear: draws whose decoded image the classifier is sure about.
    """

    mass: Share
    far: Share
    unclear: Share
    empty: Share
    clear: Share


def prior_holes(signals: HoleSignals, thresholds: HoleThresholds) -> PriorHoles:
    """Shares of holes among draws from the prior with these signals."""
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
    """A mean and half the width of its confidence interval, in the unit of the values.

    Attributes:
        mean: the mean of the values.
        half: t · s / √n with Student's t (Student 1908); NaN for a single value.
        count: n.
    """

    mean: float
    half: float
    count: int


def mean_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """The mean of independent values, such as one per seed, with its confidence interval.

    Raises:
        ValueError: there are no values.
    """
    count = len(values)
    if not count:
        raise ValueError("the mean of no values is not defined")
    half = math.nan
    if count > 1:
        quantile = float(stdtrit(count - 1, (1 + confidence) / 2))
        half = quantile * float(np.std(values, ddof=1)) / math.sqrt(count)
    return Interval(float(np.mean(values)), half, count)
