"""Bounded reading and atomic writing, with real pipes, locks, full disks and killed processes."""

import itertools
import os
import shutil
import socket
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from explorer.files import (
    CheckpointError,
    broken,
    folders,
    home_folder,
    read_bounded,
    read_tensors,
    recover,
    replace_file,
    replace_folder,
)

resource = pytest.importorskip("resource", reason="things are broken the POSIX way here")

OLD = {"a": b"old a", "b": b"old b" * 10_000}
NEW = {"a": b"new a", "b": b"new b" * 20_000}


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def hidden(root: Path) -> list[str]:
    """What an interrupted save might have left; the lock's file stays for good."""
    return [path.name for path in root.glob(".*") if path.name != ".lock"]


def test_home_is_chosen_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path))
    assert home_folder() == tmp_path
    monkeypatch.setenv("EXPLORER_HOME", "~/models")
    assert home_folder() == Path.home() / "models"
    monkeypatch.setenv("EXPLORER_HOME", "")
    assert "latent-explorer" in str(home_folder())


# Reading


def test_a_file_is_read_up_to_the_limit(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_bounded(path, 5) == b"12345"
    with pytest.raises(CheckpointError, match=r"file: 5 bytes are more than the 4"):
        read_bounded(path, 4)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: None, "the file is missing"),
        (Path.mkdir, "not a regular file"),
        (os.mkfifo, "not a regular file"),
        (lambda path: path.symlink_to(__file__), "not a regular file"),
        (lambda path: path.symlink_to("nowhere"), "not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "not a regular file"),
        (make_socket, "not a regular file"),
    ],
    ids=["missing", "folder", "pipe", "link", "dangling link", "link to a device", "socket"],
)
def test_only_regular_files_are_read(make, reason, tmp_path, monkeypatch, no_hang):
    monkeypatch.chdir(tmp_path)  # the address of a socket must be short
    make(Path("file"))
    with pytest.raises(CheckpointError, match=rf"file: .*{reason}"):
        read_bounded(tmp_path / "file", 100)


def test_a_pipe_put_in_place_after_the_first_look_does_not_hang(tmp_path, monkeypatch, no_hang):
    """The file is swapped between the look at it and its opening."""
    path = tmp_path / "file"
    os.mkfifo(path)
    regular = os.stat(__file__)
    monkeypatch.setattr(Path, "lstat", lambda self: regular)
    with pytest.raises(CheckpointError, match="not a regular file"):
        read_bounded(path, 10**6)


def test_a_file_below_a_file_cannot_be_read(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match=r"below: .*cannot be read \(Not a directory\)"):
        read_bounded(tmp_path / "file" / "below", 100)


def test_reading_sets_aside_no_more_than_the_file_needs(tmp_path):
    (tmp_path / "file").write_bytes(b"small")
    tracemalloc.start()
    try:
        read_bounded(tmp_path / "file", 2**33)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_messages_cannot_steer_a_terminal_or_fill_it():
    error = str(broken(Path("file"), "\x1b[2J\n" + "x" * 10_000))
    assert error.isprintable()
    assert len(error) < 400


# Tensors

LAYOUT = {"w": ("F32", (2, 3)), "n": ("I64", ()), "codes": ("F16", (-1, 2))}
ARRAYS = {
    "w": np.arange(6, dtype=np.float32).reshape(2, 3),
    "n": np.array(2**40),
    "codes": np.ones((5, 2), dtype=np.float16),
}


def test_tensors_come_back_bit_for_bit(tmp_path):
    arrays = read_tensors(tmp_path, safetensors.numpy.save(ARRAYS), LAYOUT)
    assert list(arrays) == list(LAYOUT)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"w": None}, "tensor 'w' is missing"),
        ({"more": np.zeros(1)}, "tensor 'more' does not belong there"),
        ({"\x1b" * 99: np.zeros(1)}, r"tensor '(\\x1b){64}' does not belong there"),
        ({"w": np.zeros((3, 2), np.float32)}, r"'w' has shape \(3, 2\), expected \(2, 3\)"),
        ({"w": np.zeros(6, np.float32)}, r"'w' has shape \(6,\)"),
        ({"w": np.zeros((2, 3, 1), np.float32)}, r"'w' has shape \(2, 3, 1\)"),
        ({"n": np.zeros(1, np.int64)}, r"'n' has shape \(1,\), expected \(\)"),
        ({"codes": np.zeros((5, 3), np.float16)}, r"shape \(5, 3\), expected \(-1, 2\)"),
        ({"w": np.zeros((2, 3))}, "'w' is F64, expected F32"),
        ({"n": np.array(1, np.int32)}, "'n' is I32, expected I64"),
        ({"w": np.full((2, 3), np.nan, np.float32)}, "'w' is not finite"),
        ({"codes": np.full((5, 2), np.inf, np.float16)}, "'codes' is not finite"),
    ],
)
def test_tensors_must_fit_the_layout(changes, reason, tmp_path):
    arrays = {name: array for name, array in (ARRAYS | changes).items() if array is not None}
    with pytest.raises(CheckpointError, match=rf"model\.safetensors: .*{reason}"):
        read_tensors(tmp_path / "model.safetensors", safetensors.numpy.save(arrays), LAYOUT)


@pytest.mark.parametrize("content", [b"", b"12345678", b"\xff" * 100, bytes(100)])
def test_other_files_are_no_tensors(content, tmp_path):
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        read_tensors(tmp_path, content, LAYOUT)


# Writing, and being killed at it


