"""Runs that differ only in KL weight, changes and seed, trained together.

Every run is an ordinary Trainer; only its optimiser steps are taken together with the others. Runs
with the same seed see the same batches and noise, so their models form one stack, which is updated
by one (compiled or captured) function; each seed has its own stack and random state. Up to float
tolerance, the result of each run is the same as if it were trained alone.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.datasets import ImageDataset, Images
from explorer.models import Losses, Model
from explorer.specs import RunSpec
from explorer.training.hardware import CPU, best_device, fallback
from explorer.training.loop import NonFiniteLoss, Trainer, cuda_devices, mean_losses
from explorer.training.progress import LossMeter, LossValues, Progress
from explorer.training.schedules import EpochPlan
from explorer.training.stack import Stack
from explorer.training.step import Step, make_step

_MAY_DIFFER = {"kl_weight": 0.0, "changes": (), "seed": 0}


class Ensemble:
    """Trains several models on one data set; a run is identified by its index in ``runs``.

    Attributes:
        epoch: finished epochs of the runs that have not diverged.
    """

    def __init__(
        self,
        runs: Sequence[RunSpec],
        dataset: ImageDataset,
        device: torch.device | None = None,
        states: Sequence[dict[str, Tensor]] | None = None,
        snapshots: int = 0,
        watch: Callable[[int], None] | None = None,
    ) -> None:
        """Set up runs, or continue them.

        Args:
            runs: the runs; they may differ in ``kl_weight``, ``changes`` and ``seed``.
            dataset, device, snapshots, watch: as for a Trainer.
            states: the ``state`` of each run to continue from, all after the same epoch.

        Raises:
            ValueError: the runs differ in another field (the message names it) or do not fit the
                data set, or the states do not fit the runs or each other.
        """
        _check_alike(runs)
        given = [None] * len(runs) if states is None else list(states)
        if len(given) != len(runs):
            raise ValueError(f"states: there are {len(given)} for {len(runs)} runs")
        self._dataset = dataset
        device, there = device or best_device(), dataset
        with suppress(RuntimeError):  # a device without room: every trainer falls back by itself
            there = _moved(dataset, device)  # once here instead of by every trainer
        self._trainers = [
            Trainer(run, there, device, state, snapshots)
            for run, state in zip(runs, given, strict=True)
        ]
        epochs = sorted({trainer.epoch for trainer in self._trainers})
        if len(epochs) > 1:
            raise ValueError(f"states: they are of different epochs, {epochs[0]} and {epochs[-1]}")
        self.epoch = epochs[0]
        self._watch = watch
        self._failed: dict[int, NonFiniteLoss] = {}
        # If one trainer fell back, all must: models on different devices cannot be stacked.
        if warning := next((one.warning for one in self._trainers if one.device != device), ""):
            self._use_cpu(warning)
        else:
            self._cohorts = self._stacked(there)

    def __iter__(self) -> Iterator[tuple[Progress | NonFiniteLoss, ...]]:
        """Train the remaining epochs and yield the outcome of every run after each.

        A run that diverges is reset to its last finished epoch and no longer trained; its error is
        yielded again after every later epoch. Training ends early if all runs have diverged.
        """
        trainers = self._trainers
        while self.epoch < self.run(0).training.epochs and len(self._failed) < len(trainers):
            plans = {i: t.begin() for i, t in enumerate(trainers) if i not in self._failed}
            cohorts = [cohort for cohort in self._cohorts if plans.keys() & cohort.indices]
            try:
                seconds = self._take_steps(cohorts, plans)
                losses = [pair for cohort in cohorts for pair in cohort.losses(plans).items()]
            except RuntimeError as error:
                if trainers[0].device == CPU:
                    for trainer in trainers:
                        trainer.undo()
                    raise
                self._use_cpu(fallback(error))
                continue
            except BaseException:
                for trainer in trainers:
                    trainer.undo()
                raise
            self.epoch += 1
            outcomes: dict[int, Progress | NonFiniteLoss] = dict(self._failed)
            for index, (train, held_out) in losses:
                outcomes[index] = self._finish(index, train, held_out, seconds)
            yield tuple(outcomes[index] for index in range(len(trainers)))

    def _stacked(self, images: ImageDataset) -> list["_Cohort"]:
        """The runs as one stack per seed."""
        by_seed: dict[int, list[int]] = {}
        for index, trainer in enumerate(self._trainers):
            by_seed.setdefault(trainer.run.training.seed, []).append(index)
        return [
            _Cohort(indices, [self._trainers[i] for i in indices], images.train, images.validation)
            for indices in by_seed.values()
        ]

    def _use_cpu(self, warning: str) -> None:
        """Continue all runs on the CPU from the last finished epoch."""
        for trainer in self._trainers:
            trainer.use_cpu(warning, self._dataset)
        self._cohorts = self._stacked(self._dataset)

    def warning(self, index: int) -> str:
        """The warning of a run, as for a Trainer."""
        return self._trainers[index].warning

    def run(self, index: int) -> RunSpec:
        """The spec of a run, with the changes made so far."""
        return self._trainers[index].run

    def model(self, index: int) -> Model:
        """The model of a run, on the device; it changes as training continues."""
        return self._trainers[index].model

    def state(self, index: int) -> dict[str, Tensor]:
        """The state from which a Trainer or an ensemble can continue the run. Live tensors."""
        return self._trainers[index].state()

    def snapshot(self, index: int) -> np.ndarray | None:
        """The snapshot of a run, as for a Trainer."""
        return self._trainers[index].snapshot()

    def change(
        self, index: int, kl_weight: float | None = None, learning_rate: float | None = None
    ) -> None:
        """Change one run, as a Trainer does."""
        self._trainers[index].change(kl_weight, learning_rate)

    def _take_steps(self, cohorts: list["_Cohort"], plans: dict[int, EpochPlan]) -> float:
        """Take the steps of an epoch and return the seconds they took, without ``watch``."""
        for cohort in cohorts:
            cohort.prepare()
        steps = self._trainers[0].steps_per_epoch
        device = self._trainers[0].device
        start, watching = time.perf_counter(), 0.0
        with torch.random.fork_rng(devices=cuda_devices(device)):
            for cohort in cohorts:
                cohort.begin(plans)
            for step in range(steps):
                for cohort in cohorts:
                    cohort.step(step)
                if self._watch is not None:
                    paused = time.perf_counter()
                    self._watch(self.epoch * steps + step + 1)
                    watching += time.perf_counter() - paused
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter() - start - watching

    def _finish(
        self, index: int, train: LossValues, held_out: LossValues, seconds: float
    ) -> Progress | NonFiniteLoss:
        trainer = self._trainers[index]
        if index in self._failed:
            trainer.undo()  # its part of the stack was updated with the others
            return self._failed[index]
        try:
            return trainer.finish(train, held_out, seconds)
        except NonFiniteLoss as error:
            self._failed[index] = error
            return error


class _Cohort:
    """The runs with one seed, whose models are updated as one stack."""

    def __init__(
        self, indices: list[int], trainers: list[Trainer], train: Images, validation: Images
    ) -> None:
        self.indices = indices
        self._trainers = trainers
        self._train, self._validation = train, validation
        self._device = train.pixels.device
        self._stack = Stack([trainer.model for trainer in trainers])
        self._step: Step | None = None
        self._batch = trainers[0].batch

    def prepare(self) -> None:
        """Create the step function in the first epoch, outside the timing, as compiling is slow."""
        self._stack.train()
        if self._step is None:
            optimisers = [trainer.optimiser for trainer in self._trainers]
            spec = self._trainers[0].run.training
            self._step = make_step(
                self._stack, optimisers, self._train, self._batch, spec, self._warn
            )

    def _warn(self, words: str) -> None:
        for trainer in self._trainers:
            trainer.warn(words)

    def begin(self, plans: dict[int, EpochPlan]) -> None:
        """Draw the order of the images and keep the random state, from which the noise is drawn."""
        plan = next(plans[index] for index in self.indices if index in plans)
        idle = ((0.0, 0.0),) * len(plan.settings)
        settings = [plans[i].settings if i in plans else idle for i in self.indices]
        # (K, steps, 2) → (steps, 2, K)
        self._settings = torch.tensor(settings, device=self._device).permute(1, 2, 0).contiguous()
        self._meter = LossMeter()
        torch.manual_seed(plan.seed)
        self._order = torch.randperm(len(self._train), device=self._device)
        self._random = _generator(self._device).get_rng_state()

    def step(self, step: int) -> None:
        """Take a step of the current epoch, with the cohort's own random state."""
        assert self._step is not None, "prepare comes before begin"
        index = self._order[step * self._batch : (step + 1) * self._batch]
        _generator(self._device).set_rng_state(self._random)
        self._meter.add(self._step(index, self._settings[step]))
        self._random = _generator(self._device).get_rng_state()

    def losses(self, plans: dict[int, EpochPlan]) -> dict[int, tuple[LossValues, LossValues]]:
        """Mean losses of each run, over the batches of the epoch and on the validation images."""
        weights = [plans[i].kl_weight if i in plans else 0.0 for i in self.indices]
        kl_weight = torch.tensor(weights, device=self._device)

        def loss(x: Tensor, labels: Tensor) -> Losses:
            return self._stack.loss(x, labels, kl_weight)

        self._stack.train(False)
        held_out = mean_losses(loss, self._validation).means()
        return dict(zip(self.indices, zip(self._meter.means(), held_out, strict=True), strict=True))


def _moved(dataset: ImageDataset, device: torch.device) -> ImageDataset:
    train, validation = dataset.train.to(device), dataset.validation.to(device)
    return replace(dataset, train=train, validation=validation)


def _generator(device: torch.device) -> Any:
    """The module with ``get_rng_state`` and ``set_rng_state`` for the device's generator."""
    return torch if device.type == "cpu" else torch.get_device_module(device)


def _check_alike(runs: Sequence[RunSpec]) -> None:
    if not runs:
        raise ValueError("runs: there are none to train")
    first, *others = (_fields(run) for run in runs)
    for other in others:
        for field, value in first.items():
            if other[field] != value:
                raise ValueError(
                    f"{field}: {value!a} and {other[field]!a}; runs trained together may only "
                    f"differ in {', '.join(_MAY_DIFFER)}"
                )


def _fields(run: RunSpec) -> dict[str, Any]:
    """The fields in which runs must agree, by name; those that may differ are blanked."""
    fields = {"dataset": run.dataset, **run.model.model_dump(), **run.training.model_dump()}
    return fields | _MAY_DIFFER
