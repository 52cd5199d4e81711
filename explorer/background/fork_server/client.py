"""The client of the fork server: requests and controls forked processes."""

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

NUMBER = struct.Struct("<i")  # a report on a process: its ID, later its exit status
# Modules that the processes of this app need sooner or later. None of them starts a Python thread
# or initialises CUDA: neither survives a fork.
PRELOADED = (
    "explorer.background.live.learner",
    "explorer.background.jobs.trainers",
    "explorer.runs.train",
    "sklearn.model_selection",
    "torch._dynamo",  # by torch.optim
)
POLITE = 5  # niceness of a server that preloads: someone may be using a page
CAN_FORK = sys.platform == "linux"
_ROOT = Path(__file__).resolve().parents[3]
_LOCK = threading.Lock()
_server: socket.socket | None = None  # connection to the server, which ends when this is closed


def variables() -> dict[str, str]:
    """The environment variables for our child processes."""
    paths = [str(_ROOT), os.environ.get("PYTHONPATH", "")]
    return {
        # Threads that spin while they wait are slow when other processes need the cores.
        "OMP_WAIT_POLICY": "PASSIVE",
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        # Compiler processes in a pool would know nothing of our pipes.
        "TORCHINDUCTOR_COMPILE_THREADS": "1",
    }


class Forked:
    """A process that the server forked, with the part of ``subprocess.Popen`` that we need.

    Raises:
        OSError: the fork server has ended.
    """

    def __init__(self, stdin: int, stdout: int, report: int) -> None:
        self.stdin: IO[bytes] = os.fdopen(stdin, "wb")
        self.stdout: IO[bytes] = os.fdopen(stdout, "rb")
        self._report = report  # a pipe that delivers its ID, then its exit status
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
        """The exit status; None while it runs."""
        news = select.poll()  # select is limited to 1,024 files
        news.register(self._report, select.POLLIN)
        return self.wait() if self._status is not None or news.poll(0) else None

    def wait(self) -> int:
        """Wait until it has ended and return its exit status."""
        with self._hearing:
            if self._status is None:
                try:
                    self._status = self._heard()
                except OSError:  # without the server, its status is unknowable
                    self.kill()
                    self._status = -signal.SIGKILL
            return self._status

    def kill(self) -> None:
        """Kill it, with every process that it started."""
        kill_group(self.pid)

    def _heard(self) -> int:
        number = os.read(self._report, NUMBER.size)
        if not number:
            raise OSError("the fork server has ended")
        return int(NUMBER.unpack(number)[0])


def kill_group(leader: int) -> None:
    """Kill the leader of a process group with the whole group."""
    with suppress(ProcessLookupError):  # it has just ended
        os.killpg(leader, signal.SIGKILL)


def prepare() -> None:
    """Start the server, which loads what the first fork needs; returns at once."""
    global _server
    if not CAN_FORK or _server is not None:
        return  # without the lock, which ``fork`` holds while the server loads
    with _LOCK, suppress(OSError):
        _server = _server or _started(POLITE)


def fork(module: str, stderr: int) -> Forked | None:
    """Run a module in a new process, which leads a process group.

    Its environment is ``variables()``. Variables that a library reads when it is loaded, such as
    the number of OpenMP threads, have no effect.

    Args:
        module: dotted name.
        stderr: file descriptor for its standard error.

    Returns:
        None if forking is not possible: on systems other than Linux, or after two failures.
    """
    global _server
    if not CAN_FORK:
        return None
    with _LOCK:
        for _ in range(2):
            try:
                _server = _server or _started()  # at normal priority: someone is waiting
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
    """Start a fork server. It ends when the socket is closed, even if its owner is killed.

    Args:
        niceness: of the server while it loads.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    atexit.register(ours.close)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.server", str(niceness), *PRELOADED],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A process that forks must have only one thread.
            env=variables() | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            start_new_session=True,
        )
    threading.Thread(target=process.wait, name="fork server", daemon=True).start()
    return ours
