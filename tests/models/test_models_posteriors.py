"""q(z|x) and p(z) of a level: densities, KL and draws."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from explorer.models import Level
from explorer.models.posteriors import LOG_VARIANCE, bounded_scale, standard_normal


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


class TestBoundedScale:
    def test_within_the_bounds_it_is_the_plain_exponential_bit_for_bit(self) -> None:
        """So that models which stay within them encode as they did before."""
        inside = torch.linspace(*LOG_VARIANCE, 10_001)
        assert torch.equal(bounded_scale(inside), (0.5 * inside).exp())

    def test_beyond_the_bounds_it_is_the_closed_form(self) -> None:
        excess = np.concatenate([np.linspace(0, 5, 20), np.logspace(1, 9, 30)])
        low, high = LOG_VARIANCE
        above = bounded_scale(torch.tensor(high + excess, dtype=torch.float64)).numpy()
        np.testing.assert_allclose(above**2, np.exp(high) * (1 + excess), rtol=1e-6)
        below = bounded_scale(torch.tensor(low - excess, dtype=torch.float64)).numpy()
        np.testing.assert_allclose(below**2, np.exp(low) / (1 + excess), rtol=1e-6)

    @pytest.mark.parametrize("value", [-1e9, -3e4, -300.0, -30.1, -16.0, 4.0, 20.1, 300.0, 1e9])
    def test_every_output_has_a_gradient(self, value: float) -> None:
        """Of the logarithm of σ²: 1 within the bounds, 1 / (1 + excess) beyond."""
        output = torch.tensor(value, requires_grad=True)
        (2 * bounded_scale(output).log()).backward()
        excess = max(0.0, value - LOG_VARIANCE[1], LOG_VARIANCE[0] - value)
        assert output.grad.item() == pytest.approx(1 / (1 + excess), rel=1e-4)

    def test_its_slope_is_continuous(self) -> None:
        for bound in LOG_VARIANCE:
            output = (bound + torch.tensor([-1e-3, 1e-3])).double().requires_grad_()
            (2 * bounded_scale(output).log()).sum().backward()
            torch.testing.assert_close(output.grad[0], output.grad[1], rtol=2e-3, atol=0)

    def test_no_output_gives_a_loss_that_is_not_finite(self) -> None:
        """float32's largest number is 3e38; bfloat16 has the same range."""
        output = torch.tensor([[-1e30, 1e30, -1e5, 1e5]])
        level = Level(torch.zeros(1, 4), bounded_scale(output))
        assert torch.isfinite(level.kl()).all()
        assert (level.scale > 0).all()

    @pytest.mark.parametrize("start", [-60.0, 40.0])
    def test_a_code_beyond_a_bound_comes_back(self, start: float) -> None:
        """By the KL alone, whose minimum is at σ = 1."""
        output = torch.full((1, 1), start, requires_grad=True)
        optimiser = torch.optim.Adam([output], lr=0.5)
        for _ in range(400):
            optimiser.zero_grad()
            Level(torch.zeros(1, 1), bounded_scale(output)).kl().sum().backward()
            optimiser.step()
        assert output.item() == pytest.approx(0, abs=0.05)

    def test_the_kl_of_a_wide_posterior_has_a_bounded_gradient(self) -> None:
        output = torch.tensor([[4.0, 8.0, 20.0, 1e4]], requires_grad=True)
        Level(torch.zeros(1, 4), bounded_scale(output)).kl().sum().backward()
        assert (output.grad <= 0.5 * np.exp(4) * 1.0001).all()
        assert (output.grad > 0.45 * np.exp(4)).all()

    def test_it_compiles_as_one_graph(self) -> None:
        torch._dynamo.reset()
        compiled = torch.compile(bounded_scale, backend="aot_eager", fullgraph=True)
        output = torch.linspace(-50, 50, 101)
        torch.testing.assert_close(compiled(output), bounded_scale(output))
