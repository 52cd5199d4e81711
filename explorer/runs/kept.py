"""Results of a checkpoint that pages show first (``PREPARED``), kept in its folder.

``results.safetensors`` holds their arrays, and ``results.json`` what they were computed from. They
are ignored for another checkpoint of the same name, or where the two files do not belong together.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np
import safetensors.numpy
from pydantic import Field

from explorer.analysis.fields.base import needs_classifier
from explorer.analysis.holes.judge import classifiers_of
from explorer.analysis.prepared import PREPARED
from explorer.analysis.subject import Subject
from explorer.files import (
    CheckpointError,
    broken,
    load_spec,
    read_bounded,
    read_tensors,
    save_file,
    save_spec,
)
from explorer.models.latent import Codes
from explorer.runs.numbers import Origin, origin_of
from explorer.specs import CheckpointSpec, FileDigest, Spec

ARRAYS, RESULTS = "results.safetensors", "results.json"
_ARRAYS_LIMIT, _RESULTS_LIMIT = 2**25, 2**18  # bytes


class Results(Spec):
    """What the arrays beside it are."""

    format: Literal[1] = 1
    checkpoint: str = Field(description="Digest of the checkpoint that they are about.")
    origin: Origin
    names: tuple[str, ...] = Field(max_length=64, description="Which results there are.")
    file: FileDigest


def computed_results(subject: Subject) -> dict[str, object]:
    """All results of a subject, by name; without those that are not defined for it."""
    found = {}
    for name, one in PREPARED.items():
        if one.undefined(subject):
            continue
        try:
            found[name] = subject.once(one.compute)
        except ValueError:  # its codes or images do not allow it, which a page finds out again
            continue
    return found


def keep_results(
    folder: Path, spec: CheckpointSpec, subject: Subject, results: Mapping[str, object]
) -> None:
    """Keep results of a checkpoint's default view, in place of those that were kept before.

    Args:
        folder: the checkpoint's folder.
        spec: the checkpoint.
        subject: what the results are about.
        results: by name.

    Raises:
        CheckpointError: a file cannot be written.
    """
    arrays = {
        f"{name}.{attribute}": array
        for name, result in results.items()
        for attribute, array in PREPARED[name].arrays(result).items()
    }
    content = safetensors.numpy.save(arrays)
    if not needs_classifier(subject):
        subject.once(classifiers_of)  # who judged is a part of the origin
    about = Results(
        checkpoint=spec.digest,
        origin=origin_of(subject),
        names=tuple(results),
        file=FileDigest(bytes=len(content), sha256=hashlib.sha256(content).hexdigest()),
    )
    save_file(folder / ARRAYS, content)
    save_spec(folder / RESULTS, about)


def kept_results(
    folder: Path, spec: CheckpointSpec, codes: Codes
) -> dict[Callable[[Subject], Any], object]:
    """The kept results of a checkpoint's default view, by the functions that compute them; none
    where the files are missing, broken or about another checkpoint."""
    try:
        about, arrays = _read(folder)
    except CheckpointError:
        return {}
    if about.checkpoint != spec.digest:
        return {}
    found: dict[Callable[[Subject], Any], object] = {}
    for name in about.names:
        one = PREPARED[name]
        mine = {attribute: arrays[f"{name}.{attribute}"] for attribute in one.layout}
        with suppress(ValueError):
            found[one.compute] = one.result(mine, *codes.mean.shape)
    return found


def _read(folder: Path) -> tuple[Results, dict[str, np.ndarray]]:
    about = load_spec(folder / RESULTS, Results, _RESULTS_LIMIT)
    path = folder / ARRAYS
    content = read_bounded(path, _ARRAYS_LIMIT)
    if hashlib.sha256(content).hexdigest() != about.file.sha256:
        raise broken(path, f"it does not belong to {RESULTS}")
    known = [PREPARED[name] for name in about.names if name in PREPARED]
    layout = {
        f"{one.name}.{attribute}": entry for one in known for attribute, entry in one.stored.items()
    }
    if len(known) != len(about.names):
        raise broken(folder / RESULTS, "it names a result that is not known")
    return about, read_tensors(path, content, layout, finite=False)
