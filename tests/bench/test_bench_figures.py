"""The statistics of the benchmarks, on values whose statistics are known."""

from __future__ import annotations

import pytest

from explorer.bench.pad.figures import intervals, median_and_max, ratio, spread


def test_intervals_lie_between_stamps() -> None:
    assert intervals([1.0, 3.0, 6.0]) == [2.0, 3.0]
    assert intervals([1.0]) == []
    assert intervals([]) == []


def test_the_spread_of_a_hundred() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert spread("wait", values, "ms") == {
        "wait_p5_ms": 5.0,
        "wait_p50_ms": 50.0,
        "wait_p95_ms": 95.0,
        "wait_max_ms": 100.0,
    }


def test_percentiles_are_values_that_occurred() -> None:
    """A twentieth of the frames may be late before the 95th percentile says so."""
    assert spread("wait", [16.7] * 95 + [33.4] * 5, "ms")["wait_p95_ms"] == 16.7
    assert spread("wait", [16.7] * 94 + [33.4] * 6, "ms")["wait_p95_ms"] == 33.4


def test_the_median_and_the_maximum() -> None:
    assert median_and_max("wait", [1.0, 9.0, 2.0], "s") == {
        "wait_median_s": 2.0,
        "wait_max_s": 9.0,
    }


@pytest.mark.parametrize("figures", [spread, median_and_max])
def test_without_values_there_are_no_figures(figures) -> None:
    assert figures("wait", [], "ms") == {}


@pytest.mark.parametrize(
    ("above", "below", "expected"),
    [(3.0, 2.0, 1.5), (0.0, 2.0, 0.0), (3.0, 0.0, None), (None, 2.0, None), (3.0, None, None)],
)
def test_a_ratio_needs_both(above, below, expected) -> None:
    assert ratio(above, below) == expected
