"""The verdict on places, and shares and intervals whose truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.analysis.holes.verdict import (
    HoleSignals,
    HoleThresholds,
    find_holes,
    hole_shares,
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


def test_one_of_several_classifiers_judges_alone():
    several = HoleSignals(np.zeros(2), np.array([[0.0, 2.0], [2.0, 2.0]]), np.zeros(2))
    for classifier, holes in enumerate(([False, True], [True, True])):
        alone = several.by(classifier)
        np.testing.assert_array_equal(find_holes(alone, THRESHOLDS).hole, holes)
    row = signals((1, 2, 0))
    np.testing.assert_array_equal(row.by(0).entropy, row.entropy)


def test_shares_are_counted():
    found = hole_shares(signals((1, 0, 0), (2, 0, 0), (2, 2, 0), (1, 0, 0)), THRESHOLDS)
    assert found.mass.value == 0.5
    assert found.far.value == 0.5
    assert found.unclear.value == 0.25
    assert found.empty.value == 0
    assert found.clear.value == 0.75
    assert found.mass.draws == 4
    assert found.mass.standard_error == pytest.approx(0.25)
    assert found.crossing == found.mass


def test_a_perfect_latent_has_no_holes():
    found = hole_shares(signals(*[(0, 0, 0)] * 10), THRESHOLDS)
    assert (found.mass.value, found.clear.value) == (0, 1)
    assert 0 < found.mass.standard_error < 0.1
    assert hole_shares(signals(*[(9, 9, -9)] * 10), NOTHING).mass.value == 0


def test_a_planted_disc_has_its_mass():
    """Within radius 1 of N(0, I) lie 1 − e^−½ of its draws."""
    z = np.random.default_rng(0).standard_normal((20_000, 2))
    inside = np.linalg.norm(z, axis=1) < 1
    found = hole_shares(signals(*[(2.0 * hit, 0, 0) for hit in inside]), THRESHOLDS).mass
    assert abs(found.value - (1 - math.exp(-0.5))) < 4 * found.standard_error
    assert found.standard_error < 0.004


def test_each_classifier_has_its_verdict_and_unknown_ratios_no_share():
    entropy = np.array([[0.0, 2.0, 0.0], [2.0, 2.0, 0.0]])
    found = hole_shares(HoleSignals(np.zeros(3), entropy, np.full(3, np.nan)), THRESHOLDS)
    assert found.mass.value == found.unclear.value == 0.5
    assert (found.mass.classifiers, found.far.classifiers) == (2, 1)
    assert found.empty is None


def test_a_line_crosses_a_hole_if_one_of_its_points_is_in_one():
    distance = np.array([0, 0, 0, 2, 0, 0, 2, 2, 0.0])
    found = hole_shares(HoleSignals(distance, np.zeros(9), np.zeros(9), per=3), THRESHOLDS)
    assert found.mass.value == pytest.approx(1 / 3)
    assert found.crossing.value == pytest.approx(2 / 3)
    assert found.mass.draws == found.crossing.draws == 3
