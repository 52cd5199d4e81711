"""The training process, started by ``LiveSession``.

Every message from the owner holds the whole state, the controls and their revision, and requests a
snapshot. The child sends one as soon as there is something new, but at most ten per second. When
there is nothing to train or to send, or without a message for a while, the child sleeps until the
next message.
"""

import time
from queue import Empty

from explorer.background.live.controls import DATASET, SPEEDS, Controls
from explorer.background.live.learner import Learner
from explorer.background.live.snapshot import Snapshot
from explorer.background.processes import Message, Owner, serve
from explorer.datasets import load_dataset
from explorer.training.threads import use_threads

INTERVAL = 0.1  # least seconds between two snapshots
REST_AFTER = 3.0  # seconds without a message, after which training pauses
MOST_STEPS = 100  # most single steps that can be pending


class EventLoop:
    """The child's event loop: handles messages, and schedules steps and snapshots."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        first = owner.inbox.get()
        controls = Controls.model_validate(first.head["controls"])
        self.learner = Learner(load_dataset(DATASET), controls)
        self._steps_asked = controls.steps
        self._pending = 0  # single steps still to do
        self._step_due = time.monotonic()
        self._steps_made = 0  # steps since the process began, including those undone
        self._number = 0  # snapshots sent
        self._shown = (0, 0)  # revision and steps made at the last snapshot
        self._shown_at = time.monotonic() - INTERVAL
        self._handle(first)

    def work(self) -> None:
        """Train and send snapshots, forever."""
        while True:
            now = time.monotonic()
            due = self._due(now)
            message = self._next_message(None if due is None else due - now)
            if message is not None:
                self._handle(message)
                continue
            now = time.monotonic()
            if self._wants_step(now) and self._step_due <= now:
                self._step(now)
            if self._wants_snapshot() and self._shown_at + INTERVAL <= now:
                self._show(now)

    def _next_message(self, patience: float | None) -> Message | None:
        """The newest message, if one comes within ``patience`` seconds; None waits forever."""
        latest = self._owner.latest()
        if latest is not None:
            return latest
        if patience is not None and patience <= 0:
            return None
        try:
            return self._owner.inbox.get(timeout=patience)
        except Empty:
            return None

    def _handle(self, message: Message) -> None:
        controls = Controls.model_validate(message.head["controls"])
        asked = controls.steps - self._steps_asked
        self._steps_asked = controls.steps
        self._pending = 0 if controls.playing else min(MOST_STEPS, self._pending + max(0, asked))
        self._revision: int = message.head["revision"]
        self._is_asked = True
        self._asked_at = time.monotonic()
        self.learner.follow(controls)

    # ---- scheduling

    def _due(self, now: float) -> float | None:
        """The time of the next step or snapshot; None if there is nothing to do."""
        times = []
        if self._wants_step(now):
            times.append(self._step_due)
        if self._wants_snapshot():
            times.append(self._shown_at + INTERVAL)
        return min(times, default=None)

    def _wants_step(self, now: float) -> bool:
        trains = self.learner.controls.playing and now - self._asked_at < REST_AFTER
        return trains or self._pending > 0

    def _wants_snapshot(self) -> bool:
        return self._is_asked and (self._revision, self._steps_made) != self._shown

    # ---- actions

    def _step(self, now: float) -> None:
        self.learner.learn()
        self._steps_made += 1
        if self._pending:
            self._pending -= 1
            return
        # Missed steps are not made up for, or training would speed up after every pause.
        self._step_due = max(self._step_due, now - 0.1) + 1 / SPEEDS[self.learner.controls.speed]

    def _show(self, now: float) -> None:
        learner = self.learner
        evaluation = learner.evaluate()
        self._number += 1
        snapshot = Snapshot(
            number=self._number,
            revision=self._revision,
            controls=learner.controls,
            step=learner.step,
            epoch=learner.step / learner.batches,
            steps_per_second=(self._steps_made - self._shown[1]) / (now - self._shown_at),
            mean=evaluation.codes.mean,
            scale=evaluation.codes.scale,
            decoder=evaluation.decoder,
            reconstruction=evaluation.losses.reconstruction,
            total=evaluation.losses.total,
            kl=evaluation.losses.kl[0],
            shown=evaluation.shown,
            notice=learner.notice,
        )
        self._shown, self._shown_at = (self._revision, self._steps_made), now
        self._is_asked = False
        self._owner.send(snapshot.to_message())


def work(owner: Owner) -> None:
    """Train for the owner, on one thread."""
    use_threads(1)
    EventLoop(owner).work()


if __name__ == "__main__":
    serve(work)
