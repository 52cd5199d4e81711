"""Measures that take seconds or minutes, stored with their checkpoint.

They are stored in ``numbers.json`` in the checkpoint's folder; for the gallery, which is read-only
while the app runs, also in ``EXPLORER_HOME/numbers/NAME.json``. A file says what its numbers were
computed from, and is ignored for another checkpoint of the same name or after a change of the
default thresholds.
"""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np
from filelock import FileLock
from filelock import Timeout as LockTimeout
from pydantic import Field

from explorer.analysis.holes.judge import classifiers_of
from explorer.analysis.holes.verdict import HoleThresholds
from explorer.analysis.measures import MEASURES
from explorer.analysis.subject import Subject
from explorer.files import CheckpointError, home_folder, load_spec, save_spec
from explorer.runs import checkpoints
from explorer.specs import CheckpointSpec, Measured, Spec

FILE = "numbers.json"
_LIMIT = 2**20  # bytes
_LOCK_SECONDS = 10.0
_LIBRARIES = ("torch", "numpy", "scipy", "scikit-learn")


class Origin(Spec):
    """What numbers were computed from, apart from the checkpoint."""

    images: str = Field(description="SHA-256 of the held-out images and their labels.")
    classifiers: tuple[str, ...] = Field(
        max_length=16, description="SHA-256 of the classifiers, if any number needed them."
    )
    thresholds: dict[str, float] = Field(description="Beyond which a code is in a hole.")
    software: dict[str, str] = Field(description="Versions of the libraries.")

    def agrees_with(self, other: "Origin") -> bool:
        """Whether numbers of both may stand in one file: all but the software is the same, as far
        as it was needed."""
        judges = {one.classifiers for one in (self, other) if one.classifiers}
        same = (self.images, self.thresholds) == (other.images, other.thresholds)
        return same and len(judges) <= 1


class Numbers(Spec):
    """Measures of a checkpoint, by the names they are stored by."""

    format: Literal[2] = 2
    checkpoint: str = Field(description="Digest of the checkpoint that was measured.")
    origin: Origin
    measures: dict[str, Measured] = Field(default_factory=dict)


def origin_of(subject: Subject) -> Origin:
    """What a subject's measures are computed from. It hashes all held-out images.

    Raises:
        ValueError: its images are not on this machine.
    """
    images = subject.images.test
    digest = hashlib.sha256()
    for values in (images.pixels, images.labels):
        digest.update(np.ascontiguousarray(values.cpu().numpy()).data)
    return Origin(
        images=digest.hexdigest(),
        # Only those that have judged something: training them takes seconds.
        classifiers=tuple(one.digest for one in subject.once(classifiers_of))
        if subject.has(classifiers_of)
        else (),
        thresholds=asdict(HoleThresholds()),
        software=_software(),
    )


@cache
def _software() -> dict[str, str]:
    """Versions of Python and of the libraries that numbers depend on."""
    found = {library: version(library) for library in _LIBRARIES}
    return {"python": platform.python_version(), **found}


def stored_numbers(folder: Path, spec: CheckpointSpec) -> dict[str, Measured]:
    """All stored measures of a checkpoint, from after its training and since then. Files that are
    broken or belong to another checkpoint are ignored, and so are numbers in another unit than
    their measure's: it has been defined anew since."""
    found = dict(spec.measures)
    for path in {folder / FILE, kept_at(folder)}:
        found |= _read(path, spec)
    return {key: one for key, one in found.items() if _is_current(key, one)}


def _is_current(key: str, one: Measured) -> bool:
    measure = MEASURES.get(key.partition("@")[0])
    return measure is None or one.unit == measure.unit


def kept_at(folder: Path) -> Path:
    """The file in which the running app stores measures of a checkpoint."""
    if folder.parent == checkpoints.GALLERY:
        return home_folder() / "numbers" / f"{folder.name}.json"
    return folder / FILE


def keep_numbers(
    path: Path, spec: CheckpointSpec, origin: Origin, measures: Mapping[str, Measured]
) -> None:
    """Add measures to a file, keeping its other measures of the same checkpoint.

    Args:
        path: the file.
        spec: the checkpoint.
        origin: what the measures were computed from.
        measures: by the names they are stored by.

    Raises:
        CheckpointError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=_LOCK_SECONDS):
            known = _stored(path, spec)
            if known and known.origin.agrees_with(origin):
                judges = origin.classifiers or known.origin.classifiers
                origin = origin.model_copy(update={"classifiers": judges})
                measures = {**known.measures, **measures}
            save_spec(path, Numbers(checkpoint=spec.digest, origin=origin, measures=dict(measures)))
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
    """The numbers in a file, if they are of this checkpoint and of today's thresholds."""
    stored = _stored(path, spec)
    if stored is None or stored.origin.thresholds != asdict(HoleThresholds()):
        return {}
    return dict(stored.measures)


def _stored(path: Path, spec: CheckpointSpec) -> Numbers | None:
    try:
        stored = load_spec(path, Numbers, _LIMIT)
    except CheckpointError:
        return None
    return stored if stored.checkpoint == spec.digest else None
