"""The training loop: a generator of ``Progress``, one per finished epoch.

The images lie on the device as one uint8 tensor and are permuted there; a step is one call of a
(compiled or captured) function, and losses are read once an epoch. Whoever iterates displays,
saves, changes the KL weight or the rate, or stops; a stopped run continues from its last finished
epoch with the same losses, since order and noise of an epoch depend on the seed and the epoch's
number alone, and its changes stand in the spec.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from explorer.datasets import ImageDataset, Images
from explorer.models import FAMILIES, Losses, Model, Terms, build_model
from explorer.models.base import assemble
from explorer.models.latent import encode_images
from explorer.specs import RunSpec
from explorer.training.hardware import best_device, device_name
from explorer.training.progress import EpochRecord, LossMeter, LossValues, Progress
from explorer.training.schedules import EpochPlan, plan_epoch
from explorer.training.state import restore_state, training_state
from explorer.training.step import Step, make_step

EVALUATION_BATCH = 2000


class NonFiniteLoss(RuntimeError):
    """The loss became infinite or not a number; the model is back at its last finished epoch."""


class Trainer:
    """Trains one model on one data set.

    Attributes:
        run: the spec, with the changes made so far; its seed decides weights, order and noise.
        model: the model, on the device; after an error, as of the last finished epoch.
        epoch: finished epochs.
        optimiser: Adam with the model's parameters.
        batch, steps_per_epoch: images per optimiser step, and steps in an epoch.
    """

    def __init__(
        self,
        run: RunSpec,
        dataset: ImageDataset,
        device: torch.device | None = None,
        state: dict[str, Tensor] | None = None,
        snapshots: int = 0,
        watch: Callable[[int], None] | None = None,
    ) -> None:
        """Set up a run, or continue one.

        Args:
            run: what to train; its model spec must fit the data set's images.
            dataset: the images.
            device: where; the best there is if None.
            state: what ``state()`` of an earlier trainer of this run gave, to continue from there.
            snapshots: how many validation codes a snapshot and each Progress carry.
            watch: told after every optimiser step how many there were so far. It may take a
                ``snapshot``; what it raises ends the epoch as an error does.

        Raises:
            ValueError: the spec does not fit the data set, or the state does not fit the spec.
        """
        if run.model.image_shape != dataset.image_shape:
            raise ValueError(
                f"the model takes {run.model.image_shape} images, "
                f"{dataset.name} has {dataset.image_shape}"
            )
        if FAMILIES[run.model.family].capabilities.loss_needs_label and not dataset.classes:
            raise ValueError(f"{run.model.family} learns from classes, and {dataset.name} has none")
        # Decaying Adam moments of pixels that are never lit turn into denormals, which are slow.
        torch.set_flush_denormal(True)
        self.run = run
        self.device = device or best_device()
        self.model: Model = build_model(run.model, run.training.seed).to(self.device)
        self.epoch = 0
        self._begun = 0  # epochs, with one that is under way
        self._lock = Lock()  # held to see which epoch is under way and what it was begun with
        self._train = dataset.train.to(self.device)
        self._validation = dataset.validation.to(self.device)
        self._snapshots = snapshots
        self._watch = watch
        self.optimiser = torch.optim.Adam(
            self.model.parameters(),
            lr=torch.zeros((), device=self.device),  # each step brings its own
            fused=self.device.type in ("cpu", "cuda"),
            capturable=self.device.type == "cuda",
        )
        self.batch = min(run.training.batch_size, len(self._train))
        self.steps_per_epoch = len(self._train) // self.batch  # the odd rest sits out an epoch
        if state is not None:
            self.epoch = self._begun = restore_state(self.model, self.optimiser, state)
        self._step: Step | None = None  # made when it is first wanted, since that takes its time

    def __iter__(self) -> Iterator[Progress]:
        """Train the epochs that are left, yielding after each.

        Raises:
            NonFiniteLoss: naming the epoch, the rate and the last finite losses.
        """
        while self.epoch < self.run.training.epochs:
            plan = self.begin()
            try:
                train, seconds = self._run_epoch(plan)
                held_out = evaluate_losses(self.model, self._validation, plan.kl_weight)
            except BaseException:
                self.undo()
                raise
            yield self.finish(train, held_out, seconds)

    def begin(self) -> EpochPlan:
        """Begin the next epoch. Whoever takes its steps then calls ``finish`` or ``undo``."""
        self._good = {name: value.clone() for name, value in self.state().items()}
        with self._lock:
            self._begun = self.epoch + 1
            spec = self.run.training
        self._plan = plan_epoch(spec, self.epoch, self.steps_per_epoch)
        self.model.train()
        return self._plan

    def undo(self) -> None:
        """Go back to the last finished epoch from one that was begun."""
        restore_state(self.model, self.optimiser, self._good)
        self._begun = self.epoch

    def finish(self, train: LossValues, held_out: LossValues, seconds: float) -> Progress:
        """Count the epoch begun as finished.

        Args:
            train, held_out: mean losses over its batches, and on the validation images after it.
            seconds: what its steps took.

        Raises:
            NonFiniteLoss: they are not finite; the epoch is undone.
        """
        if not (train.finite and held_out.finite):
            self.undo()
            raise NonFiniteLoss(self._explain_failure())
        self.epoch += 1
        learning_rate, kl_weight = self._plan.settings[-1]
        record = EpochRecord(
            epoch=self.epoch,
            epochs=self.run.training.epochs,
            step=self.epoch * self.steps_per_epoch,
            train=train,
            held_out=held_out,
            kl_weight=kl_weight,
            learning_rate=learning_rate,
            images_per_second=self.steps_per_epoch * self.batch / seconds,
            seconds=seconds,
            device=device_name(self.device),
        )
        return Progress(record, self.snapshot())

    def change(self, kl_weight: float | None = None, learning_rate: float | None = None) -> None:
        """Change the KL weight or the peak of the learning rate from the next epoch on.

        Any thread may call it while an epoch runs. The change becomes part of ``run``; one that
        comes in the last epoch is too late and has no effect.

        Raises:
            ValueError: a value that no spec accepts; the message names the field.
        """
        with self._lock:
            self.run = self.run.changed(self._begun, kl_weight, learning_rate)

    def snapshot(self) -> np.ndarray | None:
        """(n, d) float32 codes of the first n validation images as of now, also within an epoch;
        None if none are wanted. It leaves no trace in the run."""
        if not self._snapshots:
            return None
        training = self.model.training
        codes = encode_images(self.model.view(), self._validation[: self._snapshots]).mean
        self.model.train(training)
        return codes

    def state(self) -> dict[str, Tensor]:
        """Everything a later trainer needs to go on after the last finished epoch: the finished
        epochs, weights and Adam's moments. Live tensors, not copies."""
        return training_state(self.model, self.optimiser, self.epoch)

    def _run_epoch(self, plan: EpochPlan) -> tuple[LossValues, float]:
        """Mean losses of an epoch's batches, and the seconds it took without ``watch``."""
        if self._step is None:
            self._step = make_step(
                self.model, [self.optimiser], self._train, self.batch, self.run.training
            )
        meter = LossMeter()
        start, watching = time.perf_counter(), 0.0
        settings = torch.tensor(plan.settings, device=self.device)  # (steps, 2)
        with torch.random.fork_rng(devices=cuda_devices(self.device)):
            torch.manual_seed(plan.seed)
            order = torch.randperm(len(self._train), device=self.device)
            for step in range(self.steps_per_epoch):
                index = order[step * self.batch : (step + 1) * self.batch]
                meter.add(self._step(index, settings[step]))
                if self._watch is not None:
                    paused = time.perf_counter()
                    self._watch(self.epoch * self.steps_per_epoch + step + 1)
                    watching += time.perf_counter() - paused
        losses = meter.mean()  # waits for the device
        return losses, time.perf_counter() - start - watching

    def _explain_failure(self) -> str:
        values = "there was no finished epoch before it"
        if self.epoch:
            kl_weight, _ = self.run.training.in_force(self.epoch - 1)
            last = evaluate_losses(self.model, self._validation, kl_weight)
            values = (
                f"the last finite held-out loss was {last.total:.4g} nats per image "
                f"(reconstruction {last.reconstruction:.4g}, KL {last.kl_total:.4g})"
            )
        return (
            f"the loss is not finite in epoch {self.epoch + 1} at learning rate "
            f"{self._plan.settings[-1][0]:.3g}; {values}. Try a lower learning rate"
        )


