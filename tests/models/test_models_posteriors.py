"""q(z|x) and p(z) of a level: densities, KL and draws."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from explorer.models import Level
from explorer.models.posteriors import standard_normal


def _positive(*shape: int) -> torch.Tensor:
    return torch.randn(*shape).exp()


@pytest.fixture(params=["standard prior", "prior of its own"])
def level(request: pytest.FixtureRequest) -> Level:
    torch.manual_seed(0)
    mean, scale = torch.randn(7, 3), _positive(7, 3)
    if request.param == "standard prior":
        return Level(mean, scale)
    return Level(mean, scale, torch.randn(7, 3), _positive(7, 3))


def test_kl_is_that_of_torch(level: Level) -> None:
    expected = kl_divergence(
        Normal(level.mean, level.scale), Normal(level.prior_mean, level.prior_scale)
    )
    torch.testing.assert_close(level.kl(), expected)


def test_densities_are_those_of_torch(level: Level) -> None:
    z = torch.randn(7, 3).double()
    prior = Normal(
        torch.as_tensor(level.prior_mean).double().expand(7, 3),
        torch.as_tensor(level.prior_scale).double().expand(7, 3),
    )
    torch.testing.assert_close(level.log_prior(z), prior.log_prob(z).sum(1))
    own = Normal(level.mean.double(), level.scale.double())
    torch.testing.assert_close(level.log_posterior(z), own.log_prob(z).sum(1))
    plain = Normal(0.0, 1.0).log_prob(z).sum(1)
    torch.testing.assert_close(standard_normal(z), plain)


def test_kl_vanishes_where_posterior_and_prior_agree() -> None:
    mean, scale = torch.randn(4, 2), _positive(4, 2)
    assert torch.equal(Level(mean, scale, mean, scale).kl(), torch.zeros(4, 2))
    assert torch.equal(Level(torch.zeros(4, 2), torch.ones(4, 2)).kl(), torch.zeros(4, 2))


def test_draws_have_the_moments_of_the_posterior() -> None:
    torch.manual_seed(0)
    n = 50_000
    mean, scale = torch.tensor([-2.0, 0.0, 5.0]), torch.tensor([0.1, 1.0, 3.0])
    draws = Level(mean.expand(n, 3), scale.expand(n, 3)).sample(torch.randn(n, 3))
    assert ((draws.mean(0) - mean).abs() < 5 * scale / n**0.5).all()
    torch.testing.assert_close(draws.std(0), scale, rtol=0.02, atol=0)
    torch.testing.assert_close(torch.corrcoef(draws.T), torch.eye(3), rtol=0, atol=0.03)


def test_draws_are_reparameterised() -> None:
    """z = μ + σε: the gradient to μ is one, the gradient to σ is the noise that was given."""
    mean, scale = torch.randn(9, 2, requires_grad=True), _positive(9, 2).requires_grad_()
    noise = torch.randn(9, 2)
    z = Level(mean, scale).sample(noise)
    to_mean, to_scale = torch.autograd.grad(z.sum(), (mean, scale))
    assert torch.equal(to_mean, torch.ones(9, 2))
    torch.testing.assert_close(to_scale, noise)


def test_a_deterministic_level_has_neither_noise_nor_kl_nor_density() -> None:
    level = Level(torch.randn(4, 2))
    assert level.sample(torch.randn(4, 2)) is level.mean
    assert torch.equal(level.kl(), torch.zeros(4, 2))
    assert torch.equal(level.width, torch.zeros(4, 2))
    with pytest.raises(ValueError, match="no density"):
        level.log_posterior(level.mean)
