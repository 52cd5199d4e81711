"""Distances to the nearest real image, of planted ones."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.holes import nearest
from explorer.analysis.holes.nearest import (
    nearest_distances,
    real_images,
    typical_distance,
)

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize("pairs", [1, 64, 2**24])
def test_distances_are_those_of_plain_search(monkeypatch, pairs):
    """In blocks of one image too."""
    monkeypatch.setattr(nearest, "_PAIRS", pairs)
    images, real = RANDOM.random((30, 1, 4, 5)), RANDOM.random((70, 1, 4, 5))
    plain = np.linalg.norm((images[:, None] - real[None]).reshape(30, 70, -1), axis=2).min(axis=1)
    np.testing.assert_allclose(nearest_distances(images, real), plain, rtol=1e-5)
    apart = np.linalg.norm((real[:, None] - real[None]).reshape(70, 70, -1), axis=2)
    apart += np.diag(np.full(70, np.inf))
    assert typical_distance(real) == pytest.approx(np.median(apart.min(axis=1)), rel=1e-5)


def test_a_real_image_is_at_0_and_a_planted_stranger_at_its_distance():
    real = RANDOM.random((50, 784)).astype(np.float32)
    stranger = real[7] + 3 / 28  # by 3 in all
    found = nearest_distances(np.stack([real[3], stranger]), real)
    assert found[0] == 0
    assert found[1] == pytest.approx(3, rel=1e-4)


def test_an_image_is_not_compared_with_its_own():
    real = RANDOM.random((40, 12))
    own = np.array([3, 5, -1, 999])
    found = nearest_distances(real[[3, 5, 3, 3]], real, own)
    apart = np.linalg.norm(real[:, None] - real[None], axis=2) + np.diag(np.full(40, np.inf))
    np.testing.assert_allclose(found, [apart[3].min(), apart[5].min(), 0, 0], atol=1e-5)


def test_what_is_typical_of_evenly_spaced_images_is_the_spacing():
    real = np.arange(20.0)[:, None] * [0.3, 0.4]
    assert typical_distance(real) == pytest.approx(0.5)


def test_duplicates_and_single_images_are_refused():
    with pytest.raises(ValueError, match="duplicate"):
        typical_distance(np.ones((5, 3)))
    with pytest.raises(ValueError, match="two images"):
        typical_distance(np.ones((1, 3)))


def test_no_image_gives_no_number(digits):
    assert nearest_distances(np.zeros((0, 4)), np.ones((2, 4))).shape == (0,)


def test_one_more_image_of_the_kind_is_at_about_1(digits):
    found = real_images(digits).relative(digits.validation.floats().numpy())
    assert np.median(found) == pytest.approx(1, abs=0.1)
    assert real_images(digits) is real_images(digits), "computed once"
    noise = RANDOM.random((20, 1, 8, 8))
    assert real_images(digits).relative(noise).min() > 1.5
