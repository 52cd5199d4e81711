"""The process that trains, started by ``LiveSession``.

Every message of the owner says all there is to know, the controls and how often they have changed,
and is a look: it is answered with one snapshot as soon as there is something new, though not more
than ten times a second. When there is nothing to train and nothing to show, or when nobody has
looked for a while, the child sleeps until the next message.
"""

import time
from queue import Empty

import torch

from explorer.background.live.controls import DATASET, SPEEDS, Controls
from explorer.background.live.learner import Learner
from explorer.background.live.snapshot import Snapshot
from explorer.background.processes import Message, Owner, serve
from explorer.datasets import load_dataset

INTERVAL = 0.1  # seconds between two snapshots, at least
REST_AFTER = 3.0  # seconds without a look, after which it no longer trains
MOST_STEPS = 100  # single steps that are made up for at once


class Desk:
    """The child's work: what was asked of it, and when it is due."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        first = owner.inbox.get()
        controls = Controls.model_validate(first.head["controls"])
        self.learner = Learner(load_dataset(DATASET), controls)
        self._steps_asked = controls.steps
        self._owed = 0  # single steps
        self._step_due = time.monotonic()
        self._moves = 0  # steps since the process began, whatever became of the weights
        self._number = 0  # snapshots
        self._shown = (0, 0)  # revision and moves at the last of them
        self._shown_at = time.monotonic() - INTERVAL
        self._hear(first)

    def work(self) -> None:
        """Train and show, for ever."""
        while True:
            now = time.monotonic()
            due = self._due(now)
            message = self._listen(None if due is None else due - now)
            if message is not None:
                self._hear(message)
                continue
            now = time.monotonic()
            if self._wants_step(now) and self._step_due <= now:
                self._step(now)
            if self._wants_snapshot() and self._shown_at + INTERVAL <= now:
                self._show(now)

    def _listen(self, patience: float | None) -> Message | None:
        """The next message that counts, if one comes in so many seconds; None waits for ever."""
        latest = self._owner.latest()
        if latest is not None:
            return latest
        if patience is not None and patience <= 0:
            return None
        try:
            return self._owner.inbox.get(timeout=patience)
        except Empty:
            return None

    def _hear(self, message: Message) -> None:
        controls = Controls.model_validate(message.head["controls"])
        asked = controls.steps - self._steps_asked
        self._steps_asked = controls.steps
        self._owed = 0 if controls.playing else min(MOST_STEPS, self._owed + max(0, asked))
        self._revision: int = message.head["revision"]
        self._is_asked = True
        self._asked_at = time.monotonic()
        self.learner.follow(controls)

    # ---- what is due

    def _due(self, now: float) -> float | None:
        """When there is something to do next; None if it takes a message first."""
        times = []
        if self._wants_step(now):
            times.append(self._step_due)
        if self._wants_snapshot():
            times.append(self._shown_at + INTERVAL)
        return min(times, default=None)

    def _wants_step(self, now: float) -> bool:
        trains = self.learner.controls.playing and now - self._asked_at < REST_AFTER
        return trains or self._owed > 0

    def _wants_snapshot(self) -> bool:
        return self._is_asked and (self._revision, self._moves) != self._shown

    # ---- what is done

    def _step(self, now: float) -> None:
        self.learner.learn()
        self._moves += 1
        if self._owed:
            self._owed -= 1
            return
        # What was missed is not made up for, or slow motion would rush after every halt.
        self._step_due = max(self._step_due, now - 0.1) + 1 / SPEEDS[self.learner.controls.speed]

    def _show(self, now: float) -> None:
        learner = self.learner
        sight = learner.look()
        self._number += 1
        snapshot = Snapshot(
            number=self._number,
            revision=self._revision,
            controls=learner.controls,
            step=learner.step,
            epoch=learner.step / learner.batches,
            steps_per_second=(self._moves - self._shown[1]) / (now - self._shown_at),
            mean=sight.codes.mean,
            scale=sight.codes.scale,
            decoder=sight.decoder,
            reconstruction=sight.losses.reconstruction,
            total=sight.losses.total,
            kl=sight.losses.kl[0],
            shown=sight.shown,
            notice=learner.notice,
        )
        self._shown, self._shown_at = (self._revision, self._moves), now
        self._is_asked = False
        self._owner.send(snapshot.to_message())


def work(owner: Owner) -> None:
    """Be the child."""
    torch.set_num_threads(1)
    Desk(owner).work()


if __name__ == "__main__":
    serve(work)
