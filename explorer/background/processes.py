"""Child processes that exchange messages with their owner and never outlive it.

The owner starts ``Child("explorer.some.module")``; that module calls ``serve``. A message is a
small JSON object and a body of bytes, such as weights in safetensors. If the child crashes or runs
out of memory, nothing else is affected. When the owner ends, for whatever reason, the system closes
the pipe between them, and the child exits.
"""

import json
import os
import queue
import struct
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO

from explorer.background.fork_server import fork, kill_group, variables

_LENGTHS = struct.Struct("<IQ")  # sizes of the JSON and of the body, in bytes
POLITE = 10  # niceness beside the page server, which takes priority
_LAST_WORDS = 300  # characters of a dead child's stderr to quote


@dataclass(frozen=True)
class Message:
    """One message: a JSON head and a binary body."""

    head: dict[str, Any]
    body: bytes = field(default=b"", repr=False)


def write_message(stream: BinaryIO, message: Message) -> None:
    """Write a whole message to a pipe.

    Raises:
        OSError: the reading end is closed.
    """
    head = json.dumps(message.head).encode()
    stream.write(_LENGTHS.pack(len(head), len(message.body)) + head + message.body)
    stream.flush()


def read_messages(stream: BinaryIO) -> Iterator[Message]:
    """The messages from a pipe until it is closed; a message cut short is dropped."""
    while len(start := stream.read(_LENGTHS.size)) == _LENGTHS.size:
        of_head, of_body = _LENGTHS.unpack(start)
        head, body = stream.read(of_head), stream.read(of_body)
        if len(head) < of_head or len(body) < of_body:
            return
        yield Message(json.loads(head), body)


class Child:
    """A process that runs one of our modules: forked if possible, otherwise started anew.

    Args:
        module: its dotted name; it must call ``serve`` and set its own number of threads.
        niceness: added to our own, if the system supports it. In a container, next to one busy
            process, ``POLITE`` leaves it a tenth of a CPU core.
    """

    def __init__(self, module: str, niceness: int = 0) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (closed by ``close``)
        self._process = fork(module, self._said.fileno()) or subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=variables(),
            start_new_session=True,  # so that a compiler that it starts ends with it
        )
        self._sending = threading.Lock()
        if hasattr(os, "setpriority"):
            with suppress(OSError):  # it has just ended
                ours = os.getpriority(os.PRIO_PROCESS, 0)
                os.setpriority(os.PRIO_PROCESS, self.pid, ours + niceness)

    @property
    def pid(self) -> int:
        """The process ID."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it is still running."""
        return self._process.poll() is None

    def send(self, message: Message) -> bool:
        """Send a message; False if the child has ended."""
        try:
            with self._sending:
                write_message(_open(self._process.stdin), message)
        except (OSError, ValueError):  # a closed pipe is a value error
            return False
        return True

    def messages(self) -> Iterator[Message]:
        """The child's messages, until it ends."""
        yield from read_messages(_open(self._process.stdout))
        self._process.wait()

    def kill(self) -> None:
        """Kill it at once, with every process that it started."""
        if self._process.poll() is None:
            if hasattr(os, "killpg"):
                kill_group(self._process.pid)
            else:
                self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Kill it and close its pipes."""
        self.kill()
        for stream in (self._process.stdin, self._process.stdout, self._said):
            with suppress(OSError):  # unsent data cannot be flushed
                _open(stream).close()

    def why_it_ended(self) -> str:
        """A sentence that explains why the child ended."""
        status = self._process.wait()
        if status == -9:  # SIGKILL, which Windows does not define
            return "its process was killed from outside (SIGKILL)"
        self._said.seek(0)
        lines = self._said.read()[-4096:].decode(errors="replace").strip().splitlines()
        last = "".join(c if c.isprintable() else " " for c in lines[-1]) if lines else "no output"
        return f"its process ended with status {status}: {last[:_LAST_WORDS]}"


def _open(stream: IO[bytes] | None) -> BinaryIO:
    assert stream is not None, "a child has all three streams"
    return stream  # type: ignore[return-value]


class Owner:
    """The child's side of the pipe."""

    def __init__(self) -> None:
        # Output that a library prints must not mix with our messages.
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._sending = threading.Lock()
        self.inbox: queue.Queue[Message] = queue.Queue()
        threading.Thread(target=self._listen, args=(os.fdopen(os.dup(0), "rb"),)).start()

    def _listen(self, stream: BinaryIO) -> None:
        for message in read_messages(stream):
            self.inbox.put(message)
        os._exit(0)  # our owner has ended

    def send(self, message: Message) -> None:
        """Send a message; exits this process if the owner has ended."""
        try:
            with self._sending:
                write_message(self._out, message)
        except OSError:
            os._exit(0)

    def latest(self) -> Message | None:
        """The newest message in the inbox, or None; older ones are dropped."""
        latest = None
        while not self.inbox.empty():
            latest = self.inbox.get()
        return latest


def serve(work: Callable[[Owner], None]) -> None:
    """Run ``work`` as a child process, then exit. The module that is run calls this."""
    _introduce()
    owner = Owner()
    status = 1
    try:
        work(owner)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)  # the listening thread would wait for the owner forever


def _introduce() -> None:
    """On Linux, set the process name and make it the first choice of the out-of-memory killer."""
    module = sys.modules["__main__"].__spec__
    name = module.name.removeprefix("explorer.background.") if module else "python"
    for file, words in (("comm", name), ("oom_score_adj", "1000")):
        with suppress(OSError):  # not Linux, or no permission
            Path("/proc/self", file).write_text(words)
