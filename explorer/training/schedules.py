"""Learning rate and KL weight as functions of the progress of a run. They are stateless, so a
resumed run needs only its step."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from explorer.specs import TrainingSpec

WARM_UP = 0.15  # fraction of a run in which the rate rises
FLOOR = 1e-3  # first and last rate, relative to the peak


def one_cycle(share: float) -> float:
    """Learning rate relative to its peak (Smith & Topin 2018) at ``share`` in [0, 1] of the run.

    A linear warm-up keeps large batches stable; a cosine decay lets the weights settle.
    """
    if share < WARM_UP:
        return FLOOR + (1 - FLOOR) * share / WARM_UP
    fall = (share - WARM_UP) / (1 - WARM_UP)
    return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * min(fall, 1.0)))


def _constant(spec: TrainingSpec, share: float) -> float:
    return 1.0


def _linear(spec: TrainingSpec, share: float) -> float:
    """One ramp from 0 (Bowman et al. 2016; Sønderby et al. 2016)."""
    return min(share / spec.kl_warmup, 1.0)


def _cyclical(spec: TrainingSpec, share: float) -> float:
    """``kl_cycles`` ramps, each followed by a plateau (Fu et al. 2019)."""
    if share >= 1:
        return 1.0
    return _linear(spec, share * spec.kl_cycles % 1.0)


KL_SCHEDULES: dict[str, Callable[[TrainingSpec, float], float]] = {
    "constant": _constant,
    "linear": _linear,
    "cyclical": _cyclical,
}


def kl_factor(spec: TrainingSpec, share: float) -> float:
    """The KL weight relative to the spec's, in [0, 1], at ``share`` of the run."""
    return KL_SCHEDULES[spec.kl_schedule](spec, share)


@dataclass(frozen=True)
class EpochPlan:
    """The settings specific to one epoch of a run.

    Attributes:
        seed: of the order and noise.
        kl_weight: the current peak, used to weight held-out losses.
        settings: learning rate and KL weight of each step.
    """

    seed: int
    kl_weight: float
    settings: tuple[tuple[float, float], ...]


def plan_epoch(spec: TrainingSpec, epoch: int, steps: int) -> EpochPlan:
    """The plan of the epoch that follows ``epoch`` finished ones and has ``steps`` steps."""
    kl_weight, learning_rate = spec.in_force(epoch)
    shares = [(epoch + step / steps) / spec.epochs for step in range(steps)]
    return EpochPlan(
        spec.seed * 1_000_003 + epoch,
        kl_weight,
        tuple(
            (learning_rate * one_cycle(share), kl_weight * kl_factor(spec, share))
            for share in shares
        ),
    )
