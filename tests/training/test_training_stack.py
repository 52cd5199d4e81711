"""A stack computes what its models would, and leaves them ordinary models."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from explorer.models import Model, build_model
from explorer.training.stack import Stack


@pytest.fixture
def models(small_run) -> list[Model]:
    return [build_model(small_run().model, seed) for seed in (1, 2, 3)]


@pytest.fixture
def x() -> torch.Tensor:
    return torch.rand(20, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def test_losses_and_gradients_are_those_of_each_model(models, x) -> None:
    """With the noise that each would draw alone."""
    alone = [deepcopy(model) for model in models]
    stack = Stack(models)
    weights = torch.tensor([0.0, 1.0, 5.0])
    torch.manual_seed(7)
    losses = stack.loss(x, None, weights)
    losses.total.sum().backward()
    stack.hand_out_gradients()
    for k, model in enumerate(alone):
        torch.manual_seed(7)
        expected = model.loss(x, None, weights[k])
        expected.total.backward()
        torch.testing.assert_close(losses.total[k], expected.total)
        torch.testing.assert_close(losses.reconstruction[k], expected.reconstruction)
        torch.testing.assert_close(losses.kl[0][k], expected.kl[0])
        for ours, theirs in zip(models[k].parameters(), model.parameters(), strict=True):
            torch.testing.assert_close(ours.grad, theirs.grad)


def test_gradients_are_handed_out_once(models, x) -> None:
    stack = Stack(models)
    for _ in range(2):
        for model in models:
            model.zero_grad()
        torch.manual_seed(7)
        stack.loss(x, None, torch.ones(3)).total.sum().backward()
        stack.hand_out_gradients()
    once = [parameter.grad.clone() for parameter in models[0].parameters()]
    stack.hand_out_gradients()  # there are none left
    for before, parameter in zip(once, models[0].parameters(), strict=True):
        torch.testing.assert_close(parameter.grad, before, atol=0, rtol=0)
    torch.manual_seed(7)
    alone = deepcopy(models[0])
    alone.zero_grad()
    alone.loss(x, None, 1.0).total.backward()
    torch.testing.assert_close(once, [parameter.grad for parameter in alone.parameters()])


def test_what_moves_one_model_moves_its_part_of_the_stack(models, x) -> None:
    def losses_of(*some) -> list[torch.Tensor]:
        found = []
        for one, weight in some:
            torch.manual_seed(0)
            found.append(one.loss(x, None, weight).reconstruction.detach())
        return found

    stack = Stack(models)
    (before,) = losses_of((stack, torch.zeros(3)))
    with torch.no_grad():
        for parameter in models[1].parameters():
            parameter.add_(0.1)
    models[2].load_state_dict(models[0].state_dict())
    (after,) = losses_of((stack, torch.zeros(3)))
    alone = losses_of(*((model, 0.0) for model in models))
    torch.testing.assert_close(after, torch.stack(alone))
    assert after[0] == before[0]
    assert after[1] != before[1]
    assert after[2] == pytest.approx(float(after[0]))


def test_a_copy_of_a_model_has_weights_of_its_own(models) -> None:
    Stack(models)
    copy = deepcopy(models[1])
    for parameter in copy.parameters():
        assert parameter.untyped_storage().nbytes() == parameter.numel() * 4
        with torch.no_grad():
            parameter.zero_()
    assert all(parameter.abs().sum() > 0 for parameter in models[1].parameters())


def test_running_statistics_are_kept_per_model(small_run, x) -> None:
    """Buffers that a forward pass moves, as those of batch normalisation."""
    models = [build_model(small_run(family="ae").model, seed) for seed in (1, 2)]
    for seed, model in enumerate(models):
        torch.manual_seed(seed)
        layers = [nn.Flatten(), nn.Linear(64, 8), nn.BatchNorm1d(8), nn.Linear(8, 2)]
        model.encoder = nn.Sequential(*layers)
    alone = [deepcopy(model) for model in models]
    stack = Stack(models)
    for _ in range(3):
        stack.loss(x, None, torch.zeros(2))
        for model in alone:
            model.loss(x, None, 0.0)
    for ours, theirs in zip(models, alone, strict=True):
        assert theirs.encoder[2].running_mean.abs().sum() > 0
        for name, value in theirs.named_buffers():
            torch.testing.assert_close(ours.get_buffer(name), value)
