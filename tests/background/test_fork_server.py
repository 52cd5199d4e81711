"""The fork server: forks start with libraries loaded, and their exit status is reported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from explorer.background.fork_server import client
from explorer.background.processes import Child, Message
from tests.background.test_processes import gone
from tests.support.waiting import wait_until

REPOSITORY = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not client.CAN_FORK, reason="only Linux forks safely"),
]

CHILD = """
import os, sys
from explorer.background.processes import Message, serve

LOADED = "torch" in sys.modules

def work(owner):
    while True:
        owner.inbox.get()
        told = {
            "pid": os.getpid(),
            "parent": os.getppid(),
            "loaded": LOADED,
            "main": __name__ == "__main__",
            "variable": os.environ.get("PLANTED"),
            "folder": os.getcwd(),
            "files": len(os.listdir("/proc/self/fd")),
        }
        owner.send(Message(told))

if __name__ == "__main__":
    serve(work)
"""


@pytest.fixture
def module(
    plant: Callable[[str, str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    monkeypatch.setenv("PLANTED", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return plant("planted_child", CHILD)


def ask(child: Child) -> dict:
    assert child.send(Message({}))
    return next(child.messages()).head


def server() -> psutil.Process:
    """The fork server of these tests, which must have forked a process."""
    return next(one for one in psutil.Process().children() if one.name() == "fork_server")


def test_a_fork_behaves_like_a_new_process(module, tmp_path):
    one, other = Child(module), Child(module)
    first, second = ask(one), ask(other)
    assert first["loaded"], "torch was not loaded before the fork"
    assert first["main"], "it was not run as by python -m"
    assert first["variable"] == first["folder"] == str(tmp_path)
    assert first["parent"] == second["parent"] == server().pid
    assert (first["pid"], second["pid"]) == (one.pid, other.pid)
    assert psutil.Process(one.pid).name() == "planted_child"[:15]
    assert second["files"] == first["files"], "it inherited files of an earlier fork"
    for child in (one, other):
        child.close()


def test_it_has_one_thread_when_it_forks(module):
    Child(module).close()
    tasks = Path(f"/proc/{server().pid}/task").iterdir()
    names = [(task / "comm").read_text().strip() for task in tasks]
    # The thread of jemalloc, which comes with Arrow, handles forks.
    assert [name for name in names if name != "jemalloc_bg_thd"] == ["fork_server"]


WATCHED = """
import torch
from importlib import import_module
from explorer.background.fork_server.client import PRELOADED

def refuse(*_):
    raise AssertionError("a fork could no longer use CUDA")

for name in ("is_available", "device_count", "_lazy_init"):
    setattr(torch.cuda, name, refuse)
for name in PRELOADED:
    import_module(name)
"""


def test_no_preloaded_module_touches_cuda():
    subprocess.run([sys.executable, "-c", WATCHED], check=True, cwd=REPOSITORY)


def test_the_exit_status_is_reported(module):
    child = Child(module)
    assert child.alive
    os.kill(child.pid, signal.SIGTERM)
    assert list(child.messages()) == []
    assert not child.alive
    assert "status -15" in child.why_it_ended()
    child.close()


def test_when_the_server_is_killed_its_forks_keep_running_and_a_new_one_starts(module):
    child, before = Child(module), server()
    before.kill()
    wait_until(lambda: gone(before.pid), "it is gone")
    assert ask(child)["pid"] == child.pid
    after = Child(module)
    assert ask(after)["parent"] != before.pid
    after.close()
    child.close()
    wait_until(lambda: gone(child.pid), "nothing is left of it")


OWNER = """
import psutil
from explorer.background.fork_server import client

client.PRELOADED = ()
client.prepare()
print(psutil.Process().children()[0].pid)
"""


def test_it_ends_with_its_owner():
    told = subprocess.run(
        [sys.executable, "-c", OWNER], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    assert told.stderr == ""
    wait_until(lambda: gone(int(told.stdout)), "it is gone")
