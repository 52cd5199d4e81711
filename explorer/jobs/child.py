"""A job's own process: trains what it is ordered to and tells how it goes; then it may be given
another, so that not every one has to wait for torch.

Heads of the messages it gets: the order, with the states to go on from; ``change`` with new values
for one of its runs; ``stop``. Heads of those it sends, each with the ``run`` it is about:
``fetching``, ``begun`` with the labels of the codes to come, ``progress`` with records, ``frame``
with the plane's codes, ``changed`` with the run's spec, ``state`` with the sealed last finished
epoch, ``checkpoint`` with its files, ``failed`` with the reason; at last ``end``.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from explorer.checkpoints import CheckpointError, packed
from explorer.datasets import DatasetUnavailable, ImageDataset, load_dataset
from explorer.jobs.orders import FRAMES, Order, joined_files, parted
from explorer.models import Model
from explorer.processes import Message, Owner, serve
from explorer.replay import shown_epochs
from explorer.runs import check_fits, finished
from explorer.specs import RunSpec
from explorer.training.ensemble import Ensemble
from explorer.training.loop import NonFiniteLoss, Trainer
from explorer.training.progress import EpochRecord, Progress
from explorer.unfinished import Unfinished, sealed, unsealed

TOLD_EVERY = 0.2  # seconds between two reports on a run
SAVED_EVERY = 0.5  # seconds between two states of it
EARLY_STEPS = frozenset(2**power for power in range(12))  # when the plane is shown at first
_LOADED: dict[str, ImageDataset] = {}
OUT_OF_MEMORY = "there was not enough memory; take a smaller batch_size, widths or latent_dim"


class _Stopped(Exception):
    """The owner wants no more of it."""


class _Trainers(Protocol):
    """Runs that are trained at once, each known by its index."""

    def __iter__(self) -> Iterator[tuple[Progress | NonFiniteLoss, ...]]: ...
    def run(self, index: int) -> RunSpec: ...
    def model(self, index: int) -> Model: ...
    def state(self, index: int) -> dict[str, Tensor]: ...
    def snapshot(self, index: int) -> np.ndarray | None: ...
    def change(
        self, index: int, kl_weight: float | None = None, learning_rate: float | None = None
    ) -> None: ...


class _Alone:
    """A single run, with the interface of several."""

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer

    def __iter__(self) -> Iterator[tuple[Progress | NonFiniteLoss, ...]]:
        try:
            for progress in self._trainer:
                yield (progress,)
        except NonFiniteLoss as error:
            yield (error,)

    def run(self, index: int) -> RunSpec:
        return self._trainer.run

    def model(self, index: int) -> Model:
        return self._trainer.model

    def state(self, index: int) -> dict[str, Tensor]:
        return self._trainer.state()

    def snapshot(self, index: int) -> np.ndarray | None:
        return self._trainer.snapshot()

    def change(
        self, index: int, kl_weight: float | None = None, learning_rate: float | None = None
    ) -> None:
        self._trainer.change(kl_weight, learning_rate)


class _Telling:
    """What the owner hears of one run, not more often than it can use."""

    def __init__(self, owner: Owner, index: int, name: str) -> None:
        self._owner, self._index, self._name = owner, index, name
        self.history: list[EpochRecord] = []
        self._untold: list[EpochRecord] = []
        self._told = self._saved = 0.0

    def send(self, kind: str, body: bytes = b"", **rest: Any) -> None:
        """A message about this run."""
        self._owner.send(Message({"kind": kind, "run": self._index, **rest}, body))

    def take(self, record: EpochRecord) -> bool:
        """Take an epoch in; returns whether it is time to tell of it."""
        self.history.append(record)
        self._untold.append(record)
        late = time.monotonic() - self._told > TOLD_EVERY
        return late or record.epoch == record.epochs

    def tell(self) -> None:
        """Send the records that were held back."""
        if self._untold:
            self._told = time.monotonic()
            self.send("progress", records=[asdict(record) for record in self._untold])
            self._untold.clear()

    def save(self, trainers: _Trainers) -> None:
        """Send the last finished epoch, so that whatever happens the run goes on from there."""
        if self.history:
            self._saved = time.monotonic()
            run, state = trainers.run(self._index), trainers.state(self._index)
            content = sealed(self._name, Unfinished(run, tuple(self.history), state))
            self.send("state", content, epoch=len(self.history))

    def save_if_due(self, trainers: _Trainers) -> None:
        """Send the last finished epoch, if that was not done just before."""
        if time.monotonic() - self._saved > SAVED_EVERY:
            self.save(trainers)

    def frame(self, step: int, codes: np.ndarray | None, kept: bool = True) -> None:
        """Send the plane as it is after so many steps; ``kept`` if it belongs to the film."""
        if codes is not None:
            content = np.ascontiguousarray(codes, "<f4").tobytes()
            epoch = len(self.history)
            shape = list(codes.shape)
            self.send("frame", content, step=step, epoch=epoch, shape=shape, kept=kept)


class _Class:
    """The runs of an order at work."""

    def __init__(self, owner: Owner, order: Order, states: Sequence[bytes]) -> None:
        self._owner, self._order = owner, order
        self._tellings = [_Telling(owner, i, one.name) for i, one in enumerate(order.runs)]
        self._contents = states

    def work(self) -> None:
        """Train, tell and hand over."""
        with self._excused():
            stopped = [
                unsealed(one.name, content) if content else None
                for one, content in zip(self._order.runs, self._contents, strict=True)
            ]
            runs = [
                before.run if before else one.run
                for one, before in zip(self._order.runs, stopped, strict=True)
            ]
            dataset = self._dataset(runs[0].dataset)
            for run in runs:
                check_fits(run, dataset)
            labels = dataset.validation.labels[: self._order.snapshots].numpy().astype(np.uint8)
            for telling, before in zip(self._tellings, stopped, strict=True):
                telling.history.extend(before.history if before else ())
                telling.send("begun", labels.tobytes(), records=list(map(asdict, telling.history)))
            states = [before.state if before else None for before in stopped]
            trainers = self._trainers(runs, dataset, states)
            try:
                self._train(trainers)
            except _Stopped:
                for telling in self._tellings:
                    telling.tell()
                    telling.save(trainers)
                return
            self._hand_over(trainers, dataset)

    def _trainers(
        self,
        runs: list[RunSpec],
        dataset: ImageDataset,
        states: list[dict[str, Tensor] | None],
    ) -> _Trainers:
        snapshots = self._order.snapshots

        def watch(step: int) -> None:
            self._follow(trainers)
            if step in EARLY_STEPS and not any(telling.history for telling in self._tellings):
                for index, telling in enumerate(self._tellings):
                    telling.frame(step, trainers.snapshot(index))

        trainers: _Trainers
        if len(runs) == 1:
            trainers = _Alone(
                Trainer(runs[0], dataset, state=states[0], snapshots=snapshots, watch=watch)
            )
        else:
            begun = [state for state in states if state is not None]
            trainers = Ensemble(
                runs, dataset, states=begun or None, snapshots=snapshots, watch=watch
            )
        return trainers

    def _train(self, trainers: _Trainers) -> None:
        """Train to the end and tell how it goes."""
        kept = shown_epochs(trainers.run(0).training.epochs, FRAMES)
        for index, telling in enumerate(self._tellings):
            if not telling.history:
                telling.frame(0, trainers.snapshot(index))
        failed: set[int] = set()
        for told in trainers:
            for index, (telling, progress) in enumerate(zip(self._tellings, told, strict=True)):
                if isinstance(progress, NonFiniteLoss):
                    if index not in failed:
                        failed.add(index)
                        telling.tell()
                        telling.save(trainers)
                        telling.send("failed", reason=str(progress))
                    continue
                record = progress.record
                due = telling.take(record)
                if due or record.epoch in kept:
                    telling.frame(record.step, progress.snapshot, record.epoch in kept)
                telling.save_if_due(trainers)
                if due:
                    telling.tell()
        self._tellings = [t for i, t in enumerate(self._tellings) if i not in failed]

    def _hand_over(self, trainers: _Trainers, dataset: ImageDataset) -> None:
        """Measure the trained models and send them home."""
        for telling in self._tellings:
            index = telling._index
            telling.save(trainers)
            checkpoint = finished(
                telling._name,
                trainers.run(index),
                trainers.model(index),
                telling.history[-1].device,
                dataset,
                telling.history,
            )
            files, content = joined_files(packed(checkpoint))
            telling.send("checkpoint", content, files=files)

    def _follow(self, trainers: _Trainers) -> None:
        """Do what the owner wants meanwhile."""
        while not self._owner.inbox.empty():
            head = self._owner.inbox.get().head
            if head["kind"] == "stop":
                raise _Stopped
            index = int(head["run"])
            trainers.change(index, **head["values"])
            spec = trainers.run(index).model_dump(mode="json")
            self._tellings[index].send("changed", spec=spec)

    def _dataset(self, name: str) -> ImageDataset:
        """The images; those of the order before are at hand."""
        if name not in _LOADED:
            _LOADED.clear()
            _LOADED[name] = load_dataset(name, self._fetching)
        return _LOADED[name]

    def _fetching(self, text: str, share: float) -> None:
        for telling in self._tellings:
            telling.send("fetching", text=text, share=share)

    @contextmanager
    def _excused(self) -> Iterator[None]:
        """What can go wrong ends the runs with a sentence."""
        try:
            yield
            return
        except (CheckpointError, DatasetUnavailable, ValueError) as error:
            reason = str(error)
        except (MemoryError, torch.OutOfMemoryError):
            reason = OUT_OF_MEMORY
        except RuntimeError as error:
            if "memory" not in str(error):
                raise
            reason = OUT_OF_MEMORY
        for telling in self._tellings:
            telling.send("failed", reason=reason)


def work(owner: Owner) -> None:
    """Do what the owner orders, one order after another."""
    while True:
        first = owner.inbox.get()
        if "order" in first.head:  # else it came too late for the order before
            order = Order.model_validate(first.head["order"])
            torch.set_num_threads(order.threads)
            _Class(owner, order, parted(first.head["states"], first.body)).work()
            owner.send(Message({"kind": "end"}))


if __name__ == "__main__":
    serve(work)
