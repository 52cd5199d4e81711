"""Pieces of classes that were planted."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.analysis.holes.components import class_components

RANDOM = np.random.default_rng(0)


def clouds(centres: list[list[float]], count: int = 300, spread: float = 0.2) -> np.ndarray:
    return np.concatenate([RANDOM.normal(centre, spread, size=(count, 2)) for centre in centres])


@pytest.mark.parametrize("planted", [1, 2, 3, 5])
@pytest.mark.parametrize("count", [40, 1000])
def test_planted_clouds_are_counted(planted: int, count: int) -> None:
    points = clouds([[3.0 * k, 2.0 * (k % 2)] for k in range(planted)], count)
    assert class_components(points, np.zeros(len(points)), 1).counts == (planted,)


def test_each_class_is_counted_by_itself() -> None:
    one, two, three = clouds([[0, 0]]), clouds([[0, 0], [4, 0]]), clouds([[0, 4], [4, 4], [2, 0]])
    points = np.concatenate([one, two, three])
    labels = np.repeat([0, 1, 2], [len(one), len(two), len(three)])
    found = class_components(points, labels, 3)
    assert found.counts == (1, 2, 3)
    assert found.mean == 2


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_the_unit_of_the_plane_does_not_matter(scale: float) -> None:
    points = scale * clouds([[0, 0], [4, 0]])
    assert class_components(points, np.zeros(len(points)), 1).counts == (2,)


def test_a_ring_is_one_piece() -> None:
    angle = RANDOM.uniform(0, 2 * np.pi, 1000)
    ring = 3 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = ring + 0.1 * RANDOM.normal(size=ring.shape)
    assert class_components(points, np.zeros(1000), 1).counts == (1,)


def test_a_few_strays_are_no_piece() -> None:
    points = np.concatenate([clouds([[0, 0]], 500), clouds([[9, 9]], 10)])
    assert class_components(points, np.zeros(len(points)), 1).counts == (1,)


def test_codes_on_one_spot_are_one_piece_and_too_few_are_none() -> None:
    points = np.concatenate([np.full((50, 2), 0.3), RANDOM.normal(size=(5, 2)), [[np.nan, 0]]])
    labels = np.repeat([0, 1], [50, 6])
    found = class_components(points, labels, 3)
    assert found.counts == (1, None, None)
    assert found.mean == 1
    assert math.isnan(class_components(points[:2], labels[:2], 1).mean)


def test_codes_on_a_line_are_one_piece() -> None:
    points = np.stack([np.linspace(-3, 3, 400), np.zeros(400)], axis=1)
    assert class_components(points, np.zeros(400), 1).counts == (1,)
