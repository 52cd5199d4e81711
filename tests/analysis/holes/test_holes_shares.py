"""Shares and their errors, where draws and classifiers vary as planted."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from explorer.analysis.holes.shares import Share


def test_the_standard_error_of_draws_is_binomial_and_that_of_repeated_draws():
    random = np.random.default_rng(0)
    shares = [Share.of(random.random(400) < 0.3) for _ in range(500)]
    expected = math.sqrt(0.3 * 0.7 / 400)
    assert np.std([one.value for one in shares]) == pytest.approx(expected, rel=0.15)
    assert np.mean([one.standard_error for one in shares]) == pytest.approx(expected, rel=0.02)
    assert {one.classifier_error for one in shares} == {0.0}


def test_none_of_n_is_not_certain():
    none, all_ = Share.of(np.zeros(100, bool)), Share.of(np.ones(100, bool))
    assert (none.value, all_.value) == (0, 1)
    assert none.standard_error == pytest.approx(all_.standard_error)
    # The exact 95 % bound (Clopper & Pearson 1934) is 3 %; this one is of that size.
    assert 0.007 < none.half < stats.beta.ppf(0.975, 1, 100)


def planted(random, classifiers: int, draws: int) -> np.ndarray:
    """Hits (K, n) with P(hit) = ½ + classifier's bias + draw's difficulty, each of known spread."""
    bias = random.normal(0, 0.03, size=(classifiers, 1))
    hardness = random.normal(0, 0.15, size=(1, draws))
    return random.random((classifiers, draws)) < 0.5 + bias + hardness


def test_the_error_of_draws_and_classifiers_is_that_of_repeating_both():
    random = np.random.default_rng(0)
    shares = [Share.of(planted(random, 3, 300)) for _ in range(3000)]
    spread = np.std([one.value for one in shares])
    mean_error = math.sqrt(np.mean([one.standard_error**2 for one in shares]))
    draws_alone = math.sqrt(np.mean([one.draw_error**2 for one in shares]))
    # Slightly too large, as no variance is taken to be negative.
    assert 0.95 * spread < mean_error < 1.1 * spread
    assert draws_alone < 0.9 * spread, "without the classifiers it would be too small"


@pytest.mark.parametrize("classifiers", [2, 3, 5])
def test_the_interval_holds_the_truth_at_least_as_often_as_it_says(classifiers):
    random = np.random.default_rng(classifiers)
    shares = [Share.of(planted(random, classifiers, 300)) for _ in range(2000)]
    held = np.mean([abs(one.value - 0.5) < one.half for one in shares])
    assert 0.94 < held <= 0.995


def test_points_of_a_line_are_no_independent_draws():
    """Lines of 20 points are wholly in a hole or not at all: 20 points count as one."""
    random = np.random.default_rng(0)
    lines = [np.repeat(random.random(100) < 0.4, 20) for _ in range(500)]
    spread = np.std([line.mean() for line in lines])
    assert Share.of(lines[0], per=20).standard_error == pytest.approx(spread, rel=0.2)
    assert Share.of(lines[0], per=20).draws == 100
    assert Share.of(lines[0]).standard_error < spread / 4


def test_the_interval_over_seeds_is_students():
    values = [0.2, 0.25, 0.3, 0.1, 0.4]
    found = Share.mean(values)
    low, high = stats.t.interval(0.95, 4, np.mean(values), stats.sem(values))
    assert (found.value - found.half, found.value + found.half) == pytest.approx((low, high))
    assert Share.mean([0.3, 0.3]).half == 0
    with pytest.raises(ValueError, match="two models"):
        Share.mean([0.3])


def test_the_interval_over_seeds_and_classifiers_holds_both():
    random = np.random.default_rng(0)
    found = []
    for _ in range(2000):
        seeds, judges = random.normal(0, 0.03, size=(1, 5)), random.normal(0, 0.02, size=(3, 1))
        noise = random.normal(0, 0.003, size=(3, 5))
        found.append(Share.mean(0.3 + seeds + judges + noise))
    assert np.std([one.value for one in found]) == pytest.approx(
        math.sqrt(np.mean([one.standard_error**2 for one in found])), rel=0.05
    )
    assert np.mean([abs(one.value - 0.3) < one.half for one in found]) > 0.94
