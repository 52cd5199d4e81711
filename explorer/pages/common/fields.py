"""A field under a plane, computed in the background and shown when it is ready."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.fields import FIELDS
from explorer.analysis.geometry import box_grid
from explorer.components.latent_pad import Field, PadPlane
from explorer.figures import class_colours
from explorer.pages.common.models import Opened
from explorer.pages.common.pending import show_pending

SIDE = 128  # cells along a side of a field


def with_field(opened: Opened, plane: PadPlane, name: str) -> PadPlane:
    """The plane with a field of FIELDS under it. If the field is not ready or not available, the
    plane is returned without it and a caption says why."""
    (values,) = field_values([(opened, plane, name)])
    return plane if values is None else plane.varied(field=pad_field(opened, plane, name, values))


def field_values(
    wanted: Sequence[tuple[Opened, PadPlane, str]],
) -> list[np.ndarray | None]:
    """Fields of FIELDS over planes, (SIDE, SIDE) each; None for a field that is not ready or not
    available. One caption per reason says why."""
    outcomes = [_outcome(*one) for one in wanted]
    pending: list[str] = []
    why: dict[str, list[str]] = {}
    for (opened, _, name), outcome in zip(wanted, outcomes, strict=True):
        title = f"{FIELDS[name].title} of {opened.title}"
        if not outcome.ready:
            pending.append(title)
        elif outcome.value is None:
            why.setdefault(outcome.trouble, []).append(title)
    for reason, which in why.items():
        st.caption(f"{', '.join(which)}: {reason}.")
    if pending:
        last = max((one for one in outcomes if not one.ready), key=lambda one: one.about)
        show_pending(", ".join(pending), last)
    return [outcome.value for outcome in outcomes]


def _outcome(opened: Opened, plane: PadPlane, name: str) -> session.Outcome[np.ndarray]:
    field, subject = FIELDS[name], opened.subject
    if why := field.undefined(subject):
        return session.Outcome(True, trouble=f"not available, since {why}")

    def compute() -> np.ndarray:
        return over_cells(plane, SIDE, partial(field.values, subject)).astype(np.float32)

    key = ("field", name, opened.key, bool(subject.load_whole), *plane.home)
    return session.later(key, compute, like=("field", name, opened.source.name))


def over_cells(
    plane: PadPlane, side: int, compute: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """The values (side, side), over a plane, of a function from codes (n, d) to numbers (n,)."""
    cells = box_grid(plane.home, side)
    return compute(plane.latent(cells.reshape(-1, 2))).reshape(side, side)


def pad_field(
    opened: Opened,
    plane: PadPlane,
    name: str,
    values: np.ndarray,
    span: tuple[float, float] | None = None,
) -> Field:
    """Values of a field of FIELDS as the pad draws them: on a colour scale over ``span``, or in
    class colours."""
    field = FIELDS[name]
    if field.is_class:
        classes = opened.source.classes
        kinds = tuple(zip(classes, class_colours(len(classes)), strict=True))
        return Field(field.title, values, plane.home, kinds=kinds)
    return Field(f"{field.title}, {field.unit}", values, plane.home, span)
