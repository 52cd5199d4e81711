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
import weakref
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
POLITE = 5  # niceness of one that loads ahead: somebody may be looking at a page
CAN_FORK = sys.platform == "linux"
_ROOT = Path(__file__).resolve().parents[3]
_LOCK = threading.Lock()
_server: socket.socket | None = None  # the way to it; it ends when this is closed


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
        self._report = report  # a pipe that tells its number, then how it ended
        weakref.finalize(self, os.close, report)
        self._status: int | None = None
        self._hearing = threading.Lock()
        try:
            self.pid = self._heard()
        except OSError:
            self.stdin.close()
            self.stdout.close()
            raise

    def poll(self) -> int | None:
        """Its exit status; None while it runs."""
        news = select.poll()  # and not select, which knows 1,024 files only
        news.register(self._report, select.POLLIN)
        return self.wait() if self._status is not None or news.poll(0) else None

    def wait(self) -> int:
        """Wait until it has ended; returns its exit status."""
        with self._hearing:
            if self._status is None:
                try:
                    self._status = self._heard()
                except OSError:  # without a server nobody will ever know
                    self.kill()
                    self._status = -signal.SIGKILL
            return self._status

    def kill(self) -> None:
        """End it, with whatever it started."""
        kill_group(self.pid)

    def _heard(self) -> int:
        number = os.read(self._report, NUMBER.size)
        if not number:
            raise OSError("the fork server has ended")
        return int(NUMBER.unpack(number)[0])


def kill_group(leader: int) -> None:
    """End a process that leads a group, with whatever it started."""
    with suppress(ProcessLookupError):  # it has just ended
        os.killpg(leader, signal.SIGKILL)


def prepare() -> None:
    """Begin to load what the first fork needs; returns at once."""
    global _server
    if not CAN_FORK or _server is not None:
        return  # without the lock, which a fork holds while the server still loads
    with _LOCK, suppress(OSError):
        _server = _server or _started(POLITE)


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
                _server = _server or _started()  # not polite: somebody waits
                return _forked(_server, module, stderr)
            except OSError:
                if _server:
                    _server.close()
                _server = None
    return None


def _forked(server: socket.socket, module: str, stderr: int) -> Forked:
    wanted = {"module": module, "environment": variables(), "folder": os.getcwd()}
    into, stdin = os.pipe()
    stdout, out = os.pipe()
    report, told = os.pipe()
    try:
        socket.send_fds(server, [json.dumps(wanted).encode()], [into, out, stderr, told])
    except OSError:
        for end in (stdin, stdout, report):
            os.close(end)
        raise
    finally:
        for end in (into, out, told):
            os.close(end)
    return Forked(stdin, stdout, report)


def _started(niceness: int = 0) -> socket.socket:
    """Start a fork server; it ends when the socket is closed, however its owner ends.

    Args:
        niceness: while it loads.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    atexit.register(ours.close)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.server", str(niceness), *PRELOADED],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # What forks must have one thread only.
            env=variables() | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name="fork server", daemon=True).start()
    return ours
