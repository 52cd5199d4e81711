"""Gradients are shortened as an independent computation in float64 says, and only extreme ones."""

import math

import numpy as np
import pytest
import torch

from explorer.models import build_model
from explorer.training import clipping
from explorer.training.clipping import CLIP, clip_gradients
from explorer.training.ensemble import Ensemble
from explorer.training.loop import Trainer

CPU = torch.device("cpu")
SHAPES = ((5, 3), (5,), (2, 5))


@pytest.fixture
def optimiser() -> torch.optim.Adam:
    """Adam with three parameters, as a trainer has it on the CPU."""
    parameters = [torch.nn.Parameter(torch.zeros(shape)) for shape in SHAPES]
    return torch.optim.Adam(parameters, lr=1e-3, fused=True)


def _set_gradients(optimiser: torch.optim.Adam, seed: int, size: float) -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    found = []
    for parameter in optimiser.param_groups[0]["params"]:
        parameter.grad = size * torch.randn(parameter.shape, generator=random)
        found.append(parameter.grad.clone())
    return found


def test_the_limit_is_relative_to_the_root_mean_square_of_earlier_gradients(optimiser) -> None:
    """Adam's second moment and its correction, written out in float64."""
    moments = np.zeros(sum(math.prod(shape) for shape in SHAPES))
    clipped = 0
    for step, size in enumerate([1.0, 1.3, 400.0, 0.5, 4.0, 1e9, 1.0]):
        given = np.concatenate(
            [g.double().flatten().numpy() for g in _set_gradients(optimiser, step, size)]
        )
        if step:
            usual = math.sqrt(moments.sum() / (1 - 0.999**step))
            shorter = min(1.0, 5.0 * usual / np.linalg.norm(given))
        else:
            shorter = 1.0
        clipped += shorter < 1
        clip_gradients(optimiser)
        found = torch.cat([p.grad.flatten() for p in optimiser.param_groups[0]["params"]])
        # In float32, 1 − 0.999ᵗ is that exact for t = 1, and more exact later.
        np.testing.assert_allclose(found.double().numpy(), shorter * given, rtol=1e-4)
        moments = 0.999 * moments + 0.001 * (shorter * given) ** 2
        optimiser.step()
    assert clipped == 2


def test_ordinary_gradients_are_not_touched_at_all(optimiser) -> None:
    for step in range(20):
        given = _set_gradients(optimiser, step, 1 + 0.3 * step)
        clip_gradients(optimiser)
        for parameter, before in zip(optimiser.param_groups[0]["params"], given, strict=True):
            assert torch.equal(parameter.grad, before)
        optimiser.step()


def test_without_any_moments_there_is_no_limit(optimiser) -> None:
    """Before the first step; with moments of zeros, as in a graph that was captured and restored;
    and where all gradients are 0."""
    given = _set_gradients(optimiser, 0, 1e6)
    clip_gradients(optimiser)
    optimiser.step()
    for state in optimiser.state.values():
        for value in state.values():
            value.zero_()
    clip_gradients(optimiser)
    for parameter, before in zip(optimiser.param_groups[0]["params"], given, strict=True):
        assert torch.equal(parameter.grad, before)
        parameter.grad.zero_()
    clip_gradients(optimiser)
    assert all((p.grad == 0).all() for p in optimiser.param_groups[0]["params"])


def test_each_model_of_a_stack_is_clipped_as_if_it_were_alone(
    small_run, digits, train, monkeypatch
) -> None:
    """With a limit that nearly every step of training exceeds."""
    free, _ = train(small_run(kl_weight=5.0))
    monkeypatch.setattr(clipping, "CLIP", 0.5)
    runs = [small_run(kl_weight=weight) for weight in (0.0, 5.0)]
    ensemble = Ensemble(runs, digits, CPU)
    list(ensemble)
    for index, run in enumerate(runs):
        alone, _ = train(run)
        for name, value in alone.model.state_dict().items():
            found = ensemble.model(index).state_dict()[name]
            torch.testing.assert_close(found, value, atol=1e-4, rtol=0)
    decoder = "decoder.layers.0.weight"
    moved = free.model.state_dict()[decoder] - alone.model.state_dict()[decoder]
    assert moved.abs().max() > 1e-3, "the limit made no difference"


def test_healthy_training_is_the_same_with_and_without(small_run, train, monkeypatch) -> None:
    clipped, _ = train(small_run(epochs=10))
    monkeypatch.setattr(clipping, "CLIP", math.inf)
    free, _ = train(small_run(epochs=10))
    state = free.model.state_dict()
    assert all(torch.equal(v, state[k]) for k, v in clipped.model.state_dict().items())


def test_one_extreme_batch_does_not_slow_the_steps_that_follow(small_run, digits) -> None:
    """Adam's second moment would remember it for a thousand steps."""
    trainer = Trainer(small_run(), digits, CPU)
    next(iter(trainer))
    before = sum(float(s["exp_avg_sq"].sum()) for s in trainer.optimiser.state.values())
    for parameter in trainer.model.parameters():
        parameter.grad = torch.full_like(parameter, 1e6)
    clip_gradients(trainer.optimiser)
    trainer.optimiser.step()
    after = sum(float(s["exp_avg_sq"].sum()) for s in trainer.optimiser.state.values())
    steps = 300 // 64
    most = 1 + 0.001 * CLIP**2 / (1 - 0.999**steps)
    assert before < after <= most * before * 1.001


def test_nothing_is_read_from_the_device(small_run) -> None:
    """A number read from it would end the capture of a step as a graph: on ``meta`` tensors, which
    have no numbers, reading fails."""
    model = build_model(small_run().model).to("meta")
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3, foreach=False)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
        optimiser.state[parameter] = {
            "step": torch.zeros((), device="meta"),
            "exp_avg": torch.zeros_like(parameter),
            "exp_avg_sq": torch.zeros_like(parameter),
        }
    clip_gradients(optimiser)
    with pytest.raises(RuntimeError):
        float(optimiser.state[parameter]["step"])
