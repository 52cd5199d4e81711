"""Measures that take seconds or minutes, stored with their checkpoint.

They are stored in ``numbers.json`` in the checkpoint's folder; for the gallery, which is read-only
while the app runs, also in ``EXPLORER_HOME/numbers/NAME.json``. A file holds the digest of its
checkpoint, and is ignored for another checkpoint of the same name.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from filelock import FileLock
from filelock import Timeout as LockTimeout
from pydantic import Field

from explorer.analysis.measures import MEASURES
from explorer.files import CheckpointError, home_folder, load_spec, save_spec
from explorer.runs import checkpoints
from explorer.specs import CheckpointSpec, Measured, Spec

FILE = "numbers.json"
_LIMIT = 2**20  # bytes
_LOCK_SECONDS = 10.0


class Numbers(Spec):
    """Measures of a checkpoint, by the names they are stored by."""

    format: Literal[1] = 1
    checkpoint: str = Field(description="Digest of the checkpoint that was measured.")
    measures: dict[str, Measured] = Field(default_factory=dict)


def stored_numbers(folder: Path, spec: CheckpointSpec) -> dict[str, Measured]:
    """All stored measures of a checkpoint, from after its training and since then. Files that are
    broken or belong to another checkpoint are ignored."""
    found = dict(spec.measures)
    for path in {folder / FILE, kept_at(folder)}:
        found |= _read(path, spec)
    return found


def kept_at(folder: Path) -> Path:
    """The file in which the running app stores measures of a checkpoint."""
    if folder.parent == checkpoints.GALLERY:
        return home_folder() / "numbers" / f"{folder.name}.json"
    return folder / FILE


def keep_numbers(path: Path, spec: CheckpointSpec, measures: Mapping[str, Measured]) -> None:
    """Add measures to a file, keeping its other measures of the same checkpoint.

    Raises:
        CheckpointError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=_LOCK_SECONDS):
            known = _read(path, spec)
            save_spec(path, Numbers(checkpoint=spec.digest, measures={**known, **measures}))
    except (OSError, LockTimeout) as error:
        raise CheckpointError(f"{path}: cannot be written ({error})") from None


def side_by_side(found: Mapping[str, Mapping[str, Measured]]) -> str:
    """Measures of several checkpoints as a Markdown table, one row per measure, with errors.

    Args:
        found: name of a checkpoint → its measures by name.
    """
    lines = [
        "| | " + " | ".join(f"`{name}`" for name in found) + " |",
        "|---|" + "---:|" * len(found),
    ]
    for key, measure in MEASURES.items():
        values = (measure.format(numbers.get(key), with_error=True) for numbers in found.values())
        lines.append(f"| {measure.title}, {measure.unit} | {' | '.join(values)} |")
    return "\n".join(lines)


def _read(path: Path, spec: CheckpointSpec) -> dict[str, Measured]:
    try:
        numbers = load_spec(path, Numbers, _LIMIT)
    except CheckpointError:
        return {}
    return dict(numbers.measures) if numbers.checkpoint == spec.digest else {}
