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
    n, terms = len(case.x), case.terms()
    assert terms.log_likelihood.shape == (n,)
    assert len(terms.kl) == len(case.model.capabilities.kl_groups)
    assert all(group.shape[0] == n and group.ndim == 2 for group in terms.kl)
    assert terms.penalty is None or terms.penalty.shape == (n,)
    assert case.model.reconstruct(case.x, case.label).mean.shape == (n, *image_shape)


@on_everything
def test_the_loss_is_the_sum_of_its_terms(
    make_case, family, likelihood, network, image_shape
) -> None:
    case = make_case(family, likelihood=likelihood, network=network, image_shape=image_shape)
    stochastic = case.model.capabilities.stochastic
    for kl_weight in (0.0, 2.5):
        losses = case.loss(kl_weight)
        kl = torch.cat(losses.kl).sum()
        assert kl > 0 if stochastic else kl == 0
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
    encoder = [p for name, p in case.model.named_parameters() if name.startswith("encoder")]
    encoder += [p for name, p in case.model.named_parameters() if name.startswith("posteriors")]
    learning = torch.autograd.grad(case.loss(0.0).reconstruction, encoder, allow_unused=True)
    assert learning
    assert all(learned is not None and learned.any() for learned in learning)


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


def _loss(model: Model, x: Tensor, label: Tensor) -> Tensor:
    torch.manual_seed(0)
    return model.loss(x, label, 1.0).total


def test_the_loss_draws_from_the_generator_it_is_given_or_from_torchs_own(make_case, family):
    case = make_case(family)
    torch.manual_seed(3)
    by_default = case.model.terms(case.x, case.label).log_likelihood
    before = torch.get_rng_state()
    given = case.terms(seed=3).log_likelihood
    assert torch.equal(given, by_default)
    assert torch.equal(torch.get_rng_state(), before)
    is_random = case.model.capabilities.stochastic or family == "denoising-ae"
    assert torch.equal(case.terms(seed=4).log_likelihood, given) != is_random


def test_a_label_matters_just_where_it_is_said_to(make_case, family) -> None:
    case = make_case(family)
    labels = [torch.full_like(case.label, k) for k in (0, 1)]
    zero, one = (case.model.reconstruct(case.x, label).mean for label in labels)
    assert torch.equal(zero, one) != case.model.capabilities.loss_needs_label


def test_a_family_says_what_it_is(make_case, family) -> None:
    model = make_case(family).model
    assert model.title
    assert model.summary.endswith(".")
    assert model.formula
    assert len(set(model.capabilities.kl_groups)) == len(model.capabilities.kl_groups) > 0
    for field in model.Options.model_fields.values():
        assert field.description
        assert field.get_default() is not None
