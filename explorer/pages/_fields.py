"""A field under a plane, computed beside the page and shown when it is there."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.fields import FIELDS, Subject
from explorer.analysis.geometry import box_grid
from explorer.components.latent_pad import Field, PadPlane
from explorer.datasets import DATASETS, DatasetUnavailable
from explorer.figures import class_colours
from explorer.runs.checkpoints import Checkpoint

SIDE = 128  # cells along a side of a field


def subject_of(checkpoint: Checkpoint) -> Subject:
    """A checkpoint as fields see it, with its images where they are on this machine."""
    try:
        images = session.local_dataset(checkpoint.spec.run.dataset)
    except DatasetUnavailable:
        images = None
    return Subject(checkpoint.model, checkpoint.codes, images)


def with_field(checkpoint: Checkpoint, plane: PadPlane, name: str) -> PadPlane:
    """The plane with a field of FIELDS under it; without, until it is there or if there is none,
    which a caption says."""
    (values,) = field_values([(checkpoint, plane, name)])
    return (
        plane if values is None else plane.varied(field=pad_field(checkpoint, plane, name, values))
    )


def field_values(
    wanted: Sequence[tuple[Checkpoint, PadPlane, str]],
) -> list[np.ndarray | None]:
    """Fields of FIELDS over planes, (SIDE, SIDE) each; None until one is there or if there is none.
    A caption for each reason says why."""
    outcomes = [_outcome(*one) for one in wanted]
    why: dict[str, list[str]] = {}
    for (checkpoint, _, name), outcome in zip(wanted, outcomes, strict=True):
        if outcome.value is None:
            reason = f"{outcome.trouble}." if outcome.ready else "still being computed …"
            why.setdefault(reason, []).append(f"{FIELDS[name].title} of {checkpoint.spec.name}")
    for reason, which in why.items():
        st.caption(f"{', '.join(which)}: {reason}")
    return [outcome.value for outcome in outcomes]


def _outcome(checkpoint: Checkpoint, plane: PadPlane, name: str) -> session.Outcome[np.ndarray]:
    field, subject = FIELDS[name], subject_of(checkpoint)
    if why := field.undefined(subject):
        return session.Outcome(True, trouble=f"not defined, since {why}")

    def compute() -> np.ndarray:
        return over_cells(plane, SIDE, partial(field.compute, subject)).astype(np.float32)

    return session.later(("field", name, checkpoint.spec.digest, *plane.home), compute)


def over_cells(
    plane: PadPlane, side: int, compute: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """The values (side, side) of what takes codes (n, d) to numbers (n,), over a plane."""
    cells = box_grid(plane.home, side)
    return compute(plane.latent(cells.reshape(-1, 2))).reshape(side, side)


def pad_field(
    checkpoint: Checkpoint,
    plane: PadPlane,
    name: str,
    values: np.ndarray,
    span: tuple[float, float] | None = None,
) -> Field:
    """Values of a field of FIELDS as the pad draws them, on a scale from ``span``'s one end to its
    other, or in class colours."""
    field = FIELDS[name]
    if field.is_class:
        classes = DATASETS[checkpoint.spec.run.dataset].classes
        kinds = tuple(zip(classes, class_colours(len(classes)), strict=True))
        return Field(field.title, values, plane.home, kinds=kinds)
    return Field(f"{field.title}, {field.unit}", values, plane.home, span)
