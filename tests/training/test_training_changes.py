"""Settings changed while a run goes on, and looks taken at it within an epoch."""

import threading
from itertools import pairwise

import numpy as np
import pytest
import torch

from explorer.specs import Change
from explorer.training.loop import Trainer

CPU = torch.device("cpu")


def _state(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in trainer.state().items()}


def _same(a: Trainer, b: Trainer) -> bool:
    a, b = a.state(), b.state()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def _losses(progress) -> list:
    return [
        (p.record.train, p.record.held_out, p.record.kl_weight, p.record.learning_rate)
        for p in progress
    ]


def _changed(run, digits, at: int, **values: float) -> tuple[Trainer, list]:
    """A trainer whose settings are changed after ``at`` epochs, and all that it yielded."""
    trainer = Trainer(run, digits, CPU)
    epochs = iter(trainer)
    progress = [next(epochs) for _ in range(at)]
    trainer.change(**values)
    return trainer, [*progress, *epochs]


class TestChange:
    @pytest.mark.parametrize(
        ("name", "value"), [("learning_rate", 1e-4), ("kl_weight", 1e4)], ids=["rate", "weight"]
    )
    @pytest.mark.parametrize("at", [0, 1, 2])
    def test_it_holds_from_the_next_epoch_on(
        self, small_run, digits, train, name, value, at
    ) -> None:
        run = small_run()
        trainer, progress = _changed(run, digits, at, **{name: value})
        assert trainer.run.training.changes == (Change(epoch=at, **{name: value}),)
        undisturbed, plain = train(run)
        assert _losses(progress)[:at] == _losses(plain)[:at]
        for (*_, weight, rate), (*_, plain_weight, plain_rate) in zip(
            _losses(progress)[at:], _losses(plain)[at:], strict=True
        ):
            factor = value / getattr(run.training, name)
            expected = {"kl_weight": plain_weight, "learning_rate": plain_rate}
            expected[name] *= factor
            assert {"kl_weight": weight, "learning_rate": rate} == pytest.approx(expected)
        assert not _same(trainer, undisturbed)

    def test_a_spec_with_changes_gives_the_same_run_again(self, small_run, digits, train) -> None:
        trainer, progress = _changed(small_run(), digits, 1, kl_weight=7.0, learning_rate=1e-3)
        again, repeated = train(trainer.run)
        assert _losses(repeated) == _losses(progress)
        assert _same(again, trainer)
        assert again.run == trainer.run

    @pytest.mark.parametrize("stopped_after", [1, 2])
    def test_a_changed_run_resumes_with_the_same_losses(
        self, small_run, digits, train, stopped_after
    ) -> None:
        whole, progress = _changed(small_run(epochs=4), digits, 1, kl_weight=7.0)
        stopped = Trainer(whole.run, digits, CPU)
        for _, _ in zip(range(stopped_after), stopped, strict=False):
            pass
        resumed, rest = train(whole.run, state=stopped.state())
        assert _losses(rest) == _losses(progress)[stopped_after:]
        assert _same(resumed, whole)

    def test_a_resumed_run_may_be_changed_at_once(self, small_run, digits) -> None:
        whole, progress = _changed(small_run(), digits, 1, kl_weight=7.0)
        stopped = Trainer(small_run(), digits, CPU)
        next(iter(stopped))
        resumed = Trainer(small_run(), digits, CPU, state=stopped.state())
        resumed.change(kl_weight=7.0)
        assert resumed.run == whole.run
        assert _losses(resumed) == _losses(progress)[1:]

    def test_from_another_thread_while_an_epoch_runs(self, small_run, digits, train) -> None:
        """The epoch under way ends as it was begun."""
        run = small_run()

        def change_in_the_middle(step: int) -> None:
            if step == trainer.steps_per_epoch + 2:
                thread = threading.Thread(target=trainer.change, kwargs={"kl_weight": 7.0})
                thread.start()
                thread.join(10)
                assert not thread.is_alive()

        trainer = Trainer(run, digits, CPU, watch=change_in_the_middle)
        progress = list(trainer)
        assert trainer.run.training.changes == (Change(epoch=2, kl_weight=7.0),)
        assert [p.record.kl_weight for p in progress] == [1, 1, 7]
        _, plain = train(run)
        assert _losses(progress)[:2] == _losses(plain)[:2]
        assert _losses(train(trainer.run)[1]) == _losses(progress)

    def test_of_many_for_one_epoch_the_last_counts(self, small_run, digits) -> None:
        """As a slider makes them while it is moved."""
        trainer = Trainer(small_run(), digits, CPU)
        next(iter(trainer))
        for weight in (2.0, 3.0, 4.0):
            trainer.change(kl_weight=weight)
        trainer.change(learning_rate=1e-3)
        assert trainer.run.training.changes == (Change(epoch=1, kl_weight=4.0, learning_rate=1e-3),)

    def test_in_the_last_epoch_it_comes_too_late(self, small_run, digits) -> None:
        run = small_run()
        trainer = Trainer(
            run, digits, CPU, watch=lambda step: step > 8 and trainer.change(kl_weight=7.0)
        )
        assert {p.record.kl_weight for p in trainer} == {1.0}
        trainer.change(kl_weight=7.0)
        assert trainer.run == run

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            ({"kl_weight": -1.0}, "^kl_weight: "),
            ({"kl_weight": float("nan")}, "^kl_weight: "),
            ({"learning_rate": 0.0}, "^learning_rate: "),
            ({"learning_rate": 11.0, "kl_weight": 1.0}, "^learning_rate: "),
            ({}, "a change needs a kl_weight or a learning_rate"),
        ],
    )
    def test_what_no_spec_accepts_is_refused(self, small_run, digits, values, message) -> None:
        trainer = Trainer(small_run(), digits, CPU)
        with pytest.raises(ValueError, match=message):
            trainer.change(**values)
        assert trainer.run == small_run()


