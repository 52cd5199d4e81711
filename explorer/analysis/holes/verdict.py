"""Which codes are in holes, and how much of a distribution of codes is.

No single number identifies a hole: a decoder may output a blur that is close to all images, a
classifier may be sure about nonsense, and a density ignores the decoded image. So there are three
criteria, each with a threshold that users see; any one of them makes a hole.
"""

from dataclasses import dataclass, replace

import numpy as np

from explorer.analysis.holes.shares import Share


@dataclass(frozen=True)
class HoleThresholds:
    """A code is in a hole if it is beyond any of these thresholds. About one in twenty
    reconstructions of held-out images exceeds the default distance, and likewise the default
    entropy, on digits and on MNIST.

    Attributes:
        distance: from D(z) to the nearest real image, in units of the typical distance.
        entropy: of the classifier on D(z), nats.
        log_ratio: log q(z) − log p(z), nats, with q the density of the codes of images and p the
            density that z was drawn from; holes are below it.
    """

    distance: float = 1.05
    entropy: float = 0.6
    log_ratio: float = -3.0


@dataclass(frozen=True, eq=False)
class HoleSignals:
    """Signals of n codes, in the units of ``HoleThresholds``; NaN where one is unknown.

    Attributes:
        distance: (n,).
        entropy: (n,), or (K, n) of K classifiers.
        log_ratio: (n,).
        per: how many successive codes belong to one draw, such as the points of a line.

    Raises:
        ValueError: so many codes cannot be divided into draws.
    """

    distance: np.ndarray
    entropy: np.ndarray
    log_ratio: np.ndarray
    per: int = 1

    def __post_init__(self) -> None:
        if self.per < 1 or len(self.distance) % self.per:
            raise ValueError(f"{len(self.distance)} codes are no draws of {self.per}")

    def by(self, classifier: int) -> "HoleSignals":
        """The signals as one of the classifiers alone gives them, its entropy (n,)."""
        return replace(self, entropy=np.atleast_2d(self.entropy)[classifier])


@dataclass(frozen=True, eq=False)
class HoleVerdict:
    """Which of n codes are in holes, and why: boolean, (n,), or (K, n) where K classifiers judge.

    Attributes:
        hole: any of the following.
        far: D(z) is far from every real image.
        unclear: the classifier is unsure about D(z).
        empty: codes of images are much rarer there than draws from p(z).
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
class HoleShares:
    """How much of a distribution of codes is in holes, as shares of its draws.

    Attributes:
        mass: codes in holes.
        far, unclear, empty: codes in holes for this reason; a code may have several. ``empty`` is
            None if the distribution has no density to compare with.
        clear: codes whose decoded image the classifier is sure about.
        crossing: draws, such as lines of several codes, with at least one code in a hole.
    """

    mass: Share
    far: Share
    unclear: Share
    empty: Share | None
    clear: Share
    crossing: Share


def hole_shares(signals: HoleSignals, thresholds: HoleThresholds) -> HoleShares:
    """Shares of holes among draws with these signals."""
    verdict = find_holes(signals, thresholds)
    holes = np.atleast_2d(verdict.hole)
    known = not np.isnan(signals.log_ratio).all()
    return HoleShares(
        mass=Share.of(holes, signals.per),
        far=Share.of(verdict.far, signals.per),
        unclear=Share.of(verdict.unclear, signals.per),
        empty=Share.of(verdict.empty, signals.per) if known else None,
        clear=Share.of(~verdict.unclear, signals.per),
        crossing=Share.of(holes.reshape(len(holes), -1, signals.per).any(axis=2)),
    )