def test_a_file_is_replaced(tmp_path):
    path = tmp_path / "new folder" / "file"
    for content in (b"one", b"two"):
        replace_file(path, content)
        assert content_of(path.parent) == {"file": content}


def test_a_file_is_whole_whenever_its_writer_is_killed(tmp_path, killed_at):
    path = tmp_path / "folder" / "file"
    seen = set()
    for step in itertools.count():
        replace_file(path, b"old" * 1000)
        killed = killed_at(step, lambda: replace_file(path, b"new" * 1000))
        seen.add(path.read_bytes())
        replace_file(path, b"newest")
        assert content_of(path.parent) == {"file": b"newest"}
        if not killed:
            break
    assert step > 3
    assert seen == {b"old" * 1000, b"new" * 1000}


def test_a_folder_is_replaced_if_that_is_wanted(tmp_path):
    folder = tmp_path / "root" / "name"
    replace_folder(folder, OLD, overwrite=False)
    with pytest.raises(CheckpointError, match="name exists already; choose another name"):
        replace_folder(folder, NEW, overwrite=False)
    assert content_of(folder) == OLD
    replace_folder(folder, NEW, overwrite=True)
    assert content_of(folder) == NEW
    assert not hidden(folder.parent)


def test_a_folder_is_whole_whenever_its_writer_is_killed(tmp_path, killed_at):
    """Also between the two renames of an overwrite, when it has no folder of its name."""
    folder = tmp_path / "name"
    seen, gone = [], 0
    for step in itertools.count():
        replace_folder(folder, OLD, overwrite=True)
        killed = killed_at(step, lambda: replace_folder(folder, NEW, overwrite=True))
        gone += not folder.exists()
        recover(tmp_path)
        seen.append(content_of(folder))
        if not killed:
            break
    assert all(content in (OLD, NEW) for content in seen)
    assert OLD in seen
    assert NEW in seen
    assert gone, "no kill fell between the renames: this test has lost its point"


def test_a_killed_first_save_leaves_nothing_that_stays(tmp_path, killed_at):
    folder = tmp_path / "name"
    for step in itertools.count():
        killed = killed_at(step, lambda: replace_folder(folder, NEW, overwrite=False))
        assert not folder.exists() or content_of(folder) == NEW
        replace_folder(tmp_path / "another", OLD, overwrite=True)
        assert not hidden(tmp_path)
        if not killed:
            break
        shutil.rmtree(folder, ignore_errors=True)


def test_everything_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    """Watches the real calls: files and folder are synced first, then renamed, then the root."""
    calls = []

    def watch(module, name):
        really = getattr(module, name)

        def call(*args):
            calls.append(name)
            return really(*args)

        monkeypatch.setattr(module, name, call)

    watch(os, "fsync")
    watch(os, "rename")
    watch(os, "replace")
    replace_folder(tmp_path / "name", OLD, overwrite=False)
    assert calls == ["fsync"] * 3 + ["rename", "fsync"]
    calls.clear()
    replace_file(tmp_path / "file", b"content")
    assert calls == ["fsync", "replace", "fsync"]


@pytest.fixture
def halfway(tmp_path):
    """Another process that stands between the renames of an overwrite; a call lets it go on."""
    folder = tmp_path / "name"
    replace_folder(folder, OLD, overwrite=False)
    told, telling = os.pipe()
    waiting, release = os.pipe()
    child = os.fork()
    if not child:
        really = os.rename

        def rename(source, target):
            if Path(target) == folder:
                os.write(telling, b".")
                os.read(waiting, 1)
            really(source, target)

        os.rename = rename
        try:
            replace_folder(folder, NEW, overwrite=True)
        finally:
            os._exit(0)
    os.read(told, 1)
    yield lambda: os.write(release, b".")
    os.write(release, b".")
    os.waitpid(child, 0)
    for end in (told, telling, waiting, release):
        os.close(end)


def test_a_save_in_progress_elsewhere_is_waited_for(tmp_path, halfway):
    assert not (tmp_path / "name").exists()
    others = [
        threading.Thread(target=recover, args=(tmp_path,)),
        threading.Thread(
            target=replace_folder, args=(tmp_path / "b", OLD), kwargs={"overwrite": True}
        ),
    ]
    for other in others:
        other.start()
    others[0].join(0.3)
    assert all(other.is_alive() for other in others)
    assert hidden(tmp_path)
    halfway()
    for other in others:
        other.join()
    assert content_of(tmp_path / "name") == NEW
    assert content_of(tmp_path / "b") == OLD
    assert not hidden(tmp_path)


def test_a_lock_that_is_never_released_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(folders, "_LOCK_SECONDS", 0.1)
    (tmp_path / ".name.old").mkdir()
    with folders._lock(tmp_path):
        recover(tmp_path)
        with pytest.raises(OSError, match="lock"):
            replace_folder(tmp_path / "name", NEW, overwrite=True)
    recover(tmp_path)
    assert (tmp_path / "name").is_dir()


@pytest.fixture
def full_disk():
    """No file may grow beyond 50 kB: a write fails midway, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_on_a_full_disk_nothing_changes(tmp_path, full_disk):
    folder, path = tmp_path / "name", tmp_path / "file"
    replace_folder(folder, OLD, overwrite=False)
    replace_file(path, b"old")
    with pytest.raises(OSError, match="File too large"):
        replace_folder(folder, NEW, overwrite=True)
    with pytest.raises(OSError, match="File too large"):
        replace_file(path, bytes(100_000))
    assert content_of(folder) == OLD
    assert path.read_bytes() == b"old"
    assert not hidden(tmp_path)
