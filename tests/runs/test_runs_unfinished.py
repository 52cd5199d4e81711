"""Stopped runs: what is resumed is what was stopped, and a broken file says so in one sentence."""

import hashlib
import itertools
import os
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch

from explorer.models import FAMILIES
from explorer.runs.checkpoints import CheckpointError
from explorer.runs.unfinished import (
    Unfinished,
    delete_unfinished,
    load_unfinished,
    owned,
    save_unfinished,
    unfinished_names,
    unfinished_path,
)
from explorer.training.loop import Trainer

resource = pytest.importorskip("resource", reason="things are broken the POSIX way here")


def assert_same(found: Unfinished, wanted: Unfinished) -> None:
    assert found.run == wanted.run
    assert found.history == wanted.history
    assert found.state.keys() == wanted.state.keys()
    for name, value in found.state.items():
        assert value.dtype == wanted.state[name].dtype
        assert torch.equal(value, wanted.state[name])


@pytest.fixture
def path(stopped_run) -> Path:
    """The file of the stopped run, named ``r``."""
    save_unfinished("r", stopped_run)
    return unfinished_path("r")


# Saving, loading, resuming


def test_saved_is_loaded(path, stopped_run):
    assert_same(load_unfinished("r"), stopped_run)
    assert [file.name for file in path.parent.iterdir()] == ["r.run"]


def test_runs_are_listed_replaced_and_forgotten(home, stopped_run):
    assert unfinished_names() == []
    for name in ("b", "a.b", "b"):
        save_unfinished(name, stopped_run)
    assert unfinished_names() == ["a.b", "b"]
    delete_unfinished("b")
    delete_unfinished("b")
    assert unfinished_names() == ["a.b"]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_resumed_run_ends_as_an_undisturbed_one(family, tiny_run, digits):
    """For every family: the file must hold all that its training depends on."""
    run = tiny_run.replace({"family": family, "epochs": 4})
    whole = Trainer(run, digits)
    losses = [progress.record.held_out for progress in whole]
    history: list = []
    for epochs in (1, 2, 1):
        state = load_unfinished("r").state if history else None
        trainer = Trainer(run, digits, state=state)
        history += [progress.record for progress in itertools.islice(trainer, epochs)]
        save_unfinished("r", Unfinished(run, tuple(history), trainer.state()))
    assert [record.held_out for record in history] == losses
    for name, value in trainer.state().items():
        assert torch.equal(value, whole.state()[name]), name


# Damage


def refusal(name: str = "r") -> str:
    with pytest.raises(CheckpointError) as caught:
        load_unfinished(name)
    line = str(caught.value)
    assert line.isprintable()
    return line


def test_there_must_be_one():
    assert refusal() == "there is no stopped run named 'r' to resume"


@pytest.mark.parametrize("name", ["../r", "a/b", "", "R", "con", "r\n"])
def test_no_name_is_a_path(name, stopped_run):
    for use in (
        load_unfinished,
        delete_unfinished,
        lambda name: save_unfinished(name, stopped_run),
    ):
        with pytest.raises(ValueError, match="is not a checkpoint name"):
            use(name)


@pytest.mark.parametrize("keep", [0, 1, 31, 32, 33, 40, 0.5, -1])
def test_a_truncated_file_is_refused(keep, path):
    size = path.stat().st_size
    os.truncate(path, int(keep * size) if keep == 0.5 else keep % size)
    assert refusal() == f"{path}: it was truncated or changed after it was saved"


def test_a_file_edited_by_hand_is_refused(path):
    path.write_bytes(path.read_bytes().replace(b'\\"epochs\\":3', b'\\"epochs\\":9'))
    assert refusal() == f"{path}: it was truncated or changed after it was saved"


@pytest.mark.parametrize(
    "make",
    [Path.mkdir, os.mkfifo, lambda path: path.symlink_to(__file__)],
    ids=["folder", "pipe", "link"],
)
def test_only_a_regular_file_is_read(make, path, no_hang):
    path.unlink()
    make(path)
    assert refusal() == f"{path}: it is not a regular file"


def test_a_file_too_large_is_refused(path):
    os.truncate(path, 2**34)  # sparse
    assert "bytes are more than" in refusal()


def forge(path: Path, metadata: dict | None = None, **tensors) -> None:
    """Change metadata or tensors (None deletes one) and make the digest right again."""
    content = path.read_bytes()[32:]
    with safetensors.safe_open(_written(path, content), "np") as file:
        texts = file.metadata() | (metadata or {})
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    arrays |= tensors
    payload = safetensors.numpy.save(
        {name: array for name, array in arrays.items() if array is not None}, texts
    )
    path.write_bytes(hashlib.sha256(payload).digest() + payload)


def _written(path: Path, content: bytes) -> Path:
    copy = path.with_suffix(".copy")
    copy.write_bytes(content)
    return copy


WEIGHT = "model.encoder.layers.0.weight"


