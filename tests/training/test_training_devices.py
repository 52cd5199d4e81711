"""A device that cannot be used, or fails while it trains, costs speed and nothing else.

``cpu:0`` stands in for an accelerator: the same processor, but not the device that runs fall back
to. What fails is made to fail by raising what CUDA raises.
"""

from __future__ import annotations

import logging
from itertools import count

import pytest
import torch

from explorer.training import ensemble, hardware, loop, step
from explorer.training.ensemble import Ensemble
from explorer.training.loop import Trainer

CPU, DEVICE = torch.device("cpu"), torch.device("cpu", 0)
FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.")
BROKEN = RuntimeError("CUDA error: no kernel image is available for execution on the device\nMore")


@pytest.fixture(autouse=True)
def fresh_choice():
    hardware._tried.cache_clear()
    yield
    hardware._tried.cache_clear()


@pytest.fixture
def failing(monkeypatch):
    """Makes the steps of the first run or stack fail from a given one on, with a given error."""

    def failing(error: Exception, first: int) -> None:
        real, made = step.make_step, count(1)

        def make_step(*given):
            good, steps = real(*given), count(1)
            if next(made) > 1:
                return good  # the one on the CPU

            def take(index, settings):
                if next(steps) >= first:
                    raise error
                return good(index, settings)

            return take

        monkeypatch.setattr(loop, "make_step", make_step)
        monkeypatch.setattr(ensemble, "make_step", make_step)

    return failing


@pytest.mark.parametrize("error", [FULL, BROKEN], ids=["full", "broken"])
@pytest.mark.parametrize("first", [1, 7], ids=["in its first step", "in the second epoch"])
def test_a_run_continues_on_the_cpu(small_run, digits, failing, caplog, error, first):
    wanted = [progress.record.held_out for progress in Trainer(small_run(), digits, CPU)]
    failing(error, first)
    trainer = Trainer(small_run(), digits, DEVICE)
    with caplog.at_level(logging.WARNING):
        found = [progress.record.held_out for progress in trainer]
    assert found == wanted, "no epoch is lost, and none is trained twice"
    assert trainer.device == CPU
    assert trainer.warning.startswith("The device failed, so training continues on the CPU: CUDA")
    assert "\n" not in trainer.warning
    assert trainer.warning in caplog.text


def test_a_stack_continues_on_the_cpu(small_run, digits, failing):
    runs = [small_run(kl_weight=weight) for weight in (0.5, 2.0)]
    wanted = [[one.record.held_out for one in told] for told in Ensemble(runs, digits, CPU)]
    failing(FULL, 7)
    stack = Ensemble(runs, digits, DEVICE)
    assert [[one.record.held_out for one in told] for told in stack] == wanted
    assert all("CUDA out of memory" in stack.warning(index) for index in range(2))


@pytest.mark.parametrize("number", [1, 2], ids=["alone", "a stack"])
def test_a_device_without_room_for_the_images(small_run, digits, monkeypatch, number):
    moved = type(digits.train).to

    def to(images, device):
        if device == DEVICE:
            raise FULL
        return moved(images, device)

    monkeypatch.setattr(type(digits.train), "to", to)
    runs = [small_run(kl_weight=weight) for weight in (0.5, 2.0)[:number]]
    trained = Trainer(runs[0], digits, DEVICE) if number == 1 else Ensemble(runs, digits, DEVICE)
    assert len(list(trained)) == runs[0].training.epochs
    assert "out of memory" in (trained.warning if number == 1 else trained.warning(1))


def test_an_error_on_the_cpu_is_an_error(small_run, digits, failing):
    failing(BROKEN, 7)
    trainer = Trainer(small_run(), digits, CPU)
    with pytest.raises(RuntimeError, match="no kernel image"):
        list(trainer)
    assert trainer.epoch == 1
    assert not trainer.warning


def test_a_step_that_cannot_be_captured_is_taken_plainly(small_run, digits, monkeypatch):
    wanted = [progress.record.held_out for progress in Trainer(small_run(), digits, CPU)]

    def refuse(*_):
        raise RuntimeError("CUDA error: operation not permitted when stream is capturing")

    monkeypatch.setattr(step, "captures", lambda device: True)
    monkeypatch.setattr(step, "_captured", refuse)
    trainer = Trainer(small_run(), digits, CPU)
    assert [progress.record.held_out for progress in trainer] == wanted
    assert trainer.warning.startswith("A step could not be captured as a CUDA graph")


class TestTheChoice:
    def test_a_device_that_works_is_used(self, monkeypatch):
        monkeypatch.setattr(hardware, "_accelerators", lambda: [DEVICE])
        assert hardware.best_device() == DEVICE
        assert not hardware.device_warning()

    def test_one_that_torch_has_no_code_for_is_not(self, monkeypatch, caplog):
        monkeypatch.setattr(hardware, "_accelerators", lambda: [torch.device("xla")])
        with caplog.at_level(logging.WARNING):
            assert hardware.best_device() == CPU
        assert hardware.device_warning().startswith("The XLA device cannot be used, so the CPU is:")
        assert hardware.device_warning() in caplog.text

    def test_one_that_computes_wrongly_is_not(self, monkeypatch):
        monkeypatch.setattr(hardware, "_accelerators", lambda: [DEVICE])
        monkeypatch.setattr(torch.Tensor, "__matmul__", lambda a, b: torch.matmul(a, b) * 1.5)
        assert hardware.best_device() == CPU
        assert "wrong result" in hardware.device_warning()

    def test_without_any_there_is_nothing_to_say(self, monkeypatch):
        monkeypatch.setattr(hardware, "_accelerators", list)
        assert (hardware.best_device(), hardware.device_warning()) == (CPU, "")
