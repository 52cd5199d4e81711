"""Density of codes, where it is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from explorer.analysis.geometry import CodeDensity
from explorer.models.latent import Codes

RANDOM = np.random.default_rng(0)


def density(mean, scale=None) -> CodeDensity:
    """That of posteriors; without scales, of codes."""
    mean = np.asarray(mean)
    scales = np.zeros_like(mean) if scale is None else np.asarray(scale)
    return CodeDensity.of(Codes(mean, scales, np.zeros(len(mean), int)), scale is not None)


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_a_collapsed_posterior_is_the_prior(dimensions: int) -> None:
    at = 3 * RANDOM.normal(size=(50, dimensions))
    found = density(np.zeros((300, dimensions)), np.ones((300, dimensions))).log(at)
    np.testing.assert_allclose(found, norm.logpdf(at).sum(axis=1), atol=1e-4)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 8])
def test_the_mixture_is_what_scipy_makes_of_it(dimensions: int) -> None:
    mean = RANDOM.normal(size=(40, dimensions))
    scale = RANDOM.uniform(0.2, 1, size=(40, dimensions))
    at = RANDOM.normal(size=(30, dimensions))
    parts = [
        multivariate_normal(m, np.diag(s**2)).pdf(at) for m, s in zip(mean, scale, strict=True)
    ]
    found = density(mean, scale).log(at)
    np.testing.assert_allclose(found, np.log(np.mean(parts, axis=0)), atol=1e-4)


def test_a_kernel_density_finds_the_normal_it_was_drawn_from() -> None:
    codes = np.array([1.0, -2.0]) + RANDOM.normal(size=(20_000, 2)) * [2.0, 0.5]
    at = np.array([[1.0, -2.0], [3.0, -2.0], [1.0, -1.5]])
    truth = multivariate_normal([1, -2], np.diag([4, 0.25])).logpdf(at)
    found = density(codes)
    assert found.is_kernel
    np.testing.assert_allclose(found.log(at), truth, atol=0.1)
    widths = codes.std(axis=0) * 20_000 ** (-1 / 6)
    np.testing.assert_allclose(found.scales, np.broadcast_to(widths, codes.shape), rtol=1e-4)


def test_a_place_without_codes_lies_far_below_the_prior() -> None:
    """Codes on a ring: in its middle the prior is densest, and no code is near."""
    angle = np.linspace(0, 2 * np.pi, 500)
    mean = 2 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    at = np.array([[0.0, 0.0], [2.0, 0.0]])
    middle, on = density(mean, np.full_like(mean, 0.1)).log(at) - norm.logpdf(at).sum(axis=1)
    assert middle < -100
    assert on > 0


@pytest.mark.parametrize("scale", [1e-3, 1e-9, None])
def test_tiny_scales_and_equal_codes_give_finite_numbers(scale: float | None) -> None:
    mean = np.repeat([[0.5, 0.5], [1.0, 1.0]], 20, axis=0)
    scales = None if scale is None else np.full_like(mean, scale)
    assert np.isfinite(density(mean, scales).log([[0.5, 0.5], [9.0, 9.0]])).all()


def test_codes_that_are_not_finite_are_left_out() -> None:
    mean = np.array([[0.0, 0.0], [np.nan, 1.0]])
    found = density(mean, np.ones((2, 2))).log(np.zeros((1, 2)))
    np.testing.assert_allclose(found, 2 * norm.logpdf(0), atol=1e-5)


def test_no_place_gives_no_number() -> None:
    assert density(np.zeros((3, 2)), np.ones((3, 2))).log(np.zeros((0, 2))).shape == (0,)