def cuda_devices(device: torch.device) -> list[torch.device]:
    """The devices besides the CPU whose random state ``fork_rng`` must keep."""
    return [device] if device.type == "cuda" else []


@torch.no_grad()
def mean_losses(
    loss: Callable[[Tensor, Tensor], Losses], images: Images, seed: int = 0
) -> LossMeter:
    """Means over all images of ``loss``, a function of x (N, C, H, W) and labels (N,)."""
    meter = LossMeter()
    with torch.random.fork_rng(devices=cuda_devices(images.pixels.device)):
        torch.manual_seed(seed)
        for start in range(0, len(images), EVALUATION_BATCH):
            batch = images[start : start + EVALUATION_BATCH]
            meter.add(loss(batch.floats(), batch.labels), len(batch))
    return meter


def evaluate_losses(
    model: Model, images: Images, kl_weight: float = 1.0, seed: int = 0
) -> LossValues:
    """Mean loss terms over all images, in float32, with one seeded draw of z per image."""
    meter = LossMeter()
    for terms in _evaluated(model, images, seed):
        losses = assemble(terms, kl_weight, model.free_bits)
        meter.add(losses, len(terms.log_likelihood))
    return meter.mean()


@dataclass(frozen=True, eq=False)
class ImageTerms:
    """Loss terms of N images, in nats.

    Attributes:
        reconstruction: (N,) −log p(x|z) at one draw of z.
        kl: per group of the family's ``kl_groups``, (N, its dimensions).
    """

    reconstruction: np.ndarray
    kl: tuple[np.ndarray, ...]


def image_terms(model: Model, images: Images, seed: int = 0) -> ImageTerms:
    """Loss terms of each image, those that ``evaluate_losses`` gives the means of."""
    parts = list(_evaluated(model, images, seed))
    return ImageTerms(
        np.concatenate([-part.log_likelihood.double().cpu().numpy() for part in parts]),
        tuple(
            torch.cat(groups).double().cpu().numpy()
            for groups in zip(*(part.kl for part in parts), strict=True)
        ),
    )


@torch.no_grad()
def _evaluated(model: Model, images: Images, seed: int) -> Iterator[Terms]:
    """Terms of a batch of images at a time. Noise comes from a generator of its own: what is
    drawn elsewhere in the process meanwhile makes no difference, nor is it disturbed."""
    model.eval()
    generator = torch.Generator(images.pixels.device).manual_seed(seed)
    for start in range(0, len(images), EVALUATION_BATCH):
        batch = images[start : start + EVALUATION_BATCH]
        yield model.terms(batch.floats(), batch.labels, generator)
