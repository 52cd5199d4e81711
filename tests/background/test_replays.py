"""A replay in a child process gives what one in this process gives, and cannot hang or grow."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.background import replays
from explorer.background.replays import replayed
from explorer.specs import RunSpec
from explorer.training.replay import is_brief, replay

pytestmark = pytest.mark.slow


def test_the_moments_are_those_of_the_run(tiny_run: RunSpec, digits) -> None:
    here, there = list(replay(tiny_run, digits)), replayed(tiny_run)
    assert [moment.epoch for moment in there] == [moment.epoch for moment in here]
    for one, other in zip(here, there, strict=True):
        np.testing.assert_allclose(one.codes.mean, other.codes.mean, atol=1e-5)
        assert (one.codes.labels == other.codes.labels).all()
        for ours, theirs in zip(
            one.view.model.parameters(), other.view.model.parameters(), strict=True
        ):
            torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


def test_a_loss_that_diverges_is_said(tiny_run: RunSpec) -> None:
    steep = {"learning_rate": 10, "link": "identity", "likelihood_scale": 1e-3, "family": "ae"}
    wild = tiny_run.replace({**steep, "widths": (64,) * 8, "epochs": 60})
    with pytest.raises(ValueError, match="loss is not finite"):
        replayed(wild)


def test_it_is_bounded_in_time(tiny_run: RunSpec) -> None:
    with pytest.raises(ValueError, match="it took longer than 1 s"):
        replayed(tiny_run.replace({"epochs": 100_000}), patience=1.0)


def test_a_killed_process_is_said(tiny_run: RunSpec, monkeypatch: pytest.MonkeyPatch) -> None:
    real = replays.Child

    def started(*given):
        child = real(*given)
        child.kill()
        return child

    monkeypatch.setattr(replays, "Child", started)
    with pytest.raises(ValueError, match="killed from outside"):
        replayed(tiny_run)


def test_what_would_take_much_memory_is_not_replayed(tiny_run: RunSpec) -> None:
    assert is_brief(tiny_run)
    assert not is_brief(tiny_run.replace({"widths": (4096, 4096), "epochs": 1}))
