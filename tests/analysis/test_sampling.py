"""Sources of codes: what they draw has the moments they promise."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.mixture import GaussianMixture

from explorer.analysis.mixture import COMPONENTS_TRIED, criteria, fit_best_mixture, fit_mixture
from explorer.analysis.sampling import SOURCES, Request
from explorer.analysis.subject import Subject
from explorer.models import Model, build_model
from explorer.models.latent import Codes, prior_draws
from explorer.specs import ModelSpec

CENTRES = np.array([[-6.0, 0.0], [6.0, 0.0], [0.0, 8.0]])
SPREAD = np.array([[1.0, 0.5], [0.2, 1.0], [0.7, 0.7]])  # standard deviations along each axis
SHARES = np.array([0.5, 0.3, 0.2])
MANY = 20_000


def model(latent_dim: int) -> Model:
    return build_model(ModelSpec(image_shape=(1, 2, 2), widths=(4,), latent_dim=latent_dim))


def subject(of: Model, codes: Codes) -> Subject:
    return Subject(of.view(), codes)


@pytest.fixture(scope="module")
def blobs() -> Codes:
    """Three planted blobs of codes, each code with a posterior of its own width."""
    random = np.random.default_rng(1)
    labels = random.choice(3, size=3000, p=SHARES)
    mean = CENTRES[labels] + SPREAD[labels] * random.standard_normal((3000, 2))
    scale = random.uniform(0.1, 0.4, size=(3000, 2))
    return Codes(mean.astype(np.float32), scale.astype(np.float32), labels)


@pytest.mark.parametrize("name", SOURCES)
def test_a_seed_says_which_codes(name: str, blobs: Codes) -> None:
    draw = SOURCES[name].draw
    first = draw(subject(model(2), blobs), Request(count=50, seed=3))
    assert_array_equal(first, draw(subject(model(2), blobs), Request(count=50, seed=3)))
    assert (first != draw(subject(model(2), blobs), Request(count=50, seed=4))).any()
    assert (first.shape, first.dtype) == ((50, 2), np.float32)
    assert np.isfinite(first).all()


@pytest.mark.parametrize("name", SOURCES)
def test_one_code_can_be_drawn(name: str, blobs: Codes) -> None:
    assert SOURCES[name].draw(subject(model(2), blobs), Request(count=1)).shape == (1, 2)


@pytest.mark.parametrize("name", SOURCES)
def test_sources_say_what_they_are(name: str) -> None:
    assert SOURCES[name].title
    assert SOURCES[name].help.endswith(".")


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("latent_dim", [1, 2, 5])
def test_prior_draws_are_standard_normal_times_the_temperature(
    latent_dim: int, temperature: float
) -> None:
    z = prior_draws(model(latent_dim).view(), MANY, seed=0, temperature=temperature) / temperature
    assert_allclose(z.mean(axis=0), 0, atol=0.04)
    assert_allclose(np.cov(z.T).reshape(latent_dim, latent_dim), np.eye(latent_dim), atol=0.05)
    assert_allclose((z**4).mean(axis=0), 3, rtol=0.08)


def test_models_of_one_dimension_are_given_the_same_prior_draws(blobs: Codes) -> None:
    other = build_model(ModelSpec(image_shape=(1, 3, 3), widths=(9,), family="ae"), seed=5)
    request = Request(count=9, seed=2)
    draw = SOURCES["prior"].draw
    assert_array_equal(
        draw(subject(model(2), blobs), request), draw(subject(other, blobs), request)
    )


def test_at_temperature_zero_only_centres_are_left(blobs: Codes) -> None:
    cold = Request(count=200, temperature=0.0, components=3)
    assert_array_equal(SOURCES["prior"].draw(subject(model(2), blobs), cold), 0)
    picked = SOURCES["posterior"].draw(subject(model(2), blobs), cold)
    assert {tuple(z) for z in picked} <= {tuple(z) for z in blobs.mean}
    middles = {tuple(z) for z in SOURCES["mixture"].draw(subject(model(2), blobs), cold)}
    assert len(middles) == 3
    assert_allclose(sorted(middles), sorted(map(tuple, CENTRES)), atol=0.15)


def test_the_aggregate_posterior_has_its_moments(blobs: Codes) -> None:
    """E z = E μ and Cov z = Cov μ + E diag σ²: the law of total covariance."""
    z = SOURCES["posterior"].draw(subject(model(2), blobs), Request(count=MANY))
    assert_allclose(z.mean(axis=0), blobs.mean.mean(axis=0), atol=0.12)
    expected = np.cov(blobs.mean.T) + np.diag((blobs.scale**2).mean(axis=0))
    assert_allclose(np.cov(z.T), expected, atol=0.6)
    nearest = np.linalg.norm(z[:, None] - CENTRES, axis=-1).argmin(axis=1)
    assert_allclose(np.bincount(nearest) / MANY, np.bincount(blobs.labels) / 3000, atol=0.02)


def test_posteriors_are_drawn_with_their_own_widths() -> None:
    mean = np.array([[-100, 0], [100, 0]], dtype=np.float32)
    codes = Codes(mean, np.array([[1, 3], [0, 0]], dtype=np.float32), np.zeros(2, dtype=np.int64))
    z = SOURCES["posterior"].draw(subject(model(2), codes), Request(count=MANY))
    assert_allclose(z[z[:, 0] < 0].std(axis=0), [1, 3], rtol=0.05)
    assert_array_equal(z[z[:, 0] > 0], np.broadcast_to(mean[1], ((z[:, 0] > 0).sum(), 2)))


def test_a_mixture_finds_planted_blobs(blobs: Codes) -> None:
    fitted = fit_mixture(blobs.mean, 3)
    order = [np.linalg.norm(fitted.means - c, axis=1).argmin() for c in CENTRES]
    assert sorted(order) == [0, 1, 2]
    assert_allclose(fitted.means[order], CENTRES, atol=0.15)
    assert_allclose(fitted.weights[order], SHARES, atol=0.03)
    for component, spread in zip(order, SPREAD, strict=True):
        assert_allclose(fitted.covariances[component], np.diag(spread**2), atol=0.12)


@pytest.mark.parametrize("temperature", [0.5, 1.0])
def test_draws_from_the_mixture_have_its_moments(blobs: Codes, temperature: float) -> None:
    request = Request(count=MANY, temperature=temperature, components=3)
    z = SOURCES["mixture"].draw(subject(model(2), blobs), request)
    nearest = np.linalg.norm(z[:, None] - CENTRES, axis=-1).argmin(axis=1)
    for blob in range(3):
        mine = z[nearest == blob]
        assert len(mine) / MANY == pytest.approx(SHARES[blob], abs=0.03)
        assert_allclose(mine.mean(axis=0), CENTRES[blob], atol=0.15)
        assert_allclose(mine.std(axis=0), temperature * SPREAD[blob], rtol=0.12)


def test_a_tilted_blob_stays_tilted() -> None:
    random = np.random.default_rng(0)
    tilt = np.array([[1.0, 0.0], [0.9, 0.2]])
    mean = (random.standard_normal((4000, 2)) @ tilt.T).astype(np.float32)
    codes = Codes(mean, np.zeros_like(mean), np.zeros(4000, dtype=np.int64))
    z = SOURCES["mixture"].draw(subject(model(2), codes), Request(count=MANY, components=1))
    assert_allclose(np.cov(z.T), tilt @ tilt.T, atol=0.07)


@pytest.mark.parametrize("latent_dim", [1, 16])
@pytest.mark.parametrize("name", SOURCES)
def test_sources_work_in_other_dimensions(name: str, latent_dim: int) -> None:
    mean = np.random.default_rng(0).standard_normal((300, latent_dim)).astype(np.float32)
    codes = Codes(mean, np.ones_like(mean), np.zeros(300, dtype=np.int64))
    z = SOURCES[name].draw(subject(model(latent_dim), codes), Request(count=7, components=3))
    assert z.shape == (7, latent_dim)


def test_codes_fewer_than_components_or_all_in_one_place_are_fitted() -> None:
    few = np.array([[0.0, 0.0], [1.0, 1.0]])
    assert len(fit_mixture(few, 10).weights) == 2
    point = Codes(np.ones((50, 2), np.float32), np.zeros((50, 2), np.float32), np.zeros(50, int))
    z = SOURCES["mixture"].draw(subject(model(2), point), Request(count=100, components=10))
    assert_allclose(z, 1, atol=0.05)


@pytest.mark.parametrize("components", [1, 3, 8])
def test_density_and_criterion_agree_with_scikit_learn(blobs: Codes, components: int) -> None:
    codes = blobs.mean.astype(np.float64)
    fitted = fit_mixture(codes, components)
    other = GaussianMixture(
        components,
        weights_init=fitted.weights,
        means_init=fitted.means,
        precisions_init=np.linalg.inv(fitted.covariances),
        max_iter=1,
    )
    with pytest.warns(match="converge"):
        other.fit(codes)
    other.weights_, other.means_, other.covariances_ = vars(fitted).values()
    other.precisions_cholesky_ = np.linalg.inv(np.linalg.cholesky(fitted.covariances)).swapaxes(
        1, 2
    )
    far = np.array([[40.0, -30.0]])
    for z in (codes, far):
        assert_allclose(fitted.log(z), other.score_samples(z), rtol=1e-9)
    assert fitted.criterion(codes) == pytest.approx(other.bic(codes), rel=1e-12)


def test_codes_are_fitted_once(blobs: Codes) -> None:
    assert fit_mixture(blobs.mean, 4) is fit_mixture(blobs.mean.copy(), 4)
    assert fit_mixture(blobs.mean, 4) is not fit_mixture(blobs.mean[1:], 4)


def test_the_criterion_finds_the_planted_number_of_components(blobs: Codes) -> None:
    scores = criteria(blobs.mean)
    assert tuple(scores) == COMPONENTS_TRIED
    assert len(fit_best_mixture(blobs.mean).weights) == 3
    chosen = SOURCES["mixture"].draw(subject(model(2), blobs), Request(count=99, components=None))
    by_hand = SOURCES["mixture"].draw(subject(model(2), blobs), Request(count=99, components=3))
    assert_array_equal(chosen, by_hand)


def test_one_gaussian_has_the_moments_of_all_codes(blobs: Codes) -> None:
    z = SOURCES["gaussian"].draw(subject(model(2), blobs), Request(count=MANY))
    assert_allclose(z.mean(axis=0), blobs.mean.mean(axis=0), atol=0.15)
    assert_allclose(np.cov(z.T), np.cov(blobs.mean.T), rtol=0.05, atol=0.3)


def test_kernels_stay_on_the_islands(blobs: Codes) -> None:
    z = SOURCES["kernels"].draw(subject(model(2), blobs), Request(count=4000))
    expected = np.cov(blobs.mean.T) * (1 + len(blobs) ** (-2 / 6))  # codes and their bandwidth
    assert_allclose(np.cov(z.T), expected, rtol=0.1, atol=0.5)
    away = np.linalg.norm(z[:, None] - CENTRES, axis=2).min(axis=1)
    prior = SOURCES["gaussian"].draw(subject(model(2), blobs), Request(count=4000))
    assert np.median(away) < 0.7 * np.median(
        np.linalg.norm(prior[:, None] - CENTRES, axis=2).min(1)
    )
