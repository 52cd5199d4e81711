"""Statistics of what was measured, as figures whose keys end in their unit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np


def intervals(stamps: Sequence[float]) -> list[float]:
    """Times between one stamp and the next."""
    return [after - before for before, after in pairwise(stamps)]


def spread(name: str, values: Sequence[float], unit: str) -> dict[str, float]:
    """5th, 50th and 95th percentile and the maximum, as ``NAME_p5_UNIT`` and so on.

    Percentiles are nearest-rank percentiles, values that did occur: between two refreshes of a
    screen there is nothing to interpolate. Without any values there are no figures.
    """
    if not values:
        return {}
    ranks = np.percentile(values, (5, 50, 95), method="inverted_cdf")
    p5, p50, p95 = (float(rank) for rank in ranks)
    figures = {"p5": p5, "p50": p50, "p95": p95, "max": float(max(values))}
    return {f"{name}_{which}_{unit}": value for which, value in figures.items()}


def median_and_max(name: str, values: Sequence[float], unit: str) -> dict[str, float]:
    """``NAME_median_UNIT`` and ``NAME_max_UNIT``; nothing without any values."""
    if not values:
        return {}
    return {
        f"{name}_median_{unit}": float(np.median(values)),
        f"{name}_max_{unit}": float(max(values)),
    }


def ratio(above: float | None, below: float | None) -> float | None:
    """``above / below``, or None where one of them was not measured."""
    return above / below if above is not None and below else None
