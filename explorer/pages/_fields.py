"""A field under a plane, computed beside the page and shown when it is there."""

from dataclasses import replace

import streamlit as st

from explorer import session
from explorer.checkpoints import Checkpoint
from explorer.components.latent_pad import Field, PadPlane
from explorer.datasets import DatasetUnavailable
from explorer.fields import FIELDS, Subject
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
    field, subject = FIELDS[name], subject_of(checkpoint)
    if why := field.undefined(subject):
        st.caption(f"{field.title} is not defined for {checkpoint.spec.name}: {why}.")
        return plane

    def compute() -> PadPlane:
        cells = box_grid(plane.home, SIDE)
        values = field.compute(subject, plane.latent(cells.reshape(-1, 2)))
        title = f"{field.title}, {field.unit}"
        return replace(plane, field=Field(title, values.reshape(cells.shape[:2]), plane.home))

    outcome = session.later(("field", name, checkpoint.spec.digest, *plane.home), compute)
    if outcome.trouble:
        st.warning(f"{field.title}: {outcome.trouble}")
    elif not outcome.ready:
        st.caption(f"{field.title} of {checkpoint.spec.name} is being computed …")
    return outcome.value or plane
