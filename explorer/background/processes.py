"""Work in a Python process of its own: messages in, messages out, and it never outlives its owner.

The owner starts ``Child("explorer.some.module")``; that module calls ``serve``. A message is a
small JSON object and a body of bytes, such as weights in safetensors. What happens in the child,
running out of memory too, ends the child and nothing else; when the owner ends, however it ends,
the system closes the pipe between them, and the child ends itself.
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

_LENGTHS = struct.Struct("<IQ")  # bytes of the JSON and of the body
POLITE = 10  # niceness where a page is served: whoever serves it goes first
_LAST_WORDS = 300  # characters of what a child said before it died


@dataclass(frozen=True)
class Message:
    """One message: what it is, and its bytes."""

    head: dict[str, Any]
    body: bytes = field(default=b"", repr=False)


def write_message(stream: BinaryIO, message: Message) -> None:
    """Write a message to a pipe, whole.

    Raises:
        OSError: nobody reads any more.
    """
    head = json.dumps(message.head).encode()
    stream.write(_LENGTHS.pack(len(head), len(message.body)) + head + message.body)
    stream.flush()


def read_messages(stream: BinaryIO) -> Iterator[Message]:
    """The messages that come through a pipe, until it is closed, be it in the midst of one."""
    while len(start := stream.read(_LENGTHS.size)) == _LENGTHS.size:
        of_head, of_body = _LENGTHS.unpack(start)
        head, body = stream.read(of_head), stream.read(of_body)
        if len(head) < of_head or len(body) < of_body:
            return
        yield Message(json.loads(head), body)


class Child:
    """A process that runs one of our modules: a fork where there can be one, else a new one.

    Args:
        module: its dotted name; it must call ``serve``, and say itself how many threads it uses.
        niceness: beyond our own, where the system knows of it. In a container, beside one busy
            process, ``POLITE`` leaves it a tenth of a processor.
    """

    def __init__(self, module: str, niceness: int = 0) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (closed by ``close``)
        self._process = fork(module, self._said.fileno()) or subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env=variables(),
            start_new_session=True,  # so that a compiler it started ends with it
        )
        self._sending = threading.Lock()
        if hasattr(os, "setpriority"):
            with suppress(OSError):  # it has just ended
                ours = os.getpriority(os.PRIO_PROCESS, 0)
                os.setpriority(os.PRIO_PROCESS, self.pid, ours + niceness)

    @property
    def pid(self) -> int:
        """The process' number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
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
        """What the child says, until it ends."""
        yield from read_messages(_open(self._process.stdout))
        self._process.wait()

    def kill(self) -> None:
        """End it at once, with whatever it started."""
        if self._process.poll() is None:
            if hasattr(os, "killpg"):
                kill_group(self._process.pid)
            else:
                self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it, and let go of its pipes."""
        self.kill()
        for stream in (self._process.stdin, self._process.stdout, self._said):
            with suppress(OSError):  # what was still to be sent goes nowhere
                _open(stream).close()

    def why_it_ended(self) -> str:
        """A sentence on a child that ended without saying why."""
        status = self._process.wait()
        if status == -9:  # SIGKILL, which Windows does not know
            return "its process was killed, as the system does when memory runs out"
        self._said.seek(0)
        lines = self._said.read()[-4096:].decode(errors="replace").strip().splitlines()
        last = "".join(c if c.isprintable() else " " for c in lines[-1]) if lines else "no words"
        return f"its process ended with status {status}: {last[:_LAST_WORDS]}"


def _open(stream: IO[bytes] | None) -> BinaryIO:
    assert stream is not None, "a child has all its pipes"
    return stream  # type: ignore[return-value]


class Owner:
    """The child's side of the pipe."""

    def __init__(self) -> None:
        # Whatever a library prints must not come between our messages.
        self._out = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._sending = threading.Lock()
        self.inbox: queue.Queue[Message] = queue.Queue()
        threading.Thread(target=self._listen, args=(os.fdopen(os.dup(0), "rb"),)).start()

    def _listen(self, stream: BinaryIO) -> None:
        for message in read_messages(stream):
            self.inbox.put(message)
        os._exit(0)  # our owner is gone

    def send(self, message: Message) -> None:
        """Say something; ends this process if nobody listens any more."""
        try:
            with self._sending:
                write_message(self._out, message)
        except OSError:
            os._exit(0)

    def latest(self) -> Message | None:
        """The last message that has come in, or None; those before it are forgotten."""
        latest = None
        while not self.inbox.empty():
            latest = self.inbox.get()
        return latest


def serve(work: Callable[[Owner], None]) -> None:
    """Be a child: do the work, then end. To be called by the module that is run."""
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
        os._exit(status)  # the listening thread would wait for the owner for ever


def _introduce() -> None:
    """Say to Linux by which name we are shown, and that where a process must end for want of memory
    it may be this one."""
    module = sys.modules["__main__"].__spec__
    name = module.name.removeprefix("explorer.background.") if module else "python"
    for file, words in (("comm", name), ("oom_score_adj", "1000")):
        with suppress(OSError):  # no Linux, or not ours to say
            Path("/proc/self", file).write_text(words)
