"""The training loop: a generator of ``Progress``, one per finished epoch.

The images are kept on the device as one uint8 tensor and permuted there; a step is one call of a
(compiled or captured) function, and losses are read once per epoch. The caller iterates and may
display, save, change the KL weight or learning rate, or stop. A stopped run continues from its last
finished epoch with the same losses: the order and noise of an epoch depend only on the seed and the
epoch's number, and all changes are recorded in the spec.
"""

import logging
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
from explorer.training.hardware import CPU, best_device, device_name, fallback
from explorer.training.progress import EpochRecord, LossMeter, LossValues, Progress
from explorer.training.schedules import EpochPlan, plan_epoch
from explorer.training.state import restore_state, training_state
from explorer.training.step import Step, make_step

EVALUATION_BATCH = 2000


class NonFiniteLoss(RuntimeError):
    """The loss became infinite or NaN; the model was reset to its last finished epoch."""


class Trainer:
    """Trains one model on one data set.

    Attributes:
        run: the spec, with the changes made so far; its seed sets the weights, order and noise.
        model: the model, on the device; reset to the last finished epoch after an error.
        epoch: finished epochs.
        optimiser: Adam for the model's parameters.
        batch, steps_per_epoch: images per optimiser step, and steps per epoch.
        warning: a sentence for users if the device did not do what it should, or empty.
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
            run: the spec; its model must fit the data set's images.
            dataset: the images.
            device: the device to train on; the best available if None.
            state: the ``state()`` of an earlier trainer of this run, to continue from.
            snapshots: number of validation codes in a snapshot and in each Progress.
            watch: called after every optimiser step with the number of steps so far. It may take a
                ``snapshot``; an exception from it undoes the epoch.

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
        # Adam moments of always-black pixels decay to denormal numbers, which are slow.
        torch.set_flush_denormal(True)
        self.run = run
        self.warning = ""
        self.epoch = 0
        self._begun = 0  # epochs started, including the current one
        self._good = state  # that of the last finished epoch, on the CPU
        self._lock = Lock()  # guards ``_begun`` and ``run``
        self._dataset = dataset
        self._snapshots = snapshots
        self._watch = watch
        self.batch = min(run.training.batch_size, len(dataset.train))
        self.steps_per_epoch = len(dataset.train) // self.batch  # the remainder is skipped
        device = device or best_device()
        try:
            self._set_up(device)
        except RuntimeError as error:
            if device == CPU:
                raise
            self.use_cpu(fallback(error))

    def __iter__(self) -> Iterator[Progress]:
        """Train the remaining epochs, yielding after each.

        Raises:
            NonFiniteLoss: names the epoch, the learning rate and the last finite losses.
        """
        while self.epoch < self.run.training.epochs:
            plan = self.begin()
            try:
                train, seconds = self._run_epoch(plan)
                held_out = evaluate_losses(self.model, self._validation, plan.kl_weight)
            except RuntimeError as error:
                if self.device == CPU:
                    self.undo()
                    raise
                self.use_cpu(fallback(error))
                continue
            except BaseException:
                self.undo()
                raise
            yield self.finish(train, held_out, seconds)

    def begin(self) -> EpochPlan:
        """Begin the next epoch. After its steps the caller must call ``finish`` or ``undo``."""
        # On the CPU: after some errors of a device, nothing can be read from it.
        self._good = {name: value.to(CPU, copy=True) for name, value in self.state().items()}
        with self._lock:
            self._begun = self.epoch + 1
            spec = self.run.training
        self._plan = plan_epoch(spec, self.epoch, self.steps_per_epoch)
        self.model.train()
        return self._plan

    def undo(self) -> None:
        """Undo the epoch that was begun, back to the last finished one."""
        if self._good is not None:
            self.epoch = restore_state(self.model, self.optimiser, self._good)
        self._begun = self.epoch

    def use_cpu(self, warning: str, dataset: ImageDataset | None = None) -> None:
        """Continue on the CPU from the last finished epoch, since the device failed.

        Args:
            warning: the sentence that says so.
            dataset: the images on the CPU, if the trainer was given images on the device.
        """
        self._dataset = dataset or self._dataset
        self.warn(warning)
        self._set_up(CPU)

    def _set_up(self, device: torch.device) -> None:
        """Build the model on a device, in the state of the last finished epoch."""
        spec = self.run
        self.device = device
        self.model: Model = build_model(spec.model, spec.training.seed).to(device)
        self._train = self._dataset.train.to(device)
        self._validation = self._dataset.validation.to(device)
        self.optimiser = torch.optim.Adam(
            self.model.parameters(),
            lr=torch.zeros((), device=device),  # set in each step
            fused=device.type in ("cpu", "cuda"),
            capturable=device.type == "cuda",
        )
        self._step: Step | None = None  # created on first use, as that is slow
        self.undo()

    def warn(self, words: str) -> None:
        """Note and log a warning."""
        self.warning = words
        logging.getLogger(__name__).warning(words)

    def finish(self, train: LossValues, held_out: LossValues, seconds: float) -> Progress:
        """Finish the epoch that was begun.

        Args:
            train, held_out: mean losses over its batches, and on the validation images after it.
            seconds: duration of its steps.

        Raises:
            NonFiniteLoss: the losses are not finite; the epoch is undone.
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
        """Change the KL weight or the peak learning rate from the next epoch on.

        Can be called from any thread while an epoch runs. The change becomes part of ``run``;
        during the last epoch it has no effect.

        Raises:
            ValueError: a value is out of range; the message names the field.
        """
        with self._lock:
            self.run = self.run.changed(self._begun, kl_weight, learning_rate)

    def snapshot(self) -> np.ndarray | None:
        """(n, d) float32 current codes of the first n validation images, also during an epoch; None
        if n is 0. It does not affect the run."""
        if not self._snapshots:
            return None
        training = self.model.training
        codes = encode_images(self.model.view(), self._validation[: self._snapshots]).mean
        self.model.train(training)
        return codes

    def state(self) -> dict[str, Tensor]:
        """The state from which a later trainer can continue: the number of finished epochs, the
        weights and Adam's moments. Live tensors, not copies."""
        return training_state(self.model, self.optimiser, self.epoch)

    def _run_epoch(self, plan: EpochPlan) -> tuple[LossValues, float]:
        """Mean losses over an epoch's batches, and its duration in seconds without ``watch``."""
        if self._step is None:
            self._step = make_step(
                self.model, [self.optimiser], self._train, self.batch, self.run.training, self.warn
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
    """The devices other than the CPU whose random state ``fork_rng`` must preserve."""
    return [device] if device.type == "cuda" else []


@torch.no_grad()
def mean_losses(
    loss: Callable[[Tensor, Tensor], Losses], images: Images, seed: int = 0
) -> LossMeter:
    """Mean over all images of ``loss``, a function of x (N, C, H, W) and labels (N,)."""
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
    """Mean loss terms over all images, in float32, with one seeded sample of z per image."""
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
    """Loss terms of each image; ``evaluate_losses`` returns their means."""
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
    """The loss terms of the images, in batches. Noise comes from a separate generator, independent
    of other random numbers in the process."""
    model.eval()
    generator = torch.Generator(images.pixels.device).manual_seed(seed)
    for start in range(0, len(images), EVALUATION_BATCH):
        batch = images[start : start + EVALUATION_BATCH]
        yield model.terms(batch.floats(), batch.labels, generator)
