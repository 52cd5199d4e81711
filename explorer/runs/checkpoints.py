"""The only reader and writer of checkpoint folders.

A checkpoint is a folder of four files: ``spec.json`` (the run, its measures, and digests of the
other three files), ``weights.safetensors``, ``latents.safetensors`` (codes and labels of the
held-out images) and ``history.json``. It is written to a temporary folder, which is then renamed.
It is read as untrusted input, never with pickle.
"""

import hashlib
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from zipfile import ZipFile

from explorer.files import CheckpointError as CheckpointError  # re-exported for callers
from explorer.files import (
    broken,
    home_folder,
    read_bounded,
    recover,
    refuse_existing,
    remove_folder,
    replace_folder,
    unwritable,
    writers_kept_out,
)
from explorer.runs.checkpoint_files import (
    HISTORY,
    LATENTS,
    LIMITS,
    SPEC,
    WEIGHTS,
    packed,
    parse,
    parse_spec,
)
from explorer.runs.checkpoint_files import Checkpoint as Checkpoint
from explorer.specs import CheckpointSpec, RunSpec, check_name, is_name

GALLERY = Path(__file__).resolve().parents[2] / "checkpoints"


def user_folder() -> Path:
    """The folder of the user's own checkpoints."""
    return home_folder() / "checkpoints"


def checkpoint_names(roots: Iterable[Path] | None = None) -> list[str]:
    """Names of the checkpoints in ``roots``, readable or not; by default the gallery and the user's
    folder."""
    found = set()
    for root in roots or (GALLERY, user_folder()):
        recover(root)
        if root.is_dir():
            found |= {path.name for path in root.iterdir() if path.is_dir() and is_name(path.name)}
    return sorted(found)


def listing_stamp() -> tuple[tuple[str, int], ...]:
    """A value that changes when a checkpoint is added, removed or replaced: the folders and their
    times of modification."""
    return tuple((str(root), _changed(root)) for root in (GALLERY, user_folder()))


def _changed(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def find_checkpoint(name: str) -> Path:
    """The folder of a checkpoint; if the gallery and the user both have the name, the gallery's.

    Raises:
        CheckpointError: the name is not valid, or no checkpoint has it.
    """
    try:
        check_name(name)
    except ValueError as error:
        raise CheckpointError(str(error)) from None
    for root in (GALLERY, user_folder()):
        recover(root)
        if os.path.lexists(root / name):
            return root / name
    raise CheckpointError(f"there is no checkpoint named {name!r} in {GALLERY} or {user_folder()}")


def save_checkpoint(root: Path, checkpoint: Checkpoint, *, overwrite: bool = False) -> Path:
    """Write a checkpoint as ``root``/name, atomically: it is never there in part.

    Raises:
        CheckpointError: the name is taken, the folder cannot be written, or the checkpoint could
            not be read back (because weights overflow float16, for example). Nothing has changed.
    """
    return save_files(root, checkpoint.spec.name, packed(checkpoint), overwrite=overwrite)


def save_files(
    root: Path, name: str, files: Mapping[str, bytes], *, overwrite: bool = False
) -> Path:
    """Write the files of a checkpoint as ``root``/name, after checking that they are complete.

    Raises:
        CheckpointError: as for ``save_checkpoint``.
    """
    folder = root / check_name(name)
    if odd := files.keys() ^ LIMITS.keys():
        raise broken(folder, f"{sorted(odd)[0]!a} is missing or does not belong there")
    parse(folder, parse_spec(folder, files[SPEC]), files)
    try:
        replace_folder(folder, files, overwrite=overwrite)
    except OSError as error:
        raise unwritable(folder, error) from None
    return folder


def delete_checkpoint(root: Path, name: str) -> None:
    """Remove a checkpoint permanently and atomically: it is either complete or gone.

    Raises:
        CheckpointError: there is no such checkpoint, or it cannot be removed.
    """
    folder = root / check_name(name)
    if not folder.is_dir():
        raise CheckpointError(f"there is no checkpoint named {name!r} in {root}")
    try:
        remove_folder(folder)
    except OSError as error:
        raise broken(folder, f"cannot be removed ({error.strerror or error})") from None


def archive(folder: Path) -> bytes:
    """A checkpoint as a zip file for download; it can be unpacked into the user's folder.

    Raises:
        CheckpointError: one of its files cannot be read.
    """
    content = io.BytesIO()
    with ZipFile(content, "w") as file:
        for name, limit in LIMITS.items():
            file.writestr(f"{folder.name}/{name}", read_bounded(folder / name, limit))
    return content.getvalue()


def check_free(root: Path, name: str) -> None:
    """Check that a checkpoint can be saved under this name.

    Raises:
        CheckpointError: the name is taken.
    """
    recover(root)
    refuse_existing(root / check_name(name))


def read_spec(folder: Path) -> CheckpointSpec:
    """Read and check only ``spec.json``, which is fast enough for lists and menus.

    Raises:
        CheckpointError: it cannot be read; the message names the file and the reason.
    """
    if folder.is_symlink():
        raise broken(folder, "it is a link, and links are not followed")
    path = folder / SPEC
    try:
        content = read_bounded(path, LIMITS[SPEC])
    except CheckpointError:
        recover(folder.parent)  # It may be missing only for a moment.
        content = read_bounded(path, LIMITS[SPEC])
    return parse_spec(folder, content)


def saved_run(folder: Path) -> RunSpec | None:
    """The run of a checkpoint, or None if the checkpoint is missing or broken."""
    try:
        return read_spec(folder).run if os.path.lexists(folder) else None
    except CheckpointError:
        return None


def load_checkpoint(folder: Path) -> Checkpoint:
    """Read and check a whole checkpoint.

    Raises:
        CheckpointError: it cannot be read; the message names the file and the reason.
    """
    try:
        return _load(folder)
    except CheckpointError:
        # It may have been overwritten meanwhile, so that the files read belong to two checkpoints.
        with writers_kept_out(folder.parent):
            return _load(folder)


def _load(folder: Path) -> Checkpoint:
    spec = read_spec(folder)
    files = {name: _read_whole(folder, name, spec) for name in (WEIGHTS, LATENTS, HISTORY)}
    return parse(folder, spec, files)


def _read_whole(folder: Path, name: str, spec: CheckpointSpec) -> bytes:
    """The content of a file, which must be what was saved."""
    if name not in spec.files:
        raise broken(folder / SPEC, f"it does not list {name}")
    expected = spec.files[name]
    content = read_bounded(folder / name, min(expected.bytes, LIMITS[name]))
    if hashlib.sha256(content).hexdigest() != expected.sha256:
        raise broken(folder / name, "it was truncated, changed or swapped after it was saved")
    return content
