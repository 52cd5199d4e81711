"""p(x|z): normalised, with a mean and samples that belong to it, however saturated the decoder."""

from itertools import product

import numpy as np
import pytest
import torch
from scipy.special import roots_legendre
from torch import Tensor
from torch.distributions import ContinuousBernoulli, constraints

from explorer.models import LIKELIHOODS, Likelihood

RAW = [-60.0, -16.0, -3.0, -0.61, -0.01, 0.0, 1e-6, 0.3, 2.0, 10.0, 30.0]
LINKS = ["sigmoid", "identity"]
SCALES = [0.05, 1.0, 7.0]
NODES, WEIGHTS = roots_legendre(60)

# A likelihood without a scale is tried once, one with a scale for each scale and link.
CASES = [
    pytest.param(kind, scale, link, id=f"{name}-{scale}-{link}")
    for name, kind in LIKELIHOODS.items()
    for scale, link in (product(SCALES, LINKS) if kind.scaled else [(1.0, "sigmoid")])
]
each_likelihood = pytest.mark.parametrize(("kind", "scale", "link"), CASES)


def _of_pixels(kind: type[Likelihood], raw: list[float], scale: float, link: str) -> Likelihood:
    """p(x|z) of one image that is a row of pixels."""
    return kind(torch.tensor(raw).view(1, 1, 1, -1), scale, link)


def _rule(likelihood: Likelihood, pixel: int) -> tuple[np.ndarray, np.ndarray]:
    """Places and weights that integrate over a pixel's own support (Gauss-Legendre, in pieces)."""
    support = likelihood.distribution.support
    if support is constraints.boolean:
        return np.array([0.0, 1.0]), np.ones(2)
    if support is constraints.unit_interval:
        slope = abs(float(likelihood.raw[..., pixel])) + 1
        ends = np.array([0, *np.minimum(np.array([1, 3, 8, 20]) / slope, 0.5)])
        ends = np.unique([*ends, *(1 - ends)])  # finer where an exponential falls off
    else:
        assert support is constraints.real
        middle = float(likelihood.mean[..., pixel])
        reach = likelihood.scale * np.array([0, 1, 3, 8, 20])
        ends = np.unique([*(middle - reach), *(middle + reach)])
    half = np.diff(ends)[:, None] / 2
    places = ends[:-1, None] + half * (NODES + 1)
    return places.ravel(), (half * WEIGHTS).ravel()


def _log_density(likelihood: Likelihood, x: np.ndarray) -> np.ndarray:
    """log p(x|z) of images x (N, pixels) in float64."""
    images = torch.tensor(x, dtype=torch.float64).view(len(x), 1, 1, -1)
    twin = type(likelihood)(likelihood.raw.double(), likelihood.scale, likelihood.link)
    return twin.log_prob(images).numpy()


@pytest.mark.parametrize("raw", RAW)
@each_likelihood
def test_one_pixel_is_normalised(kind, scale, link, raw) -> None:
    likelihood = _of_pixels(kind, [raw], scale, link)
    places, weights = _rule(likelihood, 0)
    assert weights @ np.exp(_log_density(likelihood, places[:, None])) == pytest.approx(1, abs=1e-6)


@each_likelihood
def test_two_pixels_are_normalised_together(kind, scale, link) -> None:
    likelihood = _of_pixels(kind, [-2.0, 0.4], scale, link)
    (first, first_weights), (second, second_weights) = (_rule(likelihood, k) for k in (0, 1))
    x = np.stack(np.meshgrid(first, second, indexing="ij"), axis=-1).reshape(-1, 2)
    weights = np.outer(first_weights, second_weights).ravel()
    assert weights @ np.exp(_log_density(likelihood, x)) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("raw", RAW)
@each_likelihood
def test_the_mean_is_that_of_the_density(kind, scale, link, raw) -> None:
    likelihood = _of_pixels(kind, [raw], scale, link)
    places, weights = _rule(likelihood, 0)
    mean = (weights * places) @ np.exp(_log_density(likelihood, places[:, None]))
    assert float(likelihood.mean) == pytest.approx(mean, rel=1e-4, abs=1e-6)


@each_likelihood
def test_single_precision_agrees_with_double(kind, scale, link) -> None:
    """Training is in float32: no cancellation near zero, none where logits are saturated."""
    for raw in RAW:
        likelihood = _of_pixels(kind, [raw], scale, link)
        places, _ = _rule(likelihood, 0)
        images = torch.tensor(places, dtype=torch.float32).view(-1, 1, 1, 1)
        double = _log_density(likelihood, images.numpy().reshape(-1, 1))
        np.testing.assert_allclose(likelihood.log_prob(images), double, rtol=1e-5, atol=2e-5)


@each_likelihood
def test_samples_agree_with_the_mean_and_variance(kind, scale, link) -> None:
    raw = torch.tensor(RAW).expand(40_000, 1, 1, len(RAW))
    likelihood = kind(raw, scale, link)
    x = likelihood.sample(torch.Generator().manual_seed(0)).double()
    assert likelihood.distribution.support.check(x).all()
    mean, variance = likelihood.mean[0].double(), likelihood.distribution.variance[0].double()
    squares = (x - mean).square()
    for drawn, expected in ((x, mean), (squares, variance)):
        error = drawn.std(0) / len(x) ** 0.5
        assert ((drawn.mean(0) - expected).abs() <= 5 * error + 1e-6).all()


