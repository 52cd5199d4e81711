"""Child processes: their messages arrive whole, and they never outlive their owner."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from explorer.background.fork_server import client
from explorer.background.processes import Child, Message, read_messages, write_message

pytestmark = pytest.mark.slow

ECHO = """
import os, sys
from explorer.background.processes import Message, serve

def work(owner):
    print("libraries print what they like")
    while True:
        message = owner.inbox.get()
        if message.head == {"fail": True}:
            raise ValueError("this is why")
        if message.head == {"leave": True}:
            return
        owner.send(Message({"pid": os.getpid(), **message.head}, message.body[::-1]))

if __name__ == "__main__":
    serve(work)
"""


@pytest.fixture
def planted(plant: Callable[[str, str], str]) -> str:
    return plant("echo_child", ECHO)


@pytest.fixture(params=[True, False], ids=["forked", "new"])
def echo(planted: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """The planted module, run in a fork or in a new process."""
    monkeypatch.setattr(client, "CAN_FORK", client.CAN_FORK and request.param)
    return planted


def gone(pid: int) -> bool:
    """Whether a process has ended; a zombie counts as ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def wait_gone(pid: int) -> bool:
    end = time.monotonic() + 30
    while not gone(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return gone(pid)


def test_messages_arrive_whole_and_in_order(echo):
    child = Child(echo)
    sent = [Message({"number": n}, os.urandom(n * 100_000)) for n in range(5)]
    assert all(child.send(message) for message in sent)
    answers = child.messages()
    for message in sent:
        answer = next(answers)
        assert answer.head == {"pid": child.pid, **message.head}
        assert answer.body == message.body[::-1]
    child.close()
    assert gone(child.pid)


def test_a_message_cut_short_is_dropped():
    stream = io.BytesIO()
    write_message(stream, Message({"a": 1}, b"body"))
    for length in range(len(stream.getvalue())):
        assert list(read_messages(io.BytesIO(stream.getvalue()[:length]))) == []
    assert list(read_messages(io.BytesIO(stream.getvalue()))) == [Message({"a": 1}, b"body")]


def test_it_says_why_it_ended(echo):
    child = Child(echo)
    child.send(Message({"fail": True}))
    assert list(child.messages()) == []
    assert child.why_it_ended().endswith("status 1: ValueError: this is why")
    assert not child.send(Message({}, bytes(100_000)))
    child.close()


def test_it_ends_when_its_work_is_done(echo):
    child = Child(echo)
    child.send(Message({"leave": True}))
    assert list(child.messages()) == []
    assert not child.alive
    child.close()


def test_a_killed_process_is_distinguished_from_a_failed_one(echo):
    child = Child(echo)
    os.kill(child.pid, signal.SIGKILL)
    assert list(child.messages()) == []
    assert "killed" in child.why_it_ended()
    child.close()


@pytest.mark.skipif(not hasattr(os, "setpriority"), reason="niceness is not supported")
def test_its_niceness_is_set(echo):
    child = Child(echo, niceness=3)
    assert psutil.Process(child.pid).nice() == psutil.Process().nice() + 3
    child.close()


OWNER = """
import sys, time
from explorer.background.fork_server import client
from explorer.background.processes import Child, Message

client.PRELOADED = ()
child = Child("echo_child")
child.send(Message({}))
print(next(child.messages()).head["pid"], flush=True)
time.sleep(100)
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_does_not_outlive_its_owner(planted, blow):
    paths = f"{Path.cwd()}{os.pathsep}{os.environ['PYTHONPATH']}"
    variables = os.environ | {"PYTHONPATH": paths}
    command = [sys.executable, "-c", OWNER]
    owner = subprocess.Popen(command, stdout=subprocess.PIPE, env=variables)
    assert owner.stdout is not None
    child = int(owner.stdout.readline())
    assert not gone(child)
    owner.send_signal(blow)
    owner.wait()
    owner.stdout.close()
    assert wait_gone(child)
