"""The verdict on places, and shares and intervals whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from explorer.analysis.holes.verdict import (
    HoleSignals,
    HoleThresholds,
    Share,
    find_holes,
    mean_interval,
    prior_holes,
)

THRESHOLDS = HoleThresholds(distance=1.5, entropy=1.0, log_ratio=-3.0)
NOTHING = HoleThresholds(math.inf, math.inf, -math.inf)


def signals(*rows: tuple[float, float, float]) -> HoleSignals:
    return HoleSignals(*np.array(rows, dtype=float).T)


def test_any_reason_makes_a_hole():
    found = find_holes(signals((1, 0, 0), (2, 0, 0), (1, 2, 0), (1, 0, -4), (2, 2, -4)), THRESHOLDS)
    np.testing.assert_array_equal(found.hole, [False, True, True, True, True])
    np.testing.assert_array_equal(found.far, [False, True, False, False, True])
    np.testing.assert_array_equal(found.unclear, [False, False, True, False, True])
    np.testing.assert_array_equal(found.empty, [False, False, False, True, True])


def test_the_thresholds_themselves_are_no_holes_and_neither_is_what_is_unknown():
    row = (1.5, 1.0, -3.0), (math.nan, math.nan, math.nan)
    assert not find_holes(signals(*row), THRESHOLDS).hole.any()


def test_shares_are_counted():
    found = prior_holes(signals((1, 0, 0), (2, 0, 0), (2, 2, 0), (1, 0, 0)), THRESHOLDS)
    assert found.mass.value == 0.5
    assert found.far.value == 0.5
    assert found.unclear.value == 0.25
    assert found.empty.value == 0
    assert found.clear.value == 0.75
    assert found.mass.draws == 4
    assert found.mass.standard_error == pytest.approx(0.25)


def test_a_perfect_latent_has_no_holes():
    found = prior_holes(signals(*[(0, 0, 0)] * 10), THRESHOLDS)
    assert (found.mass.value, found.mass.standard_error, found.clear.value) == (0, 0, 1)
    assert prior_holes(signals(*[(9, 9, -9)] * 10), NOTHING).mass.value == 0


def test_a_planted_disc_has_its_mass():
    """Within radius 1 of N(0, I) lie 1 − e^−½ of its draws."""
    z = np.random.default_rng(0).standard_normal((20_000, 2))
    inside = np.linalg.norm(z, axis=1) < 1
    found = prior_holes(signals(*[(2.0 * hit, 0, 0) for hit in inside]), THRESHOLDS).mass
    assert abs(found.value - (1 - math.exp(-0.5))) < 4 * found.standard_error
    assert found.standard_error < 0.004


def test_the_standard_error_is_that_of_repeated_draws():
    random = np.random.default_rng(0)
    values = [Share.of(random.random(400) < 0.3).value for _ in range(500)]
    assert np.std(values) == pytest.approx(math.sqrt(0.3 * 0.7 / 400), rel=0.15)


def test_the_interval_is_students():
    values = [0.2, 0.25, 0.3, 0.1, 0.4]
    found = mean_interval(values)
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    assert found.mean == pytest.approx(0.25)
    assert (found.mean - found.half, found.mean + found.half) == pytest.approx((low, high))
    assert mean_interval([0.3, 0.3]).half == 0
    assert math.isnan(mean_interval([0.3]).half)
    with pytest.raises(ValueError, match="no values"):
        mean_interval([])


def test_the_interval_holds_the_truth_as_often_as_it_says():
    random = np.random.default_rng(0)
    found = [mean_interval(random.normal(3, 2, 5).tolist()) for _ in range(2000)]
    assert np.mean([abs(one.mean - 3) < one.half for one in found]) == pytest.approx(0.95, abs=0.02)
