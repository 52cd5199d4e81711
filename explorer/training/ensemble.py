"""Runs that differ in KL weight, changes and seed alone, trained at once.

Every run is an ordinary Trainer; only the steps of its epochs are taken together. The runs of one
seed see the same batches and draw the same noise, so they form one stack of models, which is moved
by one (compiled or captured) function; every other seed has a stack and a random state of its own.
What comes out is, to float tolerance, what each run would give alone.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.datasets import ImageDataset, Images
from explorer.models import Losses, Model
from explorer.specs import RunSpec
from explorer.training.hardware import best_device
from explorer.training.loop import NonFiniteLoss, Trainer, cuda_devices, mean_losses
from explorer.training.progress import LossMeter, LossValues, Progress
from explorer.training.schedules import EpochPlan
from explorer.training.stack import Stack
from explorer.training.step import Step, make_step

_MAY_DIFFER = {"kl_weight": 0.0, "changes": (), "seed": 0}


class Ensemble:
    """Trains several models on one data set at once; a run is known by its index in ``runs``.

    Attributes:
        epoch: finished epochs, of the runs that have not blown up.
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
            runs: what to train; they may differ in ``kl_weight``, ``changes`` and ``seed``.
            dataset, device, snapshots, watch: as for a Trainer.
            states: what ``state`` gave for each of the runs, all after the same epoch.

        Raises:
            ValueError: the runs differ elsewhere (the message names the field), do not fit the
                data set, or the states do not fit the runs or each other.
        """
        _check_alike(runs)
        device = device or best_device()
        # Moved once here, and not by every trainer.
        train, validation = dataset.train.to(device), dataset.validation.to(device)
        dataset = replace(dataset, train=train, validation=validation)
        given = [None] * len(runs) if states is None else list(states)
        if len(given) != len(runs):
            raise ValueError(f"states: there are {len(given)} for {len(runs)} runs")
        self._trainers = [
            Trainer(run, dataset, device, state, snapshots)
            for run, state in zip(runs, given, strict=True)
        ]
        epochs = sorted({trainer.epoch for trainer in self._trainers})
        if len(epochs) > 1:
            raise ValueError(f"states: they are of different epochs, {epochs[0]} and {epochs[-1]}")
        self.epoch = epochs[0]
        self._watch = watch
        self._failed: dict[int, NonFiniteLoss] = {}
        by_seed: dict[int, list[int]] = {}
        for index, run in enumerate(runs):
            by_seed.setdefault(run.training.seed, []).append(index)
        self._cohorts = [
            _Cohort(indices, [self._trainers[i] for i in indices], train, validation)
            for indices in by_seed.values()
        ]

    def __iter__(self) -> Iterator[tuple[Progress | NonFiniteLoss, ...]]:
        """Train the epochs that are left, yielding after each what became of every run.

        A run that blows up is put back to its last finished epoch and sits out the rest, for
        which its error is yielded again. If all have, that is the end.
        """
        trainers = self._trainers
        while self.epoch < self.run(0).training.epochs and len(self._failed) < len(trainers):
            plans = {i: t.begin() for i, t in enumerate(trainers) if i not in self._failed}
            cohorts = [cohort for cohort in self._cohorts if plans.keys() & cohort.indices]
            try:
                seconds = self._take_steps(cohorts, plans)
                losses = [pair for cohort in cohorts for pair in cohort.losses(plans).items()]
            except BaseException:
                for trainer in trainers:
                    trainer.undo()
                raise
            self.epoch += 1
            told: dict[int, Progress | NonFiniteLoss] = dict(self._failed)
            for index, (train, held_out) in losses:
                told[index] = self._finish(index, train, held_out, seconds)
            yield tuple(told[index] for index in range(len(trainers)))

    def run(self, index: int) -> RunSpec:
        """The spec of a run, with the changes made so far."""
        return self._trainers[index].run

    def model(self, index: int) -> Model:
        """The model of a run, on the device; it goes on being trained."""
        return self._trainers[index].model

    def state(self, index: int) -> dict[str, Tensor]:
        """What a Trainer of the run, or another ensemble, needs to go on with it. Live tensors."""
        return self._trainers[index].state()

    def snapshot(self, index: int) -> np.ndarray | None:
        """As of a Trainer."""
        return self._trainers[index].snapshot()

    def change(
        self, index: int, kl_weight: float | None = None, learning_rate: float | None = None
    ) -> None:
        """Change one run, as a Trainer does."""
        self._trainers[index].change(kl_weight, learning_rate)

    def _take_steps(self, cohorts: list["_Cohort"], plans: dict[int, EpochPlan]) -> float:
        """Take an epoch's steps; the seconds that took without ``watch``."""
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
            trainer.undo()  # its part of the stack was moved with the others
            return self._failed[index]
        try:
            return trainer.finish(train, held_out, seconds)
        except NonFiniteLoss as error:
            self._failed[index] = error
            return error


class _Cohort:
    """The runs of one seed, whose models take their steps as one stack."""

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
        """Make the step, if it is the first epoch: compiling and capturing take their time."""
        self._stack.train()
        if self._step is None:
            optimisers = [trainer.optimiser for trainer in self._trainers]
            spec = self._trainers[0].run.training
            self._step = make_step(self._stack, optimisers, self._train, self._batch, spec)

    def begin(self, plans: dict[int, EpochPlan]) -> None:
        """Draw the order of the images, which leaves the random state where the noise begins."""
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
        """Take a step of the epoch begun, with random numbers of one's own."""
        assert self._step is not None, "an epoch is begun after the step is made"
        index = self._order[step * self._batch : (step + 1) * self._batch]
        _generator(self._device).set_rng_state(self._random)
        self._meter.add(self._step(index, self._settings[step]))
        self._random = _generator(self._device).get_rng_state()

    def losses(self, plans: dict[int, EpochPlan]) -> dict[int, tuple[LossValues, LossValues]]:
        """By run: mean losses over the batches of the epoch, and on the validation images."""
        weights = [plans[i].kl_weight if i in plans else 0.0 for i in self.indices]
        kl_weight = torch.tensor(weights, device=self._device)

        def loss(x: Tensor, labels: Tensor) -> Losses:
            return self._stack.loss(x, labels, kl_weight)

        self._stack.train(False)
        held_out = mean_losses(loss, self._validation).means()
        return dict(zip(self.indices, zip(self._meter.means(), held_out, strict=True), strict=True))


def _generator(device: torch.device) -> Any:
    """The module with ``get_rng_state`` and ``set_rng_state`` of the device's own generator."""
    return torch if device.type == "cpu" else torch.get_device_module(device)


def _check_alike(runs: Sequence[RunSpec]) -> None:
    if not runs:
        raise ValueError("runs: there are none to train")
    first, *others = (_fields(run) for run in runs)
    for other in others:
        for field, value in first.items():
            if other[field] != value:
                raise ValueError(
                    f"{field}: {value!a} and {other[field]!a}; runs trained at once differ in "
                    f"{', '.join(_MAY_DIFFER)} alone"
                )


def _fields(run: RunSpec) -> dict[str, Any]:
    """What the runs must agree in, by name."""
    fields = {"dataset": run.dataset, **run.model.model_dump(), **run.training.model_dump()}
    return fields | _MAY_DIFFER
