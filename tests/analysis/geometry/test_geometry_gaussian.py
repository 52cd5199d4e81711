"""The Gaussian and the kernel density of codes, against scipy and under a change of units."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import gaussian_kde, multivariate_normal

from explorer.analysis.geometry import CodeGaussian, CodeKernels

RANDOM = np.random.default_rng(0)
TILT = np.array([[1.0, 0.0], [0.9, 0.2]])


def tilted(count: int = 3000) -> np.ndarray:
    """Codes of a banana, along no axis and not Gaussian."""
    u = RANDOM.standard_normal((count, 2))
    u[:, 1] += 0.5 * u[:, 0] ** 2
    return u @ TILT.T + [3.0, -1.0]


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_the_gaussian_has_the_moments_of_the_codes_and_of_their_posteriors(dimensions: int) -> None:
    """Law of total covariance, against a sample of the mixture of all posteriors."""
    means = RANDOM.normal(size=(400, dimensions)) @ RANDOM.normal(size=(dimensions, dimensions))
    scales = RANDOM.uniform(0.2, 1.5, size=means.shape)
    found = CodeGaussian.of(means, scales)
    many = np.repeat(means, 2000, axis=0)
    many += np.repeat(scales, 2000, axis=0) * RANDOM.standard_normal(many.shape)
    assert_allclose(found.mean, many.mean(axis=0), atol=0.02)
    assert_allclose(found.root @ found.root.T, np.cov(many.T).reshape(dimensions, -1), atol=0.05)


@pytest.mark.parametrize("dimensions", [1, 3])
def test_its_density_is_scipys(dimensions: int) -> None:
    codes = RANDOM.normal(size=(200, dimensions)) @ RANDOM.normal(size=(dimensions, dimensions))
    at = RANDOM.normal(size=(50, dimensions))
    truth = multivariate_normal(codes.mean(axis=0), np.cov(codes.T, ddof=0)).logpdf(at)
    assert_allclose(CodeGaussian.of(codes).log(at), truth, atol=1e-6)


def test_draws_have_its_moments_times_the_temperature() -> None:
    gaussian = CodeGaussian.of(tilted())
    z = gaussian.draw(100_000, np.random.default_rng(1), temperature=0.5)
    assert_allclose(z.mean(axis=0), gaussian.mean, atol=0.02)
    assert_allclose(np.cov(z.T), gaussian.root @ gaussian.root.T / 4, atol=0.02)


def test_the_kernel_density_is_scipys() -> None:
    codes = tilted()
    at = codes[:300] + RANDOM.normal(scale=0.5, size=(300, 2))
    count = len(codes)
    biased = count ** (-1 / 6) * np.sqrt((count - 1) / count)  # scipy divides by count − 1
    truth = gaussian_kde(codes.T, biased).logpdf(at.T)
    assert_allclose(CodeKernels.of(codes).log(at), truth, atol=0.01)


def test_draws_from_kernels_have_their_covariance() -> None:
    codes = tilted()
    z = CodeKernels.of(codes).draw(100_000, np.random.default_rng(1))
    widened = np.cov(codes.T) * (1 + len(codes) ** (-2 / 6))
    assert_allclose(np.cov(z.T), widened, rtol=0.03, atol=0.02)


@pytest.mark.parametrize(
    "change",
    [0.25 * np.eye(2), 3.7 * np.eye(2), 1e-3 * np.eye(2), np.array([[0.6, -0.8], [0.8, 0.6]])],
    ids=["quartered", "times 3.7", "thousandths", "rotated"],
)
@pytest.mark.parametrize("kind", [CodeGaussian, CodeKernels])
def test_a_change_of_units_or_axes_shifts_the_log_density_by_a_constant(kind, change) -> None:
    """log |det A|, and nothing else: so a ratio of two such densities does not change."""
    codes = tilted()
    at = codes[:200] + RANDOM.normal(scale=2, size=(200, 2))
    before = kind.of(codes).log(at)
    after = kind.of(codes @ change.T).log(at @ change.T)
    assert_allclose(before - after, np.log(abs(np.linalg.det(change))), rtol=0, atol=0.02)


@pytest.mark.parametrize("factor", [0.25, 3.7])
@pytest.mark.parametrize("kind", [CodeGaussian, CodeKernels])
def test_draws_follow_the_units(kind, factor: float) -> None:
    codes = tilted()
    one = kind.of(codes).draw(500, np.random.default_rng(2))
    other = kind.of(factor * codes).draw(500, np.random.default_rng(2))
    assert_allclose(other, factor * one, rtol=1e-4, atol=1e-4)


def test_codes_in_one_place_or_on_a_line_have_a_density() -> None:
    for codes in (np.ones((20, 2)), np.outer(np.arange(20.0), [1, 2])):
        for fitted in (CodeGaussian.of(codes), CodeKernels.of(codes)):
            z = fitted.draw(50, np.random.default_rng(0))
            assert_allclose(z, codes[0] + (z - codes[0]), atol=1e-6)
            assert np.isfinite(fitted.log(z)).all()
    line = CodeGaussian.of(np.outer(np.arange(20.0), [1, 2])).draw(99, np.random.default_rng(0))
    assert_allclose(line[:, 1], 2 * line[:, 0], atol=1e-3)


def test_codes_that_are_not_finite_are_left_out_and_none_at_all_is_refused() -> None:
    codes = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 2.0], [np.nan, 1.0], [np.inf, 0.0]])
    for kind in (CodeGaussian, CodeKernels):
        assert_allclose(kind.of(codes).log([[0, 0]]), kind.of(codes[:3]).log([[0, 0]]))
        with pytest.raises(ValueError, match="no code is finite"):
            kind.of(codes[3:])
