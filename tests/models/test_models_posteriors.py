"""q(z|x): its KL, its draws and how several levels make one code."""

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from explorer.models import Level, Posterior


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


def test_kl_vanishes_where_posterior_and_prior_agree() -> None:
    mean, scale = torch.randn(4, 2), _positive(4, 2)
    assert torch.equal(Level(mean, scale, mean, scale).kl(), torch.zeros(4, 2))
    assert torch.equal(Level(torch.zeros(4, 2), torch.ones(4, 2)).kl(), torch.zeros(4, 2))


def test_draws_have_the_moments_of_the_posterior() -> None:
    torch.manual_seed(0)
    n = 50_000
    mean, scale = torch.tensor([-2.0, 0.0, 5.0]), torch.tensor([0.1, 1.0, 3.0])
    draws = Level(mean.expand(n, 3), scale.expand(n, 3)).rsample()
    assert ((draws.mean(0) - mean).abs() < 5 * scale / n**0.5).all()
    torch.testing.assert_close(draws.std(0), scale, rtol=0.02, atol=0)
    torch.testing.assert_close(torch.corrcoef(draws.T), torch.eye(3), rtol=0, atol=0.03)


def test_draws_are_reparameterised() -> None:
    """z = μ + σε: the gradient to μ is one, the gradient to σ is the noise that was drawn."""
    mean, scale = torch.randn(9, 2, requires_grad=True), _positive(9, 2).requires_grad_()
    z = Level(mean, scale).rsample()
    to_mean, to_scale = torch.autograd.grad(z.sum(), (mean, scale))
    assert torch.equal(to_mean, torch.ones(9, 2))
    torch.testing.assert_close(to_scale, ((z - mean) / scale).detach())


def test_a_deterministic_level_has_neither_noise_nor_kl() -> None:
    level = Level(torch.randn(4, 2))
    assert level.rsample() is level.mean
    assert torch.equal(level.kl(), torch.zeros(4, 2))
    assert torch.equal(Posterior((level,)).scale, torch.zeros(4, 2))


def test_levels_lie_side_by_side_from_the_top() -> None:
    top, low = Level(torch.randn(4, 3), _positive(4, 3)), Level(torch.randn(4, 2), _positive(4, 2))
    posterior = Posterior((top, low))
    assert torch.equal(posterior.mean, torch.cat([top.mean, low.mean], dim=1))
    assert torch.equal(posterior.scale, torch.cat([top.scale, low.scale], dim=1))
    assert [kl.shape for kl in posterior.kl()] == [(4, 3), (4, 2)]
    torch.manual_seed(0)
    together = posterior.rsample()
    torch.manual_seed(0)
    assert torch.equal(together, torch.cat([top.rsample(), low.rsample()], dim=1))


def test_levels_that_belong_to_a_draw_give_that_draw() -> None:
    level, drawn = Level(torch.zeros(4, 2), torch.ones(4, 2)), torch.randn(4, 2)
    assert Posterior((level,), drawn).rsample() is drawn
