"""Shared fixtures: a private home folder, a tiny trained checkpoint, and simulated failures.

No slow library is imported at the top, so that tests without models start at once.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from explorer.background.jobs.board import Board
    from explorer.datasets import ImageDataset
    from explorer.runs.unfinished import Unfinished
    from explorer.specs import RunSpec

# For the tiny models of the tests, two threads spend most of their time waiting for each other, and
# are ten times slower if something else is running. Servers that tests start inherit the setting.
os.environ.setdefault("OMP_NUM_THREADS", "1")

TOO_LONG = 300  # seconds; a test that takes longer, even on a busy machine, hangs
# Python raises these audit events before an operation changes a folder.
CHANGES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new ``EXPLORER_HOME`` for each test, so that no test touches the user's files."""
    folder = tmp_path / "home"
    monkeypatch.setenv("EXPLORER_HOME", str(folder))
    return folder


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """Write a module that our child processes can import: ``plant("name", code)``."""

    def plant(name: str, code: str) -> str:
        (tmp_path / f"{name}.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        return name

    return plant


@pytest.fixture(autouse=True)
def fresh_torch() -> None:
    """Make results independent of earlier tests: seed torch, and stop it from flushing denormals to
    0, which a trainer turns on for the whole process and hypothesis refuses to work with."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)
        sys.modules["torch"].manual_seed(0)


@pytest.fixture
def no_hang() -> Iterator[None]:
    """Make a test fail if it hangs, for instance on a pipe."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def give_up(*_: object) -> None:
        raise RuntimeError(f"still running after {TOO_LONG} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(TOO_LONG)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def digits() -> ImageDataset:
    """The bundled data set."""
    from explorer.datasets import load_dataset

    return load_dataset("digits")


@pytest.fixture(scope="session")
def tiny_run(digits: ImageDataset) -> RunSpec:
    """Three epochs of a VAE with eight hidden units: a tenth of a second."""
    from explorer.runs.defaults import default_run

    return default_run(digits).replace({"widths": (8,), "epochs": 3, "batch_size": 256})


@pytest.fixture(scope="session")
def tiny_folder(
    tmp_path_factory: pytest.TempPathFactory, digits: ImageDataset, tiny_run: RunSpec
) -> Path:
    """The folder of a trained checkpoint named ``tiny``. Do not modify it; ``saved`` is a copy."""
    from explorer.runs.train import train_checkpoint

    root = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(root / "home"))
        for _ in train_checkpoint(root, "tiny", tiny_run, digits):
            pass
    return root / "tiny"


@pytest.fixture(scope="session")
def stopped_run(digits: ImageDataset, tiny_run: RunSpec) -> Unfinished:
    """The same run on the CPU, stopped after two of its three epochs."""
    from explorer.runs.unfinished import Unfinished
    from explorer.training.hardware import CPU
    from explorer.training.loop import Trainer

    trainer = Trainer(tiny_run, digits, CPU)
    history = tuple(progress.record for progress in islice(trainer, 2))
    return Unfinished(tiny_run, history, {k: v.clone() for k, v in trainer.state().items()})


@pytest.fixture
def saved(tiny_folder: Path, home: Path) -> Path:
    """A copy of the checkpoint ``tiny`` in the user's folder, which a test may damage."""
    return Path(shutil.copytree(tiny_folder, home / "checkpoints" / "tiny"))


@pytest.fixture(scope="session")
def reseal() -> Callable[..., None]:
    """Recompute a checkpoint's digests after a change, as a forger would, so that other checks must
    find what is wrong. Independent of the code under test."""

    from explorer.bench.attack.forging import seal

    return seal


@pytest.fixture(scope="session")
def session_board() -> Iterator[Board]:
    from explorer.background.jobs.board import Board

    board = Board()
    yield board
    board.close()


@pytest.fixture
def board(session_board: Board) -> Iterator[Board]:
    """An empty board for this machine. All tests share one, since its processes take seconds to
    start; it writes to the home folder of the current test."""
    from explorer.background.jobs.owners import OPERATOR
    from tests.support.waiting import wait_over

    yield session_board
    for job in session_board.jobs():
        session_board.stop(job, OPERATOR)
        wait_over(session_board, job)
        session_board.forget(job, OPERATOR)


@pytest.fixture
def killed_at() -> Callable[[int, Callable[[], Any]], bool]:
    """Run an action in a forked process that is killed right before its n-th change to the file
    system, counted from 0. Returns False if the action completed."""
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")

    def run(step: int, action: Callable[[], Any]) -> bool:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # about forking with threads
            child = os.fork()
        if not child:
            signal.alarm(TOO_LONG)
            try:
                kill_at(step)
                action()
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            assert os.WTERMSIG(status) == signal.SIGKILL
            return True
        assert os.WEXITSTATUS(status) == 0, "the action itself failed"
        return False

    return run


def kill_at(step: int) -> None:
    """Kill this process right before change number ``step`` to the file system."""
    left = step

    def count() -> None:
        nonlocal left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    def watch(event: str, args: tuple[Any, ...]) -> None:
        reads = event == "open" and not (args[2] or 0) & (os.O_WRONLY | os.O_RDWR)
        if event in CHANGES and not reads:
            count()

    def fsync(file: int, really: Callable[[int], None] = os.fsync) -> None:
        count()  # Written, but perhaps not on disk yet; there is no audit event for fsync.
        really(file)

    sys.addaudithook(watch)
    os.fsync = fsync
