"""The optimal decoder on planted posteriors, and against the sum written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.analysis.geometry import (
    CodeDensity,
    Meant,
    blur_distance,
    contributors,
    optimal_images,
)
from explorer.models import FAMILIES, build_model
from explorer.models.latent import Codes
from explorer.specs import ModelSpec
from tests.support.toys import TOYS

RNG = np.random.default_rng(0)


def meant(mean: np.ndarray, scale: np.ndarray, pixels: np.ndarray | None = None) -> Meant:
    count = len(mean)
    pixels = RNG.integers(0, 256, (count, 1, 3, 3)) if pixels is None else pixels
    codes = Codes(mean.astype(np.float32), scale.astype(np.float32), np.zeros(count, int))
    return Meant(CodeDensity.of(codes, True), torch.tensor(pixels.astype(np.uint8)))


def written_out(given: Meant, codes: np.ndarray) -> np.ndarray:
    mean, scale = given.density.means.astype(float), given.density.scales.astype(float)
    steps = (codes[:, None] - mean) / scale
    logs = -0.5 * np.square(steps).sum(axis=2) - np.log(scale).sum(axis=1)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("nk,kchw->nchw", weights, given.pixels.numpy() / 255)


@pytest.mark.parametrize("dimensions", [1, 2, 5])
@pytest.mark.parametrize("width", [0.01, 0.3, 3.0])
def test_looking_at_the_near_images_only_changes_nothing(dimensions: int, width: float) -> None:
    mean = RNG.normal(size=(700, dimensions))
    given = meant(mean, width * RNG.uniform(0.5, 2, (700, dimensions)))
    codes = RNG.uniform(-4, 4, (300, dimensions))  # also far from all of them
    found = optimal_images(given, codes)
    np.testing.assert_allclose(found, written_out(given, codes), atol=2e-3)


def test_between_two_images_stands_their_mean_and_upon_one_it_itself() -> None:
    pixels = np.stack([np.zeros((1, 3, 3)), np.full((1, 3, 3), 255)])
    given = meant(np.array([[-1.0, 0.0], [1.0, 0.0]]), np.full((2, 2), 0.2), pixels)
    found = optimal_images(given, [[0.0, 0.0], [0.0, 9.0], [-1.0, 0.0], [99.0, 3.0]])
    np.testing.assert_allclose(found.mean(axis=(1, 2, 3)), [0.5, 0.5, 0, 1], atol=1e-5)
    decoded = np.full((4, 1, 3, 3), 0.5, np.float32)
    distances = blur_distance(given, [[0.0, 0.0], [0.0, 9.0], [-1.0, 0.0], [99.0, 3.0]], decoded)
    np.testing.assert_allclose(distances, [0, 0, 1.5, 1.5], atol=1e-4)


def test_a_sure_posterior_outweighs_an_unsure_one() -> None:
    """Densities count, not distances alone: at the same mean the narrower one, by 1 / σ²."""
    given = meant(np.zeros((2, 2)), np.array([[0.1, 0.1], [0.2, 0.2]]))
    found = contributors(given, [0.0, 0.0], 5)
    np.testing.assert_array_equal(found.indices, [0, 1])
    np.testing.assert_allclose(found.weights, [0.8, 0.2], rtol=1e-5)
    assert found.effective == pytest.approx(1 / (0.64 + 0.04))


def test_contributors_are_the_planted_ones_in_order() -> None:
    mean = np.concatenate([RNG.normal(10, 1, (200, 2)), [[0, 0], [0.1, 0], [0.2, 0]]])
    found = contributors(meant(mean, np.full((203, 2), 0.2)), [0.0, 0.0], 4)
    np.testing.assert_array_equal(found.indices[:3], [200, 201, 202])
    assert found.weights.sum() == pytest.approx(1)
    assert 2 < found.effective < 3


@pytest.mark.parametrize("family", [*FAMILIES, *TOYS])
def test_every_family_has_an_optimal_decoder(
    monkeypatch: pytest.MonkeyPatch, digits, family: str
) -> None:
    for name, toy in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, toy)
    view = build_model(ModelSpec(family=family, image_shape=(1, 8, 8), widths=(8,))).view()
    found = Meant.of(view, digits.train)
    assert found.density.is_kernel == (not view.stochastic)
    images = optimal_images(found, np.zeros((2, view.dim)))
    assert images.shape == (2, 1, 8, 8)
    assert (images >= 0).all()
    assert (images <= 1).all()


def test_no_codes_have_no_images() -> None:
    given = meant(np.zeros((3, 2)), np.ones((3, 2)))
    assert optimal_images(given, np.zeros((0, 2))).shape == (0, 1, 3, 3)