@each_likelihood
def test_the_variance_is_a_function_of_the_mean_where_it_is_given(kind, scale, link) -> None:
    likelihood = _of_pixels(kind, [raw for raw in RAW if abs(raw) <= 30], scale, link)
    twin = kind(likelihood.raw.double(), scale, link)
    found = kind.variance_function(twin.mean, scale)
    if found is None:
        assert kind in (LIKELIHOODS["laplace"], LIKELIHOODS["continuous-bernoulli"])
        return
    torch.testing.assert_close(found, twin.distribution.variance.double(), rtol=1e-6, atol=0)


@each_likelihood
def test_a_generator_decides_the_sample_alone(kind, scale, link) -> None:
    likelihood = _of_pixels(kind, [0.1] * 8, scale, link)
    before = torch.get_rng_state()
    first, again, other = (
        likelihood.sample(torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


@each_likelihood
def test_log_prob_sums_over_pixels_and_not_over_images(kind, scale, link) -> None:
    raw, x = torch.randn(2, 5, 3, 2, 2)
    x = x.sigmoid()
    together = kind(raw, scale, link).log_prob(x)
    assert together.shape == (5,)
    by_pixel = [
        kind(raw[n, c, i, j].view(1, 1, 1, 1), scale, link).log_prob(x[n, c, i, j].view(1, 1, 1, 1))
        for n, c, i, j in np.ndindex(*raw.shape)
    ]
    torch.testing.assert_close(together, torch.cat(by_pixel).view(5, -1).sum(1))


def test_bernoulli_pixels_are_binarised_at_one_half() -> None:
    bernoulli = LIKELIHOODS["bernoulli"]
    grey = torch.tensor([0.0, 0.3, 0.499, 0.501, 0.8, 1.0]).view(1, 1, 1, -1)
    black_or_white = torch.tensor([0.0, 0, 0, 1, 1, 1]).view(1, 1, 1, -1)
    assert torch.equal(bernoulli.observe(grey), black_or_white)
    likelihood = bernoulli(torch.randn(1, 1, 1, 6))
    assert torch.equal(likelihood.log_prob(grey), likelihood.log_prob(black_or_white))


@pytest.mark.parametrize("name", [name for name, kind in LIKELIHOODS.items() if not kind.binary])
def test_other_likelihoods_see_grey_pixels_as_they_are(name: str) -> None:
    x = torch.rand(2, 1, 3, 3)
    assert LIKELIHOODS[name].observe(x) is x


@pytest.mark.parametrize("name", [name for name, kind in LIKELIHOODS.items() if kind.scaled])
def test_the_link_puts_the_location_between_black_and_white(name: str) -> None:
    raw = torch.tensor(RAW).view(1, 1, 1, -1)
    assert torch.equal(LIKELIHOODS[name](raw, 1.0, "sigmoid").mean, raw.sigmoid())
    assert torch.equal(LIKELIHOODS[name](raw, 1.0, "identity").mean, raw)


class TestContinuousBernoulli:
    """Ours is torch's where torch's is right, and differentiable everywhere."""

    LOGITS = torch.tensor([-8.0, -3.0, -0.7, -0.5, -0.05, 0.05, 0.2, 0.61, 1.0, 8.0]).double()

    def _pair(self) -> tuple:
        ours = LIKELIHOODS["continuous-bernoulli"](self.LOGITS.view(1, 1, 1, -1)).distribution
        return ours, ContinuousBernoulli(logits=self.LOGITS.view(1, 1, 1, -1))

    @pytest.mark.parametrize("moment", ["mean", "variance"])
    def test_moments(self, moment: str) -> None:
        ours, torchs = self._pair()
        torch.testing.assert_close(
            getattr(ours, moment), getattr(torchs, moment), rtol=1e-5, atol=1e-6
        )

    @pytest.mark.parametrize("function", ["log_prob", "icdf"])
    def test_functions_of_a_value(self, function: str) -> None:
        ours, torchs = self._pair()
        for value in torch.linspace(0, 1, 9).double():
            torch.testing.assert_close(
                getattr(ours, function)(value), getattr(torchs, function)(value), atol=1e-6, rtol=0
            )

    def test_gradients_are_the_distance_to_the_mean(self) -> None:
        """As in every exponential family: ∂ log p(x) / ∂η = x − E[x]."""
        raw = torch.tensor([*RAW, -0.6, 0.6]).double().view(1, 1, 1, -1).requires_grad_()
        likelihood = LIKELIHOODS["continuous-bernoulli"](raw)
        x = torch.full_like(raw, 0.2)
        gradient: Tensor = torch.autograd.grad(likelihood.log_prob(x).sum(), raw)[0]
        torch.testing.assert_close(gradient, x - likelihood.mean.detach(), atol=1e-6, rtol=0)
