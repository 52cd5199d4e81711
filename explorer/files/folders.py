"""Folders of files replaced and removed as a whole, and where the user's are."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock
from platformdirs import user_data_path

from explorer.files.errors import refuse_existing
from explorer.files.writing import sync_folder, write_synced
from explorer.specs import is_name

_LOCK_SECONDS = 30.0  # until a lock that somebody else holds is given up


def home_folder() -> Path:
    """Where the user's own work is kept: ``EXPLORER_HOME``, else the platform's data folder."""
    chosen = os.environ.get("EXPLORER_HOME")
    if chosen:
        return Path(chosen).expanduser()
    return user_data_path("latent-explorer", appauthor=False)


def named_files(folder: Path, suffix: str) -> list[str]:
    """The names, in order, that ``check_name`` accepts of the files of that kind in a folder."""
    return sorted(path.stem for path in folder.glob(f"[!.]*{suffix}") if is_name(path.stem))


def replace_folder(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Write a folder of files so that, whenever the process is killed, the old or the new one is
    there, whole; ``recover`` brings back an old one that had just stepped aside.

    Raises:
        CheckpointError: there is such a folder, and it is not to be overwritten.
        OSError: it cannot be written; nothing has changed.
    """
    root = folder.parent
    fresh, old = root / f".{folder.name}.new", root / f".{folder.name}.old"
    root.mkdir(parents=True, exist_ok=True)
    with _lock(root):
        _clean_up(root)
        if not overwrite:
            refuse_existing(folder)
        try:
            fresh.mkdir()
            for name, content in files.items():
                write_synced(fresh / name, content)
            sync_folder(fresh)
            # No system renames onto a folder with content: the old one steps aside for a moment.
            if os.path.lexists(folder):
                os.rename(folder, old)
            os.rename(fresh, folder)
            sync_folder(root)
        finally:
            _clean_up(root)


def remove_folder(folder: Path) -> None:
    """Remove a folder of files: at any moment it is there whole, or it is gone.

    Raises:
        OSError: it cannot be removed.
    """
    with _lock(folder.parent):
        _clean_up(folder.parent)
        # Nothing brings back what is called so, while of a folder ".old" nobody knows.
        gone = folder.with_name(f".{folder.name}.new")
        os.rename(folder, gone)
        shutil.rmtree(gone, ignore_errors=True)


def recover(root: Path) -> None:
    """Bring back what a killed ``replace_folder`` had put aside, or wait for one at work."""
    if any(root.glob(".*.old")):
        try:
            with _lock(root):
                _clean_up(root)
        except OSError:
            pass  # It cannot be written; whoever reads on will find nothing and say so.


@contextmanager
def writers_kept_out(root: Path) -> Iterator[None]:
    """Nobody changes the folder's entries meanwhile; nobody can where we may not lock it."""
    with ExitStack() as stack:
        try:
            stack.enter_context(_lock(root))
            _clean_up(root)
        except OSError:
            pass  # A folder that cannot be written has no writers.
        yield


def _lock(root: Path) -> FileLock:
    """Held by whoever changes a folder's entries; the system takes it from a process that dies."""
    return FileLock(root / ".lock", timeout=_LOCK_SECONDS)


def _clean_up(root: Path) -> None:
    """Undo what was begun and not finished. Under the lock, whatever is hidden is nobody's."""
    for old in root.glob(".*.old"):
        folder = root / old.name.removeprefix(".").removesuffix(".old")
        if os.path.lexists(folder):
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(old, folder)
    for fresh in root.glob(".*.new"):
        shutil.rmtree(fresh, ignore_errors=True)
