"""The owner's side of live training: a few sessions per server, ended when no one watches."""

import os
import threading
import time

from explorer.background.live.controls import Controls
from explorer.background.live.snapshot import Snapshot
from explorer.background.processes import POLITE, Child, Message

MODULE = "explorer.background.live.child"
NICENESS = POLITE // 2  # above jobs, since someone is watching
MOST = min(4, os.cpu_count() or 1)  # sessions at once: each uses a core
IDLE_AFTER = 10.0  # seconds without a look, after which a session is ended
FREE_AFTER = 3.0  # the same if another visitor is waiting for its place
_WATCH_EVERY = 0.5  # seconds
_TRY_AGAIN = 0.1  # seconds between two attempts to get a place


class NoPlace(RuntimeError):
    """All places for live training are taken; the message is shown to the visitor."""


class LiveSession:
    """One model that is trained in a child process.

    Attributes:
        ended: why it has ended; None while it runs.
        unwatched: whether it was ended because no one was watching.
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
        """The process ID."""
        return self._child.pid

    @property
    def unseen(self) -> float:
        """Seconds since the last look."""
        return time.monotonic() - self._looked_at

    @property
    def latest(self) -> Snapshot | None:
        """The newest snapshot; None before the first."""
        return self._latest

    def look(self, controls: Controls, patience: float = 0.0) -> Snapshot | None:
        """Pass on the controls and return the latest snapshot; None before the first.

        A look keeps the session alive and requests a newer snapshot for the next look.

        Args:
            controls: the current controls.
            patience: seconds to wait for a snapshot that reflects them.
        """
        self._looked_at = time.monotonic()
        with self._news:
            changed = controls != self._controls
            if changed:
                self._controls, self._revision = controls, self._revision + 1
            # No second request for the same, so that messages to a stuck child do not pile up.
            asks = changed or not self._is_asked
            self._is_asked = True
            revision = self._revision
        if asks:
            self._ask(controls, revision)
        with self._news:
            self._news.wait_for(self._is_current, patience)
            return self._latest

    def end(self, why: str, unwatched: bool = False) -> None:
        """Kill its process at once, and wait until it has ended."""
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
    """The live training sessions of a server.

    Args:
        most: greatest number of sessions at once.
        idle_after: seconds without a look, after which a session is ended.
    """

    def __init__(self, most: int = MOST, idle_after: float = IDLE_AFTER) -> None:
        self.most = most
        self._idle_after = idle_after
        self._lock = threading.Lock()
        self._sessions: list[LiveSession] = []
        self._watcher: threading.Thread | None = None

    def start(self, controls: Controls) -> LiveSession:
        """Start a session; if all places are taken, it replaces one that no one is watching.

        A visitor who has just left or reloaded the page still counts as watching for a moment, so
        this waits up to ``FREE_AFTER`` seconds for a place.

        Raises:
            NoPlace: all places are taken.
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
                longest.end("no one was watching, and another visitor needed its place", True)
            session = LiveSession(controls)
            self._sessions.append(session)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, daemon=True)
                self._watcher.start()
            return session

    def _watch(self) -> None:
        """End sessions that no one is watching, until no session is left."""
        while True:
            time.sleep(_WATCH_EVERY)
            with self._lock:
                for session in self._sessions:
                    if session.ended is None and session.unseen > self._idle_after:
                        session.end("no one was watching", True)
                self._sessions = [session for session in self._sessions if session.ended is None]
                if not self._sessions:
                    self._watcher = None
                    return
