"""Mutual information against cases in which it is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.analysis.information import mutual as information
from explorer.analysis.information.mutual import mutual_information


@pytest.mark.parametrize("dimensions", [1, 3])
def test_a_code_that_says_nothing_has_none(dimensions: int) -> None:
    mean = np.full((500, dimensions), 0.7)
    found = mutual_information(mean, np.full_like(mean, 0.4))
    assert found.nats == pytest.approx(0, abs=1e-5)
    assert found.standard_error == pytest.approx(0, abs=1e-5)
    assert found.images == 500


@pytest.mark.parametrize("scale", [1e-3, 1e-9, 1e-13])
def test_codes_that_tell_all_images_apart_have_log_n(scale: float) -> None:
    """Scales far below what float32 resolves of the means too: such has a VAE without KL weight."""
    mean = np.stack(np.meshgrid(np.arange(20.0), np.arange(-10.0, 5)), -1).reshape(-1, 2)
    found = mutual_information(mean, np.full_like(mean, scale))
    assert found.nats == pytest.approx(math.log(300), abs=1e-5)


def test_groups_that_are_told_apart_have_the_log_of_their_number() -> None:
    mean = np.repeat([[-5.0], [0.0], [5.0], [10.0]], 250, axis=0)
    found = mutual_information(mean, np.full_like(mean, 0.1))
    assert found.nats == pytest.approx(math.log(4), abs=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize(("dimensions", "ratio"), [(1, 3.0), (1, 10.0), (2, 4.0)])
def test_a_gaussian_channel_has_its_capacity(dimensions: int, ratio: float) -> None:
    """z = a x + s ε with x ~ N(0, I): ½ log(1 + a²/s²) nats per dimension."""
    x = np.random.default_rng(1).standard_normal((8000, dimensions))
    scale = 0.3
    found = mutual_information(ratio * scale * x, np.full_like(x, scale), seed=5)
    expected = dimensions * 0.5 * math.log(1 + ratio**2)
    assert 0 < found.standard_error < 0.03
    assert abs(found.nats - expected) < 4 * found.standard_error
    assert abs(found.nats - expected) < 0.06


def test_dimensions_that_say_nothing_add_nothing() -> None:
    x = np.random.default_rng(1).standard_normal((2000, 1))
    mean = np.concatenate([x, np.zeros((2000, 4))], axis=1)
    scale = np.concatenate([np.full_like(x, 0.2), np.ones((2000, 4))], axis=1)
    alone = mutual_information(x, np.full_like(x, 0.2))
    found = mutual_information(mean, scale)
    assert abs(found.nats - alone.nats) < 4 * (found.standard_error + alone.standard_error)


def test_scales_may_differ_from_image_to_image() -> None:
    """Half of the images have one wide cloud, each other one is a point far off: by the chain rule
    log 2 for which half, and log(n) in the second."""
    mean = np.concatenate([np.zeros(200), 100 + np.arange(200.0)])[:, None]
    scale = np.concatenate([np.full(200, 3.0), np.full(200, 1e-4)])[:, None]
    found = mutual_information(mean, scale)
    assert found.nats == pytest.approx(math.log(2) + 0.5 * math.log(200), abs=1e-4)


def test_the_seed_decides() -> None:
    x = np.random.default_rng(1).standard_normal((400, 2))
    first, again, other = (mutual_information(x, np.full_like(x, 0.5), seed) for seed in (3, 3, 4))
    assert first == again
    assert first.nats != other.nats


def test_pieces_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(1).standard_normal((300, 2))
    whole = mutual_information(x, np.full_like(x, 0.5))
    monkeypatch.setattr(information, "_PAIRS", 300 * 7)
    assert mutual_information(x, np.full_like(x, 0.5)).nats == pytest.approx(whole.nats, abs=1e-6)


def test_fewer_draws_are_less_exact_but_of_the_same_mixture() -> None:
    x = np.random.default_rng(1).standard_normal((3000, 2))
    scale = np.full_like(x, 0.05)
    all_of_them, some = mutual_information(x, scale), mutual_information(x, scale, draws=300)
    assert some.images == 3000
    assert some.standard_error == pytest.approx(all_of_them.standard_error * 10**0.5, rel=0.25)
    assert abs(some.nats - all_of_them.nats) < 4 * some.standard_error
    assert mutual_information(x, scale, draws=1).standard_error == 0


def test_of_many_images_a_seeded_selection_stands_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(information, "MOST_IMAGES", 150)
    mean = np.arange(1000.0)[:, None]
    found = mutual_information(mean, np.full_like(mean, 1e-3))
    assert found.images == 150
    assert found.nats == pytest.approx(math.log(150), abs=1e-5)
    assert mutual_information(mean, np.full_like(mean, 1e-3)) == found


@pytest.mark.parametrize(
    ("mean", "scale"),
    [
        (np.zeros((5, 2)), np.zeros((5, 2))),
        (np.zeros((5, 2)), np.ones((5, 1))),
        (np.full((5, 2), np.nan), np.ones((5, 2))),
        (np.zeros((5, 2)), np.full((5, 2), np.inf)),
        (np.zeros((0, 2)), np.zeros((0, 2))),
        (np.zeros(5), np.ones(5)),
    ],
)
def test_what_is_no_posterior_is_refused(mean: np.ndarray, scale: np.ndarray) -> None:
    with pytest.raises(ValueError, match="posteriors"):
        mutual_information(mean, scale)
