"""Form fields generated from the fields of a spec: their type, bounds and explanation.

Values that differ from the defaults are kept in the URL as one list, ``epochs=30;kl_weight=4``.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from explorer.session.marks import read_word, remember
from explorer.session.settings import Setting
from explorer.specs import read_value

_LONGEST = 2000  # characters


def read_assignments(setting: Setting) -> dict[str, Any]:
    """The assignments in the URL, not checked."""
    found: dict[str, Any] = {}
    for part in (read_word(setting) or "")[:_LONGEST].split(";"):
        name, equals, text = part.partition("=")
        if equals:
            found[name] = read_value(text)
    return found


def write_assignments(setting: Setting, values: Mapping[str, Any]) -> None:
    """Write assignments to the URL."""
    parts = (
        f"{name}={value if isinstance(value, str) else json.dumps(value)}"
        for name, value in values.items()
    )
    remember(setting, ";".join(parts))


def field_widget(
    name: str,
    field: FieldInfo,
    value: Any,
    *,
    key: str,
    label: str,
    options: Sequence[str] = (),
    show: Mapping[str, str] | None = None,
) -> Any:
    """Show the widget for a field of a spec; returns its value.

    Args:
        name: the field's name.
        field: pydantic's description of the field.
        value: the initial value.
        key: the widget's key.
        label: the widget's label.
        options: the names to choose from, if the field is a name in a registry.
        show: the titles of these names.
    """
    kind, help = field.annotation, field.description
    options = options or (get_args(kind) if _is_literal(kind) else ())
    if options:
        titles = show or {}
        index = list(options).index(value) if value in options else 0
        return st.selectbox(
            label, options, index, format_func=lambda o: titles.get(o, o), key=key, help=help
        )
    if kind is bool:
        return st.toggle(label, bool(value), key=key, help=help)
    if kind in (int, float):
        low, high = _bounds(field)
        whole = kind is int
        typed = st.number_input(
            label,
            min_value=low if low is None else kind(low),
            max_value=high if high is None else kind(high),
            value=kind(value),
            step=1 if whole else None,
            format="%d" if whole else "%.6g",
            key=key,
            help=help,
        )
        return value if typed is None else typed
    text = st.text_input(label, ", ".join(map(str, value)), key=key, help=help)
    return [read_value(part.strip()) for part in text.split(",") if part.strip()]


def _is_literal(kind: Any) -> bool:
    from typing import Literal

    return get_origin(kind) is Literal


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """The minimum and maximum. An exclusive minimum counts as inclusive; the spec rejects it."""
    low = high = None
    for part in field.metadata:
        low = getattr(part, "ge", getattr(part, "gt", low))
        high = getattr(part, "le", high)
        if hasattr(part, "lt"):
            high = part.lt - 1
    return low, high
