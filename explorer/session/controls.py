"""The choices that models need before they have a plane: shown by one helper, kept in the URL.

All choices are in one query parameter, ``view=class:3,level:2``, which all pages share.
"""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from explorer.models import Control
from explorer.session.links import note
from explorer.session.marks import read_word, remember
from explorer.session.settings import Setting

_LONGEST = 400  # characters
_ANCHORS = 999_999  # the largest image index that can be typed


def view_controls(wanted: Sequence[tuple[Control, Sequence[str]]]) -> dict[str, str]:
    """Ask for a choice of each control; controls of several models that share a name are asked for
    once.

    Args:
        wanted: controls, each with the names of its data set's classes.

    Returns:
        A control's name → its choice. A model whose control lacks that option ignores the choice.
    """
    merged = _merged(wanted)
    if not merged:
        return {}
    linked = _linked()
    row = st.container(horizontal=True, vertical_alignment="bottom")
    chosen = {}
    for control, classes in merged:
        choice = linked.get(control.name, control.default)
        choice = choice if control.accepts(choice) else control.default
        with row.container(width=220):
            chosen[control.name] = _widget(control, choice, classes)
    note(Setting.VIEW, ",".join(f"{name}:{choice}" for name, choice in chosen.items()))
    return chosen


def option_title(control: Control, choice: str, classes: Sequence[str]) -> str:
    """An option as visitors see it: the name of the class, or the option itself."""
    if control.classes and choice.isdecimal() and int(choice) < len(classes):
        return classes[int(choice)]
    return choice


def _merged(
    wanted: Sequence[tuple[Control, Sequence[str]]],
) -> list[tuple[Control, Sequence[str]]]:
    """One control per name, with the options of all controls of that name."""
    merged: dict[str, tuple[Control, Sequence[str]]] = {}
    for control, classes in wanted:
        if control.name not in merged:
            merged[control.name] = (control, classes)
            continue
        first, names = merged[control.name]
        options = dict.fromkeys((*first.options, *control.options))
        merged[control.name] = (replace(first, options=tuple(options)), names)
    return list(merged.values())


def _linked() -> dict[str, str]:
    """The choices in the URL, not checked."""
    text = (read_word(Setting.VIEW) or "")[:_LONGEST]
    pairs = (part.partition(":") for part in text.split(","))
    return {name: choice for name, colon, choice in pairs if colon}


def _widget(control: Control, choice: str, classes: Sequence[str]) -> str:
    """The widget of a control, which shows the choice in the URL and writes a new one there."""
    key = f"choice of {control.name}"

    def write() -> None:
        value = st.session_state[key]
        text = f"{value:.0f}" if isinstance(value, float) else str(value)
        choices = {**_linked(), control.name: text}
        remember(Setting.VIEW, ",".join(f"{name}:{one}" for name, one in choices.items()))

    def show(option: str) -> str:
        return option_title(control, option, classes)

    if control.anchor:
        st.session_state[key] = float(choice)
        typed = st.number_input(
            control.title,
            0.0,
            float(_ANCHORS),
            step=1.0,
            format="%.0f",
            key=key,
            on_change=write,
            help="The index of a held-out image.",
        )
        return f"{typed:.0f}"
    st.session_state[key] = choice
    if control.ordered:
        return str(
            st.select_slider(
                control.title, control.options, format_func=show, key=key, on_change=write
            )
        )
    return str(
        st.selectbox(control.title, control.options, format_func=show, key=key, on_change=write)
    )
