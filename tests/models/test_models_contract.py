"""What every family keeps, with every likelihood and network, on images of any shape."""

from collections.abc import Callable

import pytest
import safetensors.torch
import torch
from torch import Tensor

from explorer.models import LIKELIHOODS, NETWORKS, Model, build_model

SHAPES = [(1, 8, 8), (1, 28, 28), (3, 7, 10)]


def on_everything(test: Callable) -> Callable:
    """Run a test with every likelihood, network and image shape."""
    for field, values in (
        ("likelihood", LIKELIHOODS),
        ("network", NETWORKS),
        ("image_shape", SHAPES),
    ):
        test = pytest.mark.parametrize(field, values, ids=str)(test)
    return test


@on_everything
def test_shapes(make_case, family, likelihood, network, image_shape) -> None:
    case = make_case(family, likelihood=likelihood, network=network, image_shape=image_shape)
    model, n = case.model, len(case.x)
    posterior = case.encode()
    assert [level.mean.shape for level in posterior.levels] == [(n, d) for d in model.levels]
    assert posterior.mean.shape == posterior.scale.shape == (n, model.latent_dim)
    assert (posterior.scale > 0).all() if model.stochastic else (posterior.scale == 0).all()
    z = posterior.rsample()
    assert z.shape == (n, model.latent_dim)
    decoded = model.decode(z, case.label)
    assert decoded.mean.shape == decoded.sample().shape == (n, *image_shape)
    assert decoded.log_prob(case.x).shape == (n,)
    assert model.prior(torch.randn(n, model.latent_dim), case.label).shape == z.shape


@on_everything
def test_the_loss_is_the_sum_of_its_terms(
    make_case, family, likelihood, network, image_shape
) -> None:
    case = make_case(family, likelihood=likelihood, network=network, image_shape=image_shape)
    for kl_weight in (0.0, 2.5):
        losses = case.loss(kl_weight)
        assert [level.shape for level in losses.kl] == [(d,) for d in case.model.levels]
        kl = torch.cat(losses.kl).sum()
        assert kl > 0 if case.model.stochastic else kl == 0
        assert losses.total.isfinite()
        total = losses.reconstruction + kl_weight * kl + losses.penalty
        torch.testing.assert_close(losses.total, total)


@on_everything
def test_gradients_reach_every_parameter(
    make_case, family, likelihood, network, image_shape
) -> None:
    case = make_case(family, likelihood=likelihood, network=network, image_shape=image_shape)
    case.loss().total.backward()
    for name, parameter in case.model.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


@pytest.mark.parametrize("network", NETWORKS)
def test_the_encoder_learns_from_the_reconstruction(make_case, family, network) -> None:
    """Through the draw: whatever decides the posterior gets a gradient where KL costs nothing."""
    case = make_case(family, network=network)
    weights = list(case.model.parameters())
    posterior = case.encode()
    code = torch.cat([posterior.mean, posterior.scale], dim=1)
    encoding = torch.autograd.grad(code.square().sum(), weights, allow_unused=True)
    learning = torch.autograd.grad(case.loss(0.0).total, weights, allow_unused=True)
    used = [
        learned for encoded, learned in zip(encoding, learning, strict=True) if encoded is not None
    ]
    assert used
    assert all(learned is not None and learned.any() for learned in used)


@pytest.mark.parametrize("network", NETWORKS)
def test_weights_survive_a_file_bit_for_bit(make_case, family, network, tmp_path) -> None:
    case = make_case(family, network=network)
    path = tmp_path / "weights.safetensors"
    safetensors.torch.save_file(case.model.state_dict(), path)
    twin = build_model(case.model.spec, seed=1)
    before = case.loss().total
    assert not torch.equal(before, _loss(twin, case.x, case.label))
    twin.load_state_dict(safetensors.torch.load_file(path), strict=True)
    assert torch.equal(before, _loss(twin, case.x, case.label))


def _loss(model: Model, x: Tensor, label: Tensor | None) -> Tensor:
    torch.manual_seed(0)
    return model.loss(x, label, 1.0).total


@pytest.mark.parametrize("network", NETWORKS)
def test_the_loss_is_about_what_encode_and_decode_give(make_case, family, network) -> None:
    """One draw of the posterior, decoded; with the noise that a seed gives, the very same number.

    In evaluation mode, since a family may disturb its input in training.
    """
    case = make_case(family, network=network)
    case.model.eval()
    losses = case.loss()
    torch.manual_seed(0)
    posterior = case.encode()
    log_likelihood = case.model.decode(posterior.rsample(), case.label).log_prob(case.x)
    torch.testing.assert_close(losses.reconstruction, -log_likelihood.mean())
    for level, expected in zip(losses.kl, posterior.kl(), strict=True):
        torch.testing.assert_close(level, expected.mean(0))


def test_without_a_draw_an_image_has_one_code(make_case, family) -> None:
    """The same however often it is asked for and whatever else is in the batch; no noise used."""
    case = make_case(family)
    before = torch.get_rng_state()
    first, second = case.encode(draw=False), case.encode(draw=False)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.mean, second.mean)
    assert torch.equal(first.scale, second.scale)
    label = None if case.label is None else case.label[2:3]
    alone = case.model.encode(case.x[2:3], label, draw=False)
    torch.testing.assert_close(alone.mean, first.mean[2:3])


def test_a_label_matters_just_where_it_is_needed(make_case, family) -> None:
    case = make_case(family)
    model, noise = case.model, torch.ones(len(case.x), case.model.latent_dim)
    labels = [torch.full((len(case.x),), k) for k in (0, 1)]
    for give in (
        lambda label: model.encode(case.x, label, draw=False).mean,
        lambda label: model.decode(noise, label).mean,
        lambda label: model.prior(noise, label),
    ):
        zero, one = (give(label) for label in labels)
        assert torch.equal(zero, one) != model.needs_label


def test_every_draw_of_a_posterior_is_another(make_case, family) -> None:
    case = make_case(family)
    draws = [case.encode().rsample() for _ in range(2)]
    assert torch.equal(*draws) != case.model.stochastic


def test_the_prior_is_the_one_that_the_kl_term_pulls_to(make_case, family) -> None:
    """Codes drawn from the prior have the mean and scale that the posterior's levels name."""
    case = make_case(family)
    if not case.model.stochastic:
        noise = torch.randn(5, case.model.latent_dim)
        assert torch.equal(case.model.prior(noise), noise)
        return
    levels = case.encode(draw=False).levels
    mean, scale = (
        torch.cat([_filled(getattr(level, name), level.mean) for level in levels], dim=1)
        for name in ("prior_mean", "prior_scale")
    )
    # The noise that leads to the posterior's mean, level by level, must lead there.
    z = torch.cat([level.mean for level in levels], dim=1)
    torch.testing.assert_close(case.model.prior((z - mean) / scale, case.label), z)


def _filled(value: Tensor | float, like: Tensor) -> Tensor:
    return torch.as_tensor(value, dtype=like.dtype).expand_as(like)


def test_a_family_says_what_it_is(make_case, family) -> None:
    model = make_case(family).model
    assert model.title
    assert model.summary.endswith(".")
    assert model.formula
    for field in model.Options.model_fields.values():
        assert field.description
        assert field.get_default() is not None
