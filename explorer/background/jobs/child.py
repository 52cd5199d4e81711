"""A job's own process: trains what it is ordered to and tells how it goes; then it may be given
another, so that not every one has to wait for torch.

Heads of the messages it gets: the order, with the states to go on from; ``change`` with new values
for one of its runs; ``stop``. Heads of those it sends, each with the ``run`` it is about:
``fetching``, ``begun`` with the labels of the codes to come, ``progress`` with records, ``frame``
with the plane's codes, ``changed`` with the run's spec, ``state`` with the sealed last finished
epoch, ``checkpoint`` with its files, ``failed`` with the reason; at last ``end``.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from queue import Empty
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.background.jobs.orders import FRAMES, Order, joined_files, parted
from explorer.background.jobs.trainers import Alone, Trainers
from explorer.background.processes import Message, Owner, serve
from explorer.datasets import DatasetUnavailable, ImageDataset, load_dataset
from explorer.runs.checkpoint_files import packed
from explorer.runs.checkpoints import CheckpointError
from explorer.runs.train import check_fits, finished
from explorer.runs.unfinished import Unfinished, sealed, unsealed
from explorer.specs import NamedRun, RunSpec
from explorer.training.ensemble import Ensemble
from explorer.training.hardware import device_name
from explorer.training.loop import Trainer
from explorer.training.progress import EpochRecord, Progress
from explorer.training.replay import shown_epochs

TOLD_EVERY = 0.2  # seconds between two reports on a run
SAVED_EVERY = 0.5  # seconds between two states of it
EARLY_STEPS = frozenset(2**power for power in range(12))  # when the plane is shown at first
_LOADED: dict[str, ImageDataset] = {}
IDLE_SECONDS = 60.0  # without an order, after which it ends: it holds memory
OUT_OF_MEMORY = "there was not enough memory; take a smaller batch_size, widths or latent_dim"


class _Stopped(Exception):
    """The owner wants no more of it."""


class _Telling:
    """What the owner hears of one run, not more often than it can use."""

    def __init__(self, owner: Owner, index: int, name: str) -> None:
        self.index, self.name = index, name
        self._owner = owner
        self.history: list[EpochRecord] = []
        self._untold: list[EpochRecord] = []
        self._told = 0.0

    def send(self, kind: str, body: bytes = b"", **rest: Any) -> None:
        """A message about this run."""
        self._owner.send(Message({"kind": kind, "run": self.index, **rest}, body))

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

    def save(self, run: RunSpec, state: dict[str, Tensor]) -> None:
        """Send the last finished epoch, so that whatever happens the run goes on from there."""
        if self.history:
            content = sealed(self.name, Unfinished(run, tuple(self.history), state))
            self.send("state", content, epoch=len(self.history))

    def frame(self, step: int, codes: np.ndarray | None, kept: bool = True) -> None:
        """Send the plane as it is after so many steps; ``kept`` if it belongs to the film."""
        if codes is not None:
            content = np.ascontiguousarray(codes, "<f4").tobytes()
            epoch = len(self.history)
            shape = list(codes.shape)
            self.send("frame", content, step=step, epoch=epoch, shape=shape, kept=kept)


class _Work:
    """Runs that are equally far, trained at once; a run's place is that among them."""

    def __init__(
        self, owner: Owner, order: Order, runs: Sequence[tuple[int, NamedRun, Unfinished | None]]
    ) -> None:
        self._owner, self._order = owner, order
        self._tellings = [_Telling(owner, index, one.name) for index, one, _ in runs]
        self._stopped = [before for _, _, before in runs]
        self._runs = [before.run if before else one.run for _, one, before in runs]
        self._failed: set[int] = set()  # places
        self._saved = 0.0

    def work(self) -> bool:
        """Train, tell and hand over; whether the owner wants more of the order."""
        dataset = self._dataset(self._runs[0].dataset)
        for run in self._runs:
            check_fits(run, dataset)
        labels = dataset.validation.labels[: self._order.snapshots].numpy().astype(np.uint8)
        for telling, before, run in zip(self._tellings, self._stopped, self._runs, strict=True):
            telling.history.extend(before.history if before else ())
            records = [asdict(record) for record in telling.history]
            spec = run.model_dump(mode="json")
            telling.send("begun", labels.tobytes(), records=records, spec=spec)
        trainers = self._trainers(dataset)
        try:
            self._train(trainers)
        except _Stopped:
            self._save(trainers)
            return False
        self._hand_over(trainers, dataset)
        return True

    def excuse(self, reason: str) -> None:
        """Tell that these runs cannot be trained."""
        for telling in self._tellings:
            telling.send("failed", reason=reason)

    def _trainers(self, dataset: ImageDataset) -> Trainers:
        snapshots = self._order.snapshots
        states = [before.state for before in self._stopped if before]

        def watch(step: int) -> None:
            self._follow(trainers)
            if step in EARLY_STEPS and not any(telling.history for telling in self._tellings):
                for place, telling in enumerate(self._tellings):
                    telling.frame(step, trainers.snapshot(place))

        trainers: Trainers
        if len(self._runs) == 1:
            state = states[0] if states else None
            trainers = Alone(
                Trainer(self._runs[0], dataset, state=state, snapshots=snapshots, watch=watch)
            )
        else:
            trainers = Ensemble(
                self._runs, dataset, states=states or None, snapshots=snapshots, watch=watch
            )
        return trainers

    def _train(self, trainers: Trainers) -> None:
        """Train to the end and tell how it goes."""
        kept = shown_epochs(trainers.run(0).training.epochs, FRAMES)
        for place, telling in enumerate(self._tellings):
            if not telling.history:
                telling.frame(0, trainers.snapshot(place))
        for told in trainers:
            for place, progress in enumerate(told):
                telling = self._tellings[place]
                if isinstance(progress, Progress):
                    record = progress.record
                    due = telling.take(record)
                    if due or record.epoch in kept:
                        telling.frame(record.step, progress.snapshot, record.epoch in kept)
                    if due:
                        telling.tell()
                elif place not in self._failed:
                    telling.tell()
                    telling.save(trainers.run(place), trainers.state(place))
                    telling.send("failed", reason=str(progress))
                    self._failed.add(place)
            if time.monotonic() - self._saved > SAVED_EVERY:
                self._save(trainers)

    def _save(self, trainers: Trainers) -> None:
        """Send the last finished epoch of all runs: if they are resumed, then as one stack."""
        for place, telling in enumerate(self._tellings):
            if place not in self._failed:
                telling.tell()
                telling.save(trainers.run(place), trainers.state(place))
        self._saved = time.monotonic()

    def _hand_over(self, trainers: Trainers, dataset: ImageDataset) -> None:
        """Measure the trained models and send them home."""
        self._save(trainers)
        for place, telling in enumerate(self._tellings):
            if place in self._failed:
                continue
            checkpoint = finished(
                telling.name,
                trainers.run(place),
                trainers.model(place),
                telling.history[-1].device,
                dataset,
                telling.history,
            )
            files, content = joined_files(packed(checkpoint))
            telling.send("checkpoint", content, files=files)

    def _follow(self, trainers: Trainers) -> None:
        """Do what the owner wants meanwhile."""
        while not self._owner.inbox.empty():
            head = self._owner.inbox.get().head
            if head.get("ticket") != self._order.ticket:
                continue  # it came too late for the order before
            if head["kind"] == "stop":
                raise _Stopped
            for place, telling in enumerate(self._tellings):
                if telling.index == head["run"]:
                    trainers.change(place, **head["values"])
                    spec = trainers.run(place).model_dump(mode="json")
                    telling.send("changed", spec=spec)

    def _dataset(self, name: str) -> ImageDataset:
        """The images; those of the order before are at hand."""
        if name not in _LOADED:
            _LOADED.clear()
            _LOADED[name] = load_dataset(name, self._fetching)
        return _LOADED[name]

    def _fetching(self, text: str, share: float) -> None:
        for telling in self._tellings:
            telling.send("fetching", text=text, share=share)


