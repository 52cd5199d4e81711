"""Replacing and removing folders of files atomically, and where the user's files are kept."""

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

_LOCK_SECONDS = 30.0  # to wait for a lock that another process holds


def home_folder() -> Path:
    """The folder of the user's own work: ``EXPLORER_HOME``, else the platform's data folder."""
    chosen = os.environ.get("EXPLORER_HOME")
    if chosen:
        return Path(chosen).expanduser()
    return user_data_path("latent-explorer", appauthor=False)


def named_files(folder: Path, suffix: str) -> list[str]:
    """Sorted names, without ``suffix``, of a folder's files that ``check_name`` accepts."""
    return sorted(path.stem for path in folder.glob(f"[!.]*{suffix}") if is_name(path.stem))


def replace_folder(folder: Path, files: Mapping[str, bytes], *, overwrite: bool) -> None:
    """Write a folder of files so that, if the process is killed, either the old or the new folder
    remains complete; ``recover`` restores an old one that had just been moved aside.

    Raises:
        CheckpointError: the folder exists and ``overwrite`` is false.
        OSError: the folder cannot be written; nothing has changed.
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
            # No system renames onto a folder with content, so the old one is moved aside first.
            if os.path.lexists(folder):
                os.rename(folder, old)
            os.rename(fresh, folder)
            sync_folder(root)
        finally:
            _clean_up(root)


def remove_folder(folder: Path) -> None:
    """Remove a folder of files atomically: it is either complete or gone.

    Raises:
        OSError: the folder cannot be removed.
    """
    with _lock(folder.parent):
        _clean_up(folder.parent)
        # ".new" folders are always deleted, whereas ``_clean_up`` would restore an ".old" one.
        gone = folder.with_name(f".{folder.name}.new")
        os.rename(folder, gone)
        shutil.rmtree(gone, ignore_errors=True)


def recover(root: Path) -> None:
    """Restore a folder that a killed ``replace_folder`` moved aside, or wait for a running one."""
    if any(root.glob(".*.old")):
        try:
            with _lock(root):
                _clean_up(root)
        except OSError:
            pass  # Not writable; reading the missing folder will report it.


@contextmanager
def writers_kept_out(root: Path) -> Iterator[None]:
    """Keep other processes from changing the folder's entries; no lock if it is not writable."""
    with ExitStack() as stack:
        try:
            stack.enter_context(_lock(root))
            _clean_up(root)
        except OSError:
            pass  # A folder that cannot be written has no writers.
        yield


def _lock(root: Path) -> FileLock:
    """The lock for changing a folder's entries; the system releases it if the process dies."""
    return FileLock(root / ".lock", timeout=_LOCK_SECONDS)


def _clean_up(root: Path) -> None:
    """Undo unfinished changes. Call it under the lock, when no process uses the hidden folders."""
    for old in root.glob(".*.old"):
        folder = root / old.name.removeprefix(".").removesuffix(".old")
        if os.path.lexists(folder):
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.rename(old, folder)
    for fresh in root.glob(".*.new"):
        shutil.rmtree(fresh, ignore_errors=True)
