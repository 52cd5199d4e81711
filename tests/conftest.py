"""What tests share: a home of their own, a tiny trained checkpoint, and ways to go wrong for real.

Nothing heavy is imported here at the top, so that tests without models start at once.
"""

from __future__ import annotations

import hashlib
import json
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

# The models of the tests are tiny: on them two threads spend most of their time waiting for each
# other, and where something else runs too, ten times as long. Servers that tests start inherit it.
os.environ.setdefault("OMP_NUM_THREADS", "1")

TOO_LONG = 300  # seconds, on the busiest machine; a test that takes longer hangs
# Every operation that changes a folder tells Python's audit hooks beforehand.
CHANGES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh ``EXPLORER_HOME`` for each test: none sees or spoils the user's own work."""
    folder = tmp_path / "home"
    monkeypatch.setenv("EXPLORER_HOME", str(folder))
    return folder


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """Write a module that processes of ours find: ``plant("name", code)`` returns its name."""

    def plant(name: str, code: str) -> str:
        (tmp_path / f"{name}.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        return name

    return plant


@pytest.fixture(autouse=True)
def fresh_torch() -> None:
    """Numbers as they are elsewhere, whichever tests ran before: torch draws the same ones, and
    denormals are not rounded to 0, which a trainer does in the whole process from then on and
    hypothesis refuses to work with."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)
        sys.modules["torch"].manual_seed(0)


@pytest.fixture
def no_hang() -> Iterator[None]:
    """Fails a test that hangs, on a pipe for instance, instead of waiting with it."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def give_up(*_: object) -> None:
        raise RuntimeError(f"still at work after {TOO_LONG} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(TOO_LONG)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="session")
def digits() -> ImageDataset:
    """The embedded data set."""
    from explorer.datasets import load_dataset

    return load_dataset("digits")


@pytest.fixture(scope="session")
def tiny_run(digits: ImageDataset) -> RunSpec:
    """Three epochs of a VAE with eight hidden units: a tenth of a second."""
    from explorer.runs.train import default_run

    return default_run(digits).replace({"widths": (8,), "epochs": 3, "batch_size": 256})


@pytest.fixture(scope="session")
def tiny_folder(
    tmp_path_factory: pytest.TempPathFactory, digits: ImageDataset, tiny_run: RunSpec
) -> Path:
    """The folder of a trained checkpoint named ``tiny``, to be read only: ``saved`` is a copy."""
    from explorer.runs.train import train_checkpoint

    root = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(root / "home"))
        for _ in train_checkpoint(root, "tiny", tiny_run, digits):
            pass
    return root / "tiny"


@pytest.fixture(scope="session")
def stopped_run(digits: ImageDataset, tiny_run: RunSpec) -> Unfinished:
    """The same run, stopped after two of its three epochs."""
    from explorer.runs.unfinished import Unfinished
    from explorer.training.loop import Trainer

    trainer = Trainer(tiny_run, digits)
    history = tuple(progress.record for progress in islice(trainer, 2))
    return Unfinished(tiny_run, history, {k: v.clone() for k, v in trainer.state().items()})


@pytest.fixture
def saved(tiny_folder: Path, home: Path) -> Path:
    """A copy of the checkpoint ``tiny`` among the user's own, to be damaged."""
    return Path(shutil.copytree(tiny_folder, home / "checkpoints" / "tiny"))


@pytest.fixture(scope="session")
def reseal() -> Callable[..., None]:
    """Makes a checkpoint's digests right again, as a forger would: what else is wrong must be
    found by other checks. Independent of the code that it tests."""

    def seal(folder: Path, files: bool = True) -> None:
        path = folder / "spec.json"
        spec = json.loads(path.read_bytes())
        for name in spec["files"] if files else ():
            content = (folder / name).read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            spec["files"][name] = {"bytes": len(content), "sha256": digest}
        spec.pop("digest", None)
        text = json.dumps(spec, sort_keys=True, separators=(",", ":"))
        spec["digest"] = hashlib.sha256(text.encode()).hexdigest()
        path.write_text(json.dumps(spec))

    return seal


@pytest.fixture(scope="session")
def session_board() -> Iterator[Board]:
    from explorer.background.jobs.board import Board

    board = Board()
    yield board
    board.close()


@pytest.fixture
def board(session_board: Board) -> Iterator[Board]:
    """A board of this machine with nothing on it. One for all tests, since its processes take
    seconds to start; it writes where each test's own home is."""
    from tests.support.waiting import wait_over

    yield session_board
    for job in session_board.jobs():
        session_board.cancel(job)
        wait_over(session_board, job)
        session_board.forget(job)


@pytest.fixture
def killed_at() -> Callable[[int, Callable[[], Any]], bool]:
    """Runs an action in a forked process that is killed right before its n-th change of the file
    system, counted from 0. Returns False if the action got to its end."""
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")

    def run(step: int, action: Callable[[], Any]) -> bool:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads
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
        assert os.WEXITSTATUS(status) == 0, "the action failed of itself"
        return False

    return run


def kill_at(step: int) -> None:
    """From here on, count changes of the file system and die at the one numbered ``step``."""
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
        count()  # Written, but not yet known to be on the disk; Python tells no hook of it.
        really(file)

    sys.addaudithook(watch)
    os.fsync = fsync