def _parts(owner: Owner, order: Order, contents: Sequence[bytes]) -> list[_Work]:
    """The order as stacks of runs that are equally far; usually all of them are.

    Raises:
        CheckpointError: a state to go on from is broken.
    """
    parts: dict[int, list[tuple[int, NamedRun, Unfinished | None]]] = {}
    for index, (one, content) in enumerate(zip(order.runs, contents, strict=True)):
        before = unsealed(one.name, content) if content else None
        parts.setdefault(len(before.history) if before else 0, []).append((index, one, before))
    return [_Work(owner, order, runs) for runs in parts.values()]


def follow(owner: Owner, order: Order, contents: Sequence[bytes]) -> bool:
    """Do what is ordered; what can go wrong ends runs with a sentence. Whether this process is
    still good for another order."""
    whole = _Work(owner, order, [(i, one, None) for i, one in enumerate(order.runs)])
    work = whole
    try:
        for work in _parts(owner, order, contents):
            if not work.work():
                break
    except (CheckpointError, DatasetUnavailable, ValueError) as error:
        work.excuse(str(error))
    except (MemoryError, torch.OutOfMemoryError):
        work.excuse(OUT_OF_MEMORY)
        return False
    except RuntimeError as error:
        if "alloc" not in str(error) and "out of memory" not in str(error):
            raise
        work.excuse(OUT_OF_MEMORY)
        return False
    return True


def work(owner: Owner) -> None:
    """Do what the owner orders, one order after another, until none comes."""
    while True:
        try:
            first = owner.inbox.get(timeout=IDLE_SECONDS)
        except Empty:
            return
        if "order" in first.head:  # else it came too late for the order before
            order = Order.model_validate(first.head["order"])
            torch.set_num_threads(order.threads)
            device_name.cache_clear()  # it names the threads
            good = follow(owner, order, parted(first.head["states"], first.body))
            owner.send(Message({"kind": "end", "good": good}))


if __name__ == "__main__":
    serve(work)
