"""A training process: trains the runs of an order and reports on them. It then waits for another
order, so that not every order has to wait for torch to load.

Messages it receives: the order, with the states to resume from; ``change`` with new values for one
of its runs; ``stop``. Messages it sends, each with the index ``run``: ``fetching``, ``begun`` with
the labels of the codes in frames, ``progress`` with records, ``frame`` with the codes of the plane,
``changed`` with the run's spec, ``warning`` with a sentence on the device, ``state`` with the
sealed last finished epoch, ``checkpoint`` with its files, ``failed`` with the reason; at the end
``end``.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict
from queue import Empty
from typing import Any

import numpy as np
import psutil
import torch
from torch import Tensor

from explorer.background.jobs.orders import FRAMES, Order, joined_files, parted
from explorer.background.jobs.trainers import Alone, Trainers
from explorer.background.memory import give_back
from explorer.background.processes import Message, Owner, serve
from explorer.datasets import DatasetUnavailable, ImageDataset, load_dataset
from explorer.runs.checkpoint_files import packed
from explorer.runs.checkpoints import CheckpointError
from explorer.runs.defaults import check_fits
from explorer.runs.train import finished
from explorer.runs.unfinished import Unfinished, sealed, unsealed
from explorer.specs import NamedRun, RunSpec
from explorer.training.ensemble import Ensemble
from explorer.training.hardware import device_name
from explorer.training.loop import Trainer
from explorer.training.progress import EpochRecord, Progress
from explorer.training.replay import shown_epochs
from explorer.training.threads import use_threads

TOLD_EVERY = 0.2  # seconds between two progress messages about a run
SAVED_EVERY = 0.5  # seconds between two state messages, at least
SAVED_BYTES = 10e6  # of states per second, at most, since all of them go to a disk
EARLY_STEPS = frozenset(2**power for power in range(12))  # with a frame, in the first epoch
_LOADED: dict[str, ImageDataset] = {}
MOST_IDLE_BYTES = 1.25 * 2**30  # of memory; a larger process does not wait for another order
IDLE_SECONDS = 60.0  # without an order before the process ends, to free its memory
OUT_OF_MEMORY = "there was not enough memory; take a smaller batch_size, widths or latent_dim"


class _Stopped(Exception):
    """The owner has stopped the order."""


class _Reporter:
    """Reports on one run to the owner, at a limited rate."""

    def __init__(self, owner: Owner, index: int, name: str) -> None:
        self.index, self.name = index, name
        self._owner = owner
        self.history: list[EpochRecord] = []
        self._unsent: list[EpochRecord] = []
        self._sent_at = 0.0
        self._warned = ""

    def send(self, kind: str, body: bytes = b"", **rest: Any) -> None:
        """Send a message about this run."""
        self._owner.send(Message({"kind": kind, "run": self.index, **rest}, body))

    def add(self, record: EpochRecord) -> bool:
        """Add an epoch; returns whether it is time for a progress message."""
        self.history.append(record)
        self._unsent.append(record)
        late = time.monotonic() - self._sent_at > TOLD_EVERY
        return late or record.epoch == record.epochs

    def send_progress(self) -> None:
        """Send the records that were held back."""
        if self._unsent:
            self._sent_at = time.monotonic()
            self.send("progress", records=[asdict(record) for record in self._unsent])
            self._unsent.clear()

    def warn(self, words: str) -> None:
        """Send a warning, once."""
        if words != self._warned:
            self._warned = words
            self.send("warning", words=words)

    def save(self, run: RunSpec, state: dict[str, Tensor]) -> int:
        """Send the last finished epoch, from which the run can be resumed; returns its bytes."""
        if not self.history:
            return 0
        content = sealed(self.name, Unfinished(run, tuple(self.history), state))
        self.send("state", content, epoch=len(self.history))
        return len(content)

    def frame(self, step: int, codes: np.ndarray | None, kept: bool = True) -> None:
        """Send the codes of the plane after ``step`` steps; ``kept`` adds them to the film."""
        if codes is not None:
            content = np.ascontiguousarray(codes, "<f4").tobytes()
            epoch = len(self.history)
            shape = list(codes.shape)
            self.send("frame", content, step=step, epoch=epoch, shape=shape, kept=kept)


class _Work:
    """Runs with equally many finished epochs, trained together; a place is an index of these."""

    def __init__(
        self, owner: Owner, order: Order, runs: Sequence[tuple[int, NamedRun, Unfinished | None]]
    ) -> None:
        self._owner, self._order = owner, order
        self._reporters = [_Reporter(owner, index, one.name) for index, one, _ in runs]
        self._stopped = [before for _, _, before in runs]
        self._runs = [before.run if before else one.run for _, one, before in runs]
        self._failed: set[int] = set()  # places
        self._save_at = 0.0  # not before this time

    def work(self) -> bool:
        """Train, report and send the checkpoints; returns False if the owner stopped the order."""
        dataset = self._dataset(self._runs[0].dataset)
        for run in self._runs:
            check_fits(run, dataset)
        labels = dataset.validation.labels[: self._order.snapshots].numpy().astype(np.uint8)
        for reporter, before, run in zip(self._reporters, self._stopped, self._runs, strict=True):
            reporter.history.extend(before.history if before else ())
            records = [asdict(record) for record in reporter.history]
            spec = run.model_dump(mode="json")
            reporter.send("begun", labels.tobytes(), records=records, spec=spec)
        trainers = self._trainers(dataset)
        try:
            self._train(trainers)
        except _Stopped:
            self._save(trainers)
            return False
        self._hand_over(trainers, dataset)
        return True

    def fail(self, reason: str) -> None:
        """Report that these runs cannot be trained."""
        for reporter in self._reporters:
            reporter.send("failed", reason=reason)

    def _trainers(self, dataset: ImageDataset) -> Trainers:
        snapshots = self._order.snapshots
        states = [before.state for before in self._stopped if before]

        def watch(step: int) -> None:
            self._handle_messages(trainers)
            if step in EARLY_STEPS and not any(reporter.history for reporter in self._reporters):
                for place, reporter in enumerate(self._reporters):
                    reporter.frame(step, trainers.snapshot(place))

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
        """Train to the end and report progress."""
        kept = shown_epochs(trainers.run(0).training.epochs, FRAMES)
        for place, reporter in enumerate(self._reporters):
            if not reporter.history:
                reporter.frame(0, trainers.snapshot(place))
        for results in trainers:
            for place, progress in enumerate(results):
                reporter = self._reporters[place]
                reporter.warn(trainers.warning(place))
                if isinstance(progress, Progress):
                    record = progress.record
                    due = reporter.add(record)
                    if due or record.epoch in kept:
                        reporter.frame(record.step, progress.snapshot, record.epoch in kept)
                    if due:
                        reporter.send_progress()
                elif place not in self._failed:
                    reporter.send_progress()
                    reporter.save(trainers.run(place), trainers.state(place))
                    reporter.send("failed", reason=str(progress))
                    self._failed.add(place)
            if time.monotonic() > self._save_at:
                self._save(trainers)

    def _save(self, trainers: Trainers) -> None:
        """Send the last finished epoch of all runs, so that they can be resumed as one stack."""
        sent = 0
        for place, reporter in enumerate(self._reporters):
            if place not in self._failed:
                reporter.send_progress()
                sent += reporter.save(trainers.run(place), trainers.state(place))
        self._save_at = time.monotonic() + max(SAVED_EVERY, sent / SAVED_BYTES)

    def _hand_over(self, trainers: Trainers, dataset: ImageDataset) -> None:
        """Measure the trained models and send their checkpoints."""
        self._save(trainers)
        for place, reporter in enumerate(self._reporters):
            if place in self._failed:
                continue
            checkpoint = finished(
                reporter.name,
                trainers.run(place),
                trainers.model(place),
                reporter.history[-1].device,
                dataset,
                reporter.history,
            )
            files, content = joined_files(packed(checkpoint))
            reporter.send("checkpoint", content, files=files)

    def _handle_messages(self, trainers: Trainers) -> None:
        """Handle the messages that have arrived during training."""
        while not self._owner.inbox.empty():
            head = self._owner.inbox.get().head
            if head.get("ticket") != self._order.ticket:
                continue  # a late message about the previous order
            if head["kind"] == "stop":
                raise _Stopped
            for place, reporter in enumerate(self._reporters):
                if reporter.index == head["run"]:
                    trainers.change(place, **head["values"])
                    spec = trainers.run(place).model_dump(mode="json")
                    reporter.send("changed", spec=spec)

    def _dataset(self, name: str) -> ImageDataset:
        """The data set; that of the previous order is cached."""
        if name not in _LOADED:
            _LOADED.clear()
            _LOADED[name] = load_dataset(name, self._fetching)
        return _LOADED[name]

    def _fetching(self, text: str, share: float) -> None:
        for reporter in self._reporters:
            reporter.send("fetching", text=text, share=share)


def _parts(owner: Owner, order: Order, contents: Sequence[bytes]) -> list[_Work]:
    """Split an order into stacks of runs with equally many finished epochs; usually one stack.

    Raises:
        CheckpointError: a state to resume from is broken.
    """
    parts: dict[int, list[tuple[int, NamedRun, Unfinished | None]]] = {}
    for index, (one, content) in enumerate(zip(order.runs, contents, strict=True)):
        before = unsealed(one.name, content) if content else None
        parts.setdefault(len(before.history) if before else 0, []).append((index, one, before))
    return [_Work(owner, order, runs) for runs in parts.values()]


def follow(owner: Owner, order: Order, contents: Sequence[bytes]) -> bool:
    """Carry out an order; expected errors make its runs fail with a message. Returns whether this
    process can take another order."""
    whole = _Work(owner, order, [(i, one, None) for i, one in enumerate(order.runs)])
    work = whole
    try:
        for work in _parts(owner, order, contents):
            if not work.work():
                break
    except (CheckpointError, DatasetUnavailable, ValueError) as error:
        work.fail(str(error))
    except (MemoryError, torch.OutOfMemoryError):
        work.fail(OUT_OF_MEMORY)
        return False
    except RuntimeError as error:
        if "alloc" not in str(error) and "out of memory" not in str(error):
            raise
        work.fail(OUT_OF_MEMORY)
        return False
    return True


def work(owner: Owner) -> None:
    """Carry out one order after another, until none comes for ``IDLE_SECONDS``."""
    while True:
        try:
            first = owner.inbox.get(timeout=IDLE_SECONDS)
        except Empty:
            return
        if "order" in first.head:  # else a late message about the previous order
            order = Order.model_validate(first.head["order"])
            use_threads(order.threads)
            device_name.cache_clear()  # the name includes the number of threads
            good = follow(owner, order, parted(first.head["states"], first.body))
            del first
            give_back()
            small = psutil.Process().memory_info().rss < MOST_IDLE_BYTES
            owner.send(Message({"kind": "end", "good": good and small}))


if __name__ == "__main__":
    serve(work)
