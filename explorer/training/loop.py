"""The training loop: a generator of ``Progress``, one per finished epoch.

The images lie on the device as one uint8 tensor and are permuted there; a step is one call of a
(compiled or captured) function, and losses are read once an epoch. Whoever iterates displays,
saves or stops; a stopped run continues from its last finished epoch with the same losses, since
order and noise of an epoch depend on the seed and the epoch's number alone.
"""

import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import Parameter

from explorer.datasets import ImageDataset, Images
from explorer.latent import encode_images
from explorer.models import Model, build_model
from explorer.specs import RunSpec
from explorer.training.hardware import best_device, device_name
from explorer.training.progress import EpochRecord, LossMeter, LossValues, Progress
from explorer.training.schedules import kl_factor, one_cycle
from explorer.training.step import make_step

EVALUATION_BATCH = 2000


class NonFiniteLoss(RuntimeError):
    """The loss became infinite or not a number; the model is back at its last finished epoch."""


class Trainer:
    """Trains one model on one data set.

    Attributes:
        run: the spec; its seed decides weights, order and noise.
        model: the model, on the device; after an error, as of the last finished epoch.
        epoch: finished epochs.
        kl_weight, learning_rate: the spec's, may be changed between epochs.
    """

    def __init__(
        self,
        run: RunSpec,
        dataset: ImageDataset,
        device: torch.device | None = None,
        state: dict[str, Tensor] | None = None,
        snapshots: int = 0,
    ) -> None:
        """Set up a run, or continue one.

        Args:
            run: what to train; its model spec must fit the data set's images.
            dataset: the images.
            device: where; the best there is if None.
            state: what ``state()`` of an earlier trainer of this run gave, to continue from there.
            snapshots: how many validation codes each Progress carries.

        Raises:
            ValueError: the spec does not fit the data set, or the state does not fit the spec.
        """
        if run.model.image_shape != dataset.image_shape:
            raise ValueError(
                f"the model takes {run.model.image_shape} images, "
                f"{dataset.name} has {dataset.image_shape}"
            )
        # Decaying Adam moments of pixels that are never lit turn into denormals, which are slow.
        torch.set_flush_denormal(True)
        self.run = run
        self.device = device or best_device()
        self.model: Model = build_model(run.model, run.training.seed).to(self.device)
        self.epoch = 0
        self.kl_weight = run.training.kl_weight
        self.learning_rate = run.training.learning_rate
        self._train = dataset.train.to(self.device)
        self._validation = dataset.validation.to(self.device)
        self._snapshots = snapshots
        self._rate = torch.zeros((), device=self.device)
        self._beta = torch.zeros((), device=self.device)
        self._optimiser = torch.optim.Adam(
            self.model.parameters(),
            lr=self._rate,
            fused=self.device.type in ("cpu", "cuda"),
            capturable=self.device.type == "cuda",
        )
        self._batch = min(run.training.batch_size, len(self._train))
        self.steps_per_epoch = len(self._train) // self._batch  # the odd rest sits out an epoch
        if state is not None:
            self._restore(state)
        self._step = make_step(
            self.model, self._optimiser, self._train, self._beta, self._batch, run.training
        )

    def __iter__(self) -> Iterator[Progress]:
        """Train the epochs that are left, yielding after each.

        Raises:
            NonFiniteLoss: naming the epoch, the rate and the last finite losses.
        """
        while self.epoch < self.run.training.epochs:
            good = {name: value.clone() for name, value in self.state().items()}
            start = time.perf_counter()
            train = self._run_epoch()
            elapsed = time.perf_counter() - start
            held_out = evaluate_losses(self.model, self._validation, self.kl_weight)
            if not (train.finite and held_out.finite):
                self._restore(good)
                raise NonFiniteLoss(self._explain_failure())
            self.epoch += 1
            record = EpochRecord(
                epoch=self.epoch,
                epochs=self.run.training.epochs,
                step=self.epoch * self.steps_per_epoch,
                train=train,
                held_out=held_out,
                kl_weight=float(self._beta),
                learning_rate=float(self._rate),
                images_per_second=self.steps_per_epoch * self._batch / elapsed,
                seconds=elapsed,
                device=device_name(self.device),
            )
            yield Progress(record, self._snapshot())

    def state(self) -> dict[str, Tensor]:
        """Everything a later trainer needs to go on after the last finished epoch: the finished
        epochs, weights and Adam's moments. Live tensors, not copies."""
        tensors = {"epoch": torch.tensor(self.epoch)}
        tensors |= {f"model.{name}": value for name, value in self.model.state_dict().items()}
        for name, parameter in self.model.named_parameters():
            for moment, value in self._optimiser.state.get(parameter, {}).items():
                tensors[f"adam.{name}.{moment}"] = value
        return tensors

    def _restore(self, state: dict[str, Tensor]) -> None:
        weights = {
            name.removeprefix("model."): value
            for name, value in state.items()
            if name.startswith("model.")
        }
        try:
            self.model.load_state_dict(weights, strict=True)
            for name, parameter in self.model.named_parameters():
                prefix = f"adam.{name}."
                moments = {
                    key.removeprefix(prefix): value
                    for key, value in state.items()
                    if key.startswith(prefix)
                }
                self._restore_moments(parameter, moments)
            self.epoch = int(state["epoch"])
        except (KeyError, RuntimeError) as error:
            raise ValueError(f"the saved state does not fit the run: {error}") from None

    def _restore_moments(self, parameter: Parameter, moments: dict[str, Tensor]) -> None:
        """Put Adam's moments back; none at all are those of a parameter never moved.

        In place where there are some: a captured CUDA graph knows these very tensors.
        """
        kept = self._optimiser.state[parameter]
        if not moments:
            for value in kept.values():
                value.zero_()
            return
        for key, shape in (
            ("step", ()),
            ("exp_avg", parameter.shape),
            ("exp_avg_sq", parameter.shape),
        ):
            value = moments[key]
            if value.shape != shape:
                raise RuntimeError(
                    f"Adam's {key} has shape {tuple(value.shape)}, not {tuple(shape)}"
                )
            if key in kept:
                kept[key].copy_(value)
            else:
                kept[key] = value.to(self.device, copy=True)

    def _run_epoch(self) -> LossValues:
        spec = self.run.training
        meter = LossMeter()
        self.model.train()
        with torch.random.fork_rng(devices=_cuda_devices(self.device)):
            torch.manual_seed(spec.seed * 1_000_003 + self.epoch)
            order = torch.randperm(len(self._train), device=self.device)
            for step in range(self.steps_per_epoch):
                share = (self.epoch + step / self.steps_per_epoch) / spec.epochs
                self._rate.fill_(self.learning_rate * one_cycle(share))
                self._beta.fill_(self.kl_weight * kl_factor(spec, share))
                meter.add(self._step(order[step * self._batch : (step + 1) * self._batch]))
        return meter.mean()

    def _snapshot(self) -> np.ndarray | None:
        if not self._snapshots:
            return None
        return encode_images(self.model, self._validation[: self._snapshots]).mean

    def _explain_failure(self) -> str:
        values = "there was no finished epoch before it"
        if self.epoch:
            last = evaluate_losses(self.model, self._validation, self.kl_weight)
            values = (
                f"the last finite held-out loss was {last.total:.4g} nats per image "
                f"(reconstruction {last.reconstruction:.4g}, KL {last.kl_total:.4g})"
            )
        return (
            f"the loss is not finite in epoch {self.epoch + 1} at learning rate "
            f"{float(self._rate):.3g}; {values}. Try a lower learning rate"
        )


def _cuda_devices(device: torch.device) -> list[torch.device]:
    return [device] if device.type == "cuda" else []


@torch.no_grad()
def evaluate_losses(
    model: Model, images: Images, kl_weight: float = 1.0, seed: int = 0
) -> LossValues:
    """Mean loss terms over all images, in float32, with one seeded draw of z per image."""
    model.eval()
    meter = LossMeter()
    device = images.pixels.device
    with torch.random.fork_rng(devices=_cuda_devices(device)):
        torch.manual_seed(seed)
        for start in range(0, len(images), EVALUATION_BATCH):
            batch = images[start : start + EVALUATION_BATCH]
            label = batch.labels if model.needs_label else None
            meter.add(model.loss(batch.floats(), label, kl_weight), len(batch))
    return meter.mean()
