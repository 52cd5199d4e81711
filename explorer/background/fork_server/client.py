"""The side of whoever wants processes."""

import atexit
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

NUMBER = struct.Struct("<i")  # what is reported of a process: its number, then its exit status
# What the processes of this app load sooner or later. None of it starts a thread of Python's or
# touches CUDA: a fork would have neither.
PRELOADED = (
    "explorer.background.live.learner",
    "explorer.background.jobs.trainers",
    "explorer.runs.train",
    "sklearn.model_selection",
    "torch._dynamo",  # by torch.optim
)
CAN_FORK = sys.platform == "linux"
_ROOT = Path(__file__).resolve().parents[3]
_LOCK = threading.Lock()
_server: "Server | None" = None


def variables() -> dict[str, str]:
    """Those of the environment in which a process of ours runs."""
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    return {
        # Threads that wait busily for one another starve beside any other work.
        "OMP_WAIT_POLICY": "PASSIVE",
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        # A pool of compilers would be processes that know nothing of our pipes.
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
    }


class Forked:
    """A process that was forked for us, with as much of ``subprocess.Popen`` as we need.

    Raises:
        OSError: the fork server has ended.
    """

    def __init__(self, stdin: int, stdout: int, report: int) -> None:
        self.stdin: IO[bytes] = os.fdopen(stdin, "wb")
        self.stdout: IO[bytes] = os.fdopen(stdout, "rb")
        self._report = os.fdopen(report, "rb", buffering=0)  # tells its number, then how it ended
        self._status: int | None = None
        self._hearing = threading.Lock()
        number = self._report.read(NUMBER.size) or b""
        if len(number) < NUMBER.size:
            for stream in (self.stdin, self.stdout, self._report):
                stream.close()
            raise OSError("the fork server has ended")
        (self.pid,) = NUMBER.unpack(number)

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        if self._status is None and self._hearing.acquire(blocking=False):
            try:
                if self._status is None and _has_news(self._report):
                    self._hear()
            finally:
                self._hearing.release()
        return self._status  # None, too, while somebody waits for its end

    def wait(self) -> int:
        """Wait until it has ended; returns its exit status."""
        with self._hearing:
            return self._hear() if self._status is None else self._status

    def kill(self) -> None:
        """End it, with whatever it started."""
        kill_group(self.pid)

    def _hear(self) -> int:
        """Wait for what is reported of its end."""
        status = self._report.read(NUMBER.size) or b""
        self._report.close()
        if len(status) < NUMBER.size:  # without a server nobody will ever know
            self.kill()
            status = NUMBER.pack(-signal.SIGKILL)
        (self._status,) = NUMBER.unpack(status)
        return self._status


def kill_group(leader: int) -> None:
    """End a process that leads a group, with whatever it started."""
    with suppress(ProcessLookupError):  # it has just ended
        os.killpg(leader, signal.SIGKILL)


def _has_news(stream: IO[bytes]) -> bool:
    news = select.poll()  # and not select, which knows 1,024 files only
    news.register(stream, select.POLLIN)
    return bool(news.poll(0))


def prepare() -> None:
    """Begin to load what the first fork needs; returns at once."""
    global _server
    if not CAN_FORK or _server is not None:
        return  # without the lock, which a fork holds while the server still loads
    with _LOCK, suppress(OSError):
        _server = _server or Server()


def fork(module: str, stderr: int) -> Forked | None:
    """Run a module in a process of its own, which leads a process group.

    Its environment is ``variables()``; what a library reads of it when it is loaded, such as the
    number of OpenMP's threads, comes too late.

    Args:
        module: dotted name.
        stderr: file descriptor for what it says there.

    Returns:
        None where there is no forking: on other systems than Linux, or if it failed twice.
    """
    global _server
    if not CAN_FORK:
        return None
    with _LOCK:
        for _ in range(2):
            try:
                _server = _server or Server()
                return _server.fork(module, stderr)
            except OSError:
                if _server:
                    _server.close()
                _server = None
    return None


class Server:
    """The way to a fork server: to a new one, or through this end to the one that forked us.

    Raises:
        OSError: it cannot start.
    """

    def __init__(self, end: socket.socket | None = None) -> None:
        self._end = end or _started()

    def fork(self, module: str, stderr: int) -> Forked:
        """See ``fork``.

        Raises:
            OSError: it has ended.
        """
        wanted = {"module": module, "environment": variables(), "folder": os.getcwd()}
        request = json.dumps(wanted).encode()
        into, stdin = os.pipe()
        stdout, out = os.pipe()
        report, told = os.pipe()
        try:
            socket.send_fds(self._end, [request], [into, out, stderr, told])
        except OSError:
            for end in (stdin, stdout, report):
                os.close(end)
            raise
        finally:
            for end in (into, out, told):
                os.close(end)
        return Forked(stdin, stdout, report)

    def close(self) -> None:
        """Let go of it; it ends if it was ours."""
        self._end.close()


def belong_to(server: socket.socket) -> None:
    """In a process that was forked: let the same server fork what it needs in turn."""
    global _server
    _server = Server(server)


def _started() -> socket.socket:
    """Start a fork server; it ends when the socket is closed, however its owner ends."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    atexit.register(ours.close)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "explorer.background.fork_server.server", *PRELOADED],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # What forks must have one thread only.
            env=variables() | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name="fork server", daemon=True).start()
    return ours