@pytest.mark.parametrize(
    ("metadata", "tensors", "reason"),
    [
        ({"format": "2"}, {}, "format: String should match"),
        ({"name": "other"}, {}, "belongs to a run named 'other'"),
        ({"name": "../r"}, {}, "is not a checkpoint name"),
        ({"surprise": "1"}, {}, "surprise: Extra inputs"),
        ({"run": "{"}, {}, "run: Invalid JSON"),
        ({"run": "[" * 10_000}, {}, "run: Invalid JSON: recursion limit"),
        ({"run": '{"training": {"epochs": 0}}'}, {}, "epochs: Input should be greater"),
        ({"run": '{"training": {"kl_weight": NaN}}'}, {}, "kl_weight: Input should be a finite"),
        ({"run": '{"model": {"family": "gan"}}'}, {}, "family: 'gan' is unknown"),
        ({"run": '{"model": {"widths": [4096, 4096, 4096, 4096]}}'}, {}, "tensor .* is missing"),
        ({"history": "[]"}, {}, "history does not match epoch 2"),
        ({"history": "[NaN]"}, {}, "history"),
        ({}, {"epoch": np.array(1)}, "history does not match epoch 1"),
        ({}, {"epoch": np.array(-1)}, "history does not match epoch -1"),
        ({}, {"epoch": np.array([2])}, "'epoch' has shape"),
        ({}, {"epoch": np.array(2.0)}, "'epoch' is F64, expected I64"),
        ({}, {WEIGHT: None}, f"tensor '{WEIGHT}' is missing"),
        ({}, {WEIGHT: np.zeros((8, 63), np.float32)}, "has shape"),
        ({}, {WEIGHT: np.full((8, 64), np.nan, np.float32)}, "is not finite"),
        ({}, {WEIGHT.replace("model", "adam") + ".step": np.zeros(5, np.float32)}, "has shape"),
        ({}, {WEIGHT.replace("model", "adam") + ".exp_avg": None}, "is missing"),
        ({}, {"extra": np.zeros(1)}, "'extra' does not belong there"),
    ],
)
def test_a_forged_file_is_refused(metadata, tensors, reason, path):
    forge(path, metadata, **tensors)
    with pytest.raises(CheckpointError, match=rf"^{path}: .*{reason}"):
        load_unfinished("r")


@pytest.mark.parametrize("payload", [b"", b"\xff" * 8, (2**60).to_bytes(8, "little") + b"{}"])
def test_a_forged_header_is_refused(payload, path):
    path.write_bytes(hashlib.sha256(payload).digest() + payload)
    assert "it is not valid" in refusal()


def test_a_history_with_a_gap_is_refused(path, stopped_run):
    first, second = stopped_run.history
    gap = Unfinished(stopped_run.run, (first, replace(second, epoch=3)), stopped_run.state)
    save_unfinished("r", gap)
    assert "history does not match epoch 2" in refusal()


# Trouble while writing


def test_a_run_is_whole_whenever_its_writer_is_killed(stopped_run, killed_at):
    later = Unfinished(
        stopped_run.run, stopped_run.history[:1], stopped_run.state | {"epoch": torch.tensor(1)}
    )
    epochs = set()
    for step in itertools.count():
        save_unfinished("r", stopped_run)
        killed = killed_at(step, lambda: save_unfinished("r", later))
        epochs.add(len(load_unfinished("r").history))
        assert unfinished_names() == ["r"]
        if not killed:
            break
    assert epochs == {1, 2}


def test_on_a_full_disk_the_last_epoch_stays(path, stopped_run):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    content = path.read_bytes()
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(content) // 2, before[1]))
    try:
        with pytest.raises(
            CheckpointError, match=r"cannot be written \(File too large\); nothing was changed"
        ):
            save_unfinished("r", stopped_run)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == content
    assert os.listdir(path.parent) == ["r.run"]


def test_an_unwritable_home_is_one_sentence(tmp_path, monkeypatch, stopped_run):
    (tmp_path / "file").touch()
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(CheckpointError, match=r"r\.run: cannot be written"):
        save_unfinished("r", stopped_run)
    with pytest.raises(CheckpointError, match=r"r\.run: cannot be written"), owned("r"):
        pass
    assert unfinished_names() == []


# One process at a time


def test_a_run_has_one_owner():
    busy = "^r is being trained by another job or process$"
    with owned("r"):
        with pytest.raises(CheckpointError, match=busy), owned("r"):
            pass
        with owned("another"):
            pass
    with owned("r"):
        pass


def test_an_owner_may_end_in_another_thread():
    """As a generator does that is dropped wherever its last holder lives."""
    owner = owned("r")
    owner.__enter__()
    thread = threading.Thread(target=owner.__exit__, args=(None, None, None))
    thread.start()
    thread.join()
    with owned("r"):
        pass


@pytest.mark.slow
def test_a_killed_owner_leaves_the_run_free():
    code = "from explorer.runs.unfinished import owned\n"
    code += "with owned('r'): print('mine', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as owner:
        assert owner.stdout.readline() == b"mine\n"
        with pytest.raises(CheckpointError, match="being trained by another"), owned("r"):
            pass
        owner.kill()
        owner.wait()
        with owned("r"):
            pass


HOLDERS = """
import os, sys, time
from explorer.files import CheckpointError
from explorer.runs.unfinished import owned, unfinished_path
held = unfinished_path("r").with_name("held")
for _ in range(300):
    try:
        with owned("r"):
            os.close(os.open(held, os.O_CREAT | os.O_EXCL))  # fails if somebody else holds it
            os.unlink(held)
    except CheckpointError:
        time.sleep(0.0005)
"""


@pytest.mark.slow
def test_a_lock_leaves_no_file_and_keeps_others_out(home):
    """Removing the file of a lock is a race, unless those who wait for it notice."""
    words = [sys.executable, "-c", HOLDERS]
    holders = [subprocess.Popen(words, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    said = [holder.communicate(timeout=120)[1] for holder in holders]
    assert [holder.returncode for holder in holders] == [0] * 4, said
    assert not list((home / "unfinished").iterdir())
