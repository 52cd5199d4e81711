"""The fork server. Arguments: its niceness while it loads, and the modules to load."""

import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from explorer.background.fork_server.client import NUMBER

MOST_BYTES = 1 << 20  # of a request


class Forker:
    """The main loop of the fork server.

    Args:
        owner: socket connected to the process that started the server.
    """

    def __init__(self, owner: socket.socket) -> None:
        self._owner = owner
        self._reports: dict[int, int] = {}  # by process ID
        self._ends = os.pipe()  # a pipe, written when a process has ended
        for end in self._ends:
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._ends[1], warn_on_full_buffer=False)

    def work(self) -> NoReturn:
        """Fork on request until the owner closes the socket."""
        while True:
            watched: list[Any] = [self._ends[0], self._owner]
            ready = select.select(watched, [], [])[0]
            if self._ends[0] in ready:
                os.read(self._ends[0], 4096)
                self._report()
            if self._owner in ready:
                request, ends, _, _ = socket.recv_fds(self._owner, MOST_BYTES, 4)
                if not request:
                    os._exit(0)
                self._fork(json.loads(request), ends)

    def _report(self) -> None:
        """Report the exit status of every process that has ended."""
        with suppress(ChildProcessError):  # no children are left
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                report = self._reports.pop(ended[0])
                with suppress(BrokenPipeError):  # nobody reads the report
                    os.write(report, NUMBER.pack(os.waitstatus_to_exitcode(ended[1])))
                os.close(report)

    def _fork(self, request: dict[str, Any], ends: list[int]) -> None:
        *streams, report = ends
        with suppress(OSError):  # e.g. out of memory; the closed report says that it failed
            if (pid := os.fork()) == 0:
                self._leave(report)
                become(request, streams)
            os.setpgid(pid, pid)
            self._reports[pid] = os.dup(report)
            os.write(report, NUMBER.pack(pid))
        for end in ends:
            os.close(end)

    def _leave(self, report: int) -> None:
        """In the fork: release the server's signals and files."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (*self._ends, *self._reports.values(), report):
            os.close(end)
        self._owner.close()


def become(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """In the fork: set up the requested process, run its module and exit."""
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
        sys.path[:0] = [path for path in paths if path and path not in sys.path]
        sys.argv = [request["module"]]
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(1)  # a module that succeeds has exited in ``serve``


def load(niceness: int, modules: Sequence[str]) -> None:
    """Load modules, with the niceness set for this thread only."""
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), ours + niceness)
    for name in modules:
        import_module(name)


def main() -> None:
    """Serve the owner, which holds the other end of the socket at standard input."""
    Path("/proc/self/comm").write_text("fork_server")
    owner = socket.fromfd(0, socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    loading = threading.Thread(target=load, args=(int(sys.argv[1]), sys.argv[2:]))
    loading.start()
    loading.join()
    gc.freeze()  # a garbage collection in a fork would copy all its memory
    Forker(owner).work()


if __name__ == "__main__":
    main()
