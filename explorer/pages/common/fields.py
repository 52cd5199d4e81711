"""A field under a plane, computed in the background and shown when it is ready."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.fields import FIELDS, OVER, HomeField
from explorer.components.latent_pad import Field, PadPlane
from explorer.figures import class_colours
from explorer.pages.common.models import Opened
from explorer.pages.common.pending import show_pending


def with_field(opened: Opened, plane: PadPlane, name: str) -> PadPlane:
    """The plane with a field of FIELDS under it. If the field is not ready or not available, the
    plane is returned without it and a caption says why."""
    (found,) = field_values([(opened, name)])
    return plane if found is None else plane.varied(field=pad_field(opened, name, found))


def field_values(wanted: Sequence[tuple[Opened, str]]) -> list[HomeField | None]:
    """Fields of FIELDS over the planes of models; None for a field that is not ready or not
    available. One caption per reason says why."""
    outcomes = [field_of(opened, name) for opened, name in wanted]
    say_what_lacks(wanted, outcomes)
    return [outcome.value for outcome in outcomes]


def say_what_lacks(
    wanted: Sequence[tuple[Opened, str]], outcomes: Sequence[session.Outcome[HomeField]]
) -> None:
    """Say in captions which fields of models are being computed or not available, and why."""
    pending: list[str] = []
    why: dict[str, list[str]] = {}
    for (opened, name), outcome in zip(wanted, outcomes, strict=True):
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


def field_of(opened: Opened, name: str, part: str = "home") -> session.Outcome[HomeField]:
    """A field of FIELDS over a part of PARTS of a model's plane, computed in the background."""
    if why := FIELDS[name].undefined(opened.subject):
        return session.Outcome(True, trouble=f"not available, since {why}")
    return opened.once(f"field {name} over {part}", OVER[part][name])


def pad_field(
    opened: Opened, name: str, found: HomeField, span: tuple[float, float] | None = None
) -> Field:
    """A field of FIELDS as the pad draws it: on a colour scale over ``span``, or in class
    colours."""
    field, values, box = FIELDS[name], found.values.astype(np.float32), found.home
    if field.is_class:
        classes = opened.source.classes
        kinds = tuple(zip(classes, class_colours(len(classes)), strict=True))
        return Field(field.title, values, box, kinds=kinds, help=field.caption)
    return Field(f"{field.title}, {field.unit}", values, box, span, help=field.caption)
