"""Folds and tears that were planted, and a plane that has none."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ortho_group
from sklearn.manifold import trustworthiness

from explorer.analysis.holes import folds as module
from explorer.analysis.holes.folds import folds

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.normal(size=(200, 2))
EMBEDDING = ortho_group.rvs(6, random_state=0)[:2]  # (2, 6)


def test_a_perfect_plane_scores_0():
    """Images that are their codes, turned into six pixels."""
    found = folds((POINTS @ EMBEDDING).reshape(-1, 1, 2, 3), POINTS)
    assert (found.folded, found.torn) == (0, 0)
    assert found.fold == pytest.approx(0, abs=1e-12)
    assert found.tear == pytest.approx(0, abs=1e-12)
    assert (found.images, found.neighbours) == (200, 10)


@pytest.mark.parametrize("count", [30, 200])
@pytest.mark.parametrize("neighbours", [1, 5, 10])
def test_folds_and_tears_are_scikit_learns(count, neighbours):
    images, codes = RANDOM.normal(size=(count, 6)), RANDOM.normal(size=(count, 2))
    codes = codes + images[:, :2]
    found = folds(images, codes, neighbours)
    fold = 1 - trustworthiness(images, codes, n_neighbors=neighbours)
    tear = 1 - trustworthiness(codes, images, n_neighbors=neighbours)
    assert found.fold == pytest.approx(fold, abs=1e-12)
    assert found.tear == pytest.approx(tear, abs=1e-12)


def test_intervals_cover_the_value_over_all_images(monkeypatch):
    """Of many selections, about 95 % of the intervals contain scikit-learn's value over all."""
    random = np.random.default_rng(3)
    images = random.normal(size=(1200, 6))
    codes = images[:, :2] + 0.1 * random.normal(size=(1200, 2))
    full = {
        "fold": 1 - trustworthiness(images, codes, n_neighbors=10),
        "tear": 1 - trustworthiness(codes, images, n_neighbors=10),
    }
    monkeypatch.setattr(module, "MOST_JUDGED", 150)
    found = [folds(images, codes, seed=seed) for seed in range(60)]
    assert {(one.images, one.judged) for one in found} == {(1200, 150)}
    for name, truth in full.items():
        values = np.array([getattr(one, name) for one in found])
        errors = np.array([getattr(one, f"{name}_error") for one in found])
        assert (np.abs(values - truth) < 1.96 * errors).mean() >= 0.88, name
        assert errors.mean() == pytest.approx(values.std(), rel=0.35), "no wider than need be"


def test_blocks_do_not_change_the_result(monkeypatch):
    images, codes = RANDOM.normal(size=(97, 6)), RANDOM.normal(size=(97, 2))
    whole = folds(images, codes)
    monkeypatch.setattr(module, "_BLOCK", 300)
    assert folds(images, codes) == whole


def test_grey_levels_do_as_well_as_shares_of_one():
    pixels = RANDOM.integers(0, 256, (150, 1, 3, 3)).astype(np.uint8)
    codes = RANDOM.normal(size=(150, 2))
    assert folds(pixels, codes) == folds(pixels * 3.0, codes)


def test_a_useless_plane_scores_as_by_chance():
    found = folds(RANDOM.normal(size=(500, 6)), RANDOM.normal(size=(500, 2)))
    for score in (found.fold, found.tear, found.folded, found.torn):
        assert score == pytest.approx(0.5, abs=0.08)


def planted_pairs(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Places (200, 2) of a flat sheet; and the same with ``count`` pairs put side by side, apart
    from all others, that lie 1000 apart in the first."""
    apart = RANDOM.uniform(-1, 1, size=(200, 2))
    corners = 10 + 5 * np.arange(count)
    apart[:count] = np.stack([corners, np.zeros(count)], axis=1)
    together = apart.copy()
    together[100 : 100 + count] = apart[:count] + 1e-6
    apart[100 : 100 + count] = apart[:count] + np.array([0, 1000])
    return apart, together


@pytest.mark.parametrize("planted", [1, 5, 20])
def test_planted_folds_are_counted(planted):
    """Images that have nothing in common, with codes side by side."""
    places, codes = planted_pairs(planted)
    found = folds(places @ EMBEDDING, codes)
    assert found.folded == pytest.approx(2 * planted / 200), "both of each pair"
    assert found.fold > 0.001


@pytest.mark.parametrize("planted", [1, 5, 20])
def test_planted_duplicates_are_counted(planted):
    """The same image twice, with codes far apart."""
    codes, places = planted_pairs(planted)
    found = folds(places @ EMBEDDING, codes)
    assert found.torn == pytest.approx(2 * planted / 200)
    assert found.tear > 0.001


def test_a_sheet_folded_in_half_has_folds_and_no_tears():
    """Images along a line, drawn as a line there and back again."""
    place = np.linspace(0, 1, 200)[:, None]
    code = np.concatenate([np.abs(place - 0.5), np.zeros_like(place)], axis=1)
    code += 1e-4 * RANDOM.normal(size=code.shape)
    found = folds(place, code)
    assert found.fold > 5 * found.tear
    assert found.folded > 0.1
    assert found.torn == 0


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(ValueError, match="four"):
        folds(POINTS[:3], POINTS[:3])
    with pytest.raises(ValueError, match="finite"):
        folds(POINTS, np.full_like(POINTS, np.nan))


def test_strangers_of_four_points_on_a_line():
    near = np.array([[0.0], [1], [10], [11]])
    assert folds(near, near).folded == 0
    assert folds(np.array([[0.0], [10], [1], [11]]), near).folded == 1
