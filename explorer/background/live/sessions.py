"""The owner's side of live trainings: a few per server, each for as long as somebody looks."""

import os
import threading
import time

from explorer.background.live.controls import Controls
from explorer.background.live.snapshot import Snapshot
from explorer.background.processes import POLITE, Child, Message

MODULE = "explorer.background.live.child"
NICENESS = POLITE // 2  # somebody waits for it, which is more than most jobs have
MOST = min(4, os.cpu_count() or 1)  # trainings at once: each takes a core
IDLE_AFTER = 10.0  # seconds without a look, after which a training is ended
FREE_AFTER = 3.0  # the same where somebody else waits for its place
_WATCH_EVERY = 0.5  # seconds
_TRY_AGAIN = 0.1  # seconds between two looks for a place


class NoPlace(RuntimeError):
    """All places for live trainings are taken; the message is for the visitor."""


class LiveSession:
    """One model in training, in a process of its own.

    Attributes:
        ended: why it has ended; None while it lives.
        unwatched: whether that was for want of somebody who looks.
    """

    def __init__(self, controls: Controls) -> None:
        self.ended: str | None = None
        self.unwatched = False
        self._news = threading.Condition()
        self._latest: Snapshot | None = None
        self._controls, self._revision = controls, 1
        self._looked_at = time.monotonic()
        self._child = Child(MODULE, NICENESS)
        self._is_asked = True
        self._ask(controls, 1)
        threading.Thread(target=self._read, name="live training", daemon=True).start()

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._child.pid

    @property
    def unseen(self) -> float:
        """Seconds since somebody looked."""
        return time.monotonic() - self._looked_at

    @property
    def latest(self) -> Snapshot | None:
        """The newest snapshot; None before the first."""
        return self._latest

    def look(self, controls: Controls, patience: float = 0.0) -> Snapshot | None:
        """Hand on the controls and return the latest snapshot; None before the first.

        A look keeps the training alive and asks for a newer snapshot, which the next look finds.

        Args:
            controls: as they are set now.
            patience: seconds to wait for a snapshot that reflects them.
        """
        self._looked_at = time.monotonic()
        with self._news:
            changed = controls != self._controls
            if changed:
                self._controls, self._revision = controls, self._revision + 1
            # Not asked twice for the same, so that nothing piles up before a child that is stuck.
            asks = changed or not self._is_asked
            self._is_asked = True
            revision = self._revision
        if asks:
            self._ask(controls, revision)
        with self._news:
            self._news.wait_for(self._is_current, patience)
            return self._latest

    def end(self, why: str, unwatched: bool = False) -> None:
        """End it at once, and wait until its process is gone."""
        with self._news:
            if self.ended is None:
                self.ended, self.unwatched = why, unwatched
        self._child.kill()

    def _is_current(self) -> bool:
        latest = self._latest
        return self.ended is not None or (latest is not None and latest.revision == self._revision)

    def _ask(self, controls: Controls, revision: int) -> None:
        self._child.send(Message({"controls": controls.model_dump(), "revision": revision}))

    def _read(self) -> None:
        for message in self._child.messages():
            snapshot = Snapshot.from_message(message)
            with self._news:
                self._latest, self._is_asked = snapshot, False
                self._news.notify_all()
        why = self._child.why_it_ended()
        with self._news:
            self.ended = self.ended or why
            self._news.notify_all()
        self._child.close()


class LiveSessions:
    """The live trainings of a server.

    Args:
        most: at once.
        idle_after: seconds without a look, after which one is ended.
    """

    def __init__(self, most: int = MOST, idle_after: float = IDLE_AFTER) -> None:
        self.most = most
        self._idle_after = idle_after
        self._lock = threading.Lock()
        self._sessions: list[LiveSession] = []
        self._watcher: threading.Thread | None = None

    def start(self, controls: Controls) -> LiveSession:
        """Begin a training, on the place of one at which nobody looks if need be.

        Whoever has just left, or loaded the page anew, counts as looking a little longer, so this
        waits for as long if need be.

        Raises:
            NoPlace: all are taken.
        """
        end = time.monotonic() + FREE_AFTER
        while True:
            try:
                return self._start(controls)
            except NoPlace:
                if time.monotonic() > end:
                    raise
            time.sleep(_TRY_AGAIN)

    def _start(self, controls: Controls) -> LiveSession:
        with self._lock:
            self._sessions = [session for session in self._sessions if session.ended is None]
            if len(self._sessions) >= self.most:
                longest = max(self._sessions, key=lambda session: session.unseen)
                if longest.unseen < FREE_AFTER:
                    places = "The place" if self.most == 1 else f"All {self.most} places"
                    verb = "is" if self.most == 1 else "are"
                    raise NoPlace(f"{places} for live training {verb} taken at the moment.")
                self._sessions.remove(longest)
                longest.end("nobody looked at it, and another visitor wanted its place", True)
            session = LiveSession(controls)
            self._sessions.append(session)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, daemon=True)
                self._watcher.start()
            return session

    def _watch(self) -> None:
        """End what nobody looks at, as long as there is anything."""
        while True:
            time.sleep(_WATCH_EVERY)
            with self._lock:
                for session in self._sessions:
                    if session.ended is None and session.unseen > self._idle_after:
                        session.end("nobody looked at it any more", True)
                self._sessions = [session for session in self._sessions if session.ended is None]
                if not self._sessions:
                    self._watcher = None
                    return