class TestWatch:
    def test_it_is_told_every_step_of_the_run(self, small_run, digits) -> None:
        seen: list[int] = []
        trainer = Trainer(small_run(), digits, CPU, watch=seen.append)
        next(iter(trainer))
        assert seen == [1, 2, 3, 4]
        resumed = Trainer(small_run(), digits, CPU, state=trainer.state(), watch=seen.append)
        list(resumed)
        assert seen == list(range(1, 13))

    @pytest.mark.parametrize("family", ["vae", "denoising-ae"])
    def test_a_snapshot_at_every_step_changes_nothing(
        self, small_run, digits, train, family
    ) -> None:
        """Not the noise either, which both families draw, nor what a family does in training
        alone."""
        run = small_run(family=family)
        taken: list[np.ndarray] = []
        seen = Trainer(
            run, digits, CPU, snapshots=20, watch=lambda _: taken.append(seen.snapshot())
        )
        progress = list(seen)
        plain, unseen = train(run)
        assert _losses(progress) == _losses(unseen)
        assert _same(seen, plain)
        assert len(taken) == 12
        assert {(s.shape, s.dtype) for s in taken} == {((20, 2), np.dtype(np.float32))}
        assert all(not np.array_equal(a, b) for a, b in pairwise(taken))
        np.testing.assert_array_equal(taken[3], progress[0].snapshot)

    def test_a_snapshot_leaves_the_model_in_the_mode_it_was_in(self, small_run, digits) -> None:
        trainer = Trainer(small_run(), digits, CPU, snapshots=5)
        for mode in (True, False):
            trainer.model.train(mode)
            assert trainer.snapshot().shape == (5, 2)
            assert all(module.training == mode for module in trainer.model.modules())
        assert Trainer(small_run(), digits, CPU).snapshot() is None

    def test_what_it_raises_ends_the_epoch_and_leaves_the_finished_ones(
        self, small_run, digits, train
    ) -> None:
        class Stop(Exception):
            pass

        def stop(step: int) -> None:
            if step == 6:
                raise Stop

        trainer = Trainer(small_run(), digits, CPU, watch=stop)
        epochs = iter(trainer)
        next(epochs)
        good = _state(trainer)
        with pytest.raises(Stop):
            next(epochs)
        assert trainer.epoch == 1
        assert all(torch.equal(value, good[name]) for name, value in trainer.state().items())
        trainer.change(kl_weight=7.0)  # the broken epoch is to come again, and so may still change
        assert trainer.run.training.changes == (Change(epoch=1, kl_weight=7.0),)
