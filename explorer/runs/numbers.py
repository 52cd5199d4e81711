"""Numbers that take seconds or minutes, kept with the checkpoint they are about.

``numbers.json`` in the checkpoint's folder; for the gallery, which is read-only while the app runs,
also ``EXPLORER_HOME/numbers/NAME.json``. A file names the checkpoint by its digest, and counts for
no other one that has the same name.
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
    """What was measured of a checkpoint, by the names under which measures are stored."""

    format: Literal[1] = 1
    checkpoint: str = Field(description="Digest of the checkpoint that they are about.")
    measures: dict[str, Measured] = Field(default_factory=dict)


def stored_numbers(folder: Path, spec: CheckpointSpec) -> dict[str, Measured]:
    """All that is known of a checkpoint: what was measured after training, and what was kept since.
    A file that is broken, or of another checkpoint, is as good as none."""
    found = dict(spec.measures)
    for path in {folder / FILE, kept_at(folder)}:
        found |= _read(path, spec)
    return found


def kept_at(folder: Path) -> Path:
    """Where numbers of a checkpoint are kept while the app runs."""
    if folder.parent == checkpoints.GALLERY:
        return home_folder() / "numbers" / f"{folder.name}.json"
    return folder / FILE


def keep_numbers(path: Path, spec: CheckpointSpec, measures: Mapping[str, Measured]) -> None:
    """Add numbers to those in a file; others of the same checkpoint stay.

    Raises:
        CheckpointError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=_LOCK_SECONDS):
            known = _read(path, spec)
            save_spec(path, Numbers(checkpoint=spec.digest, measures={**known, **measures}))
    except (OSError, LockTimeout) as error:
        raise CheckpointError(f"{path}: cannot be written ({error})") from None


def side_by_side(found: Mapping[str, Mapping[str, Measured]]) -> str:
    """Numbers of several checkpoints as a Markdown table: a row for each measure, with errors.

    Args:
        found: a checkpoint's name → its numbers, by the names of measures.
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
