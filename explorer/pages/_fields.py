"""A field under a plane, computed beside the page and shown when it is there."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.checkpoints import Checkpoint
from explorer.components.latent_pad import Field, PadPlane
from explorer.datasets import DATASETS, DatasetUnavailable
from explorer.fields import FIELDS, Subject
from explorer.figures import class_colours
from explorer.geometry import box_grid

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
    values = field_values(checkpoint, plane, name)
    return plane if values is None else plane.over(pad_field(checkpoint, plane, name, values))


def field_values(checkpoint: Checkpoint, plane: PadPlane, name: str) -> np.ndarray | None:
    """A field of FIELDS over a plane, (SIDE, SIDE); None until it is there or if there is none,
    which a caption says."""
    field, subject = FIELDS[name], subject_of(checkpoint)
    if why := field.undefined(subject):
        st.caption(f"{field.title} is not defined for {checkpoint.spec.name}: {why}.")
        return None

    def compute() -> np.ndarray:
        cells = box_grid(plane.home, SIDE)
        values = field.compute(subject, plane.latent(cells.reshape(-1, 2)))
        return values.reshape(SIDE, SIDE).astype(np.float32)

    outcome = session.later(("field", name, checkpoint.spec.digest, *plane.home), compute)
    if outcome.trouble:
        st.warning(f"{field.title}: {outcome.trouble}")
    elif not outcome.ready:
        st.caption(f"{field.title} of {checkpoint.spec.name} is being computed …")
    return outcome.value


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
