"""A drawing in the URL: its strokes, which are not a widget, in a form short enough for a link."""

import re
from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer.components.draw_pad import MAX_POINTS, MAX_STROKES, read_strokes
from explorer.datasets.ink import Stroke
from explorer.session.settings import Setting

_UNITS = 1000  # per side of the field: the precision to which the pad rounds
_LONGEST = 4 * MAX_POINTS * MAX_STROKES + MAX_STROKES  # characters of the longest drawing
_LONGEST_LINK = 6000  # characters; servers and chats cut off URLs that are much longer
_POINT = re.compile("([0-9a-z]{2})([0-9a-z]{2})")
_KEPT = f"{Setting.STROKES.value}: what was drawn last"


def drawn_strokes() -> tuple[Stroke, ...]:
    """The strokes in the URL; after a change of page, which empties it, those drawn last.

    A coordinate is written as two digits in base 36, in thousandths of the field; the points of a
    stroke follow one another and strokes are separated by dots. Unreadable parts are left out.
    """
    text = st.query_params.get(Setting.STROKES.value, st.session_state.get(_KEPT, ""))
    strokes = [
        [(int(x, 36) / _UNITS, int(y, 36) / _UNITS) for x, y in _POINT.findall(part)]
        for part in text[:_LONGEST].split(".")
    ]
    return read_strokes(strokes) or ()


def remember_strokes(strokes: Sequence[Stroke]) -> None:
    """Keep the strokes in the session, and in the URL unless it would become too long."""
    text = ".".join(
        "".join(_digits(value) for point in stroke for value in point) for stroke in strokes
    )
    st.session_state[_KEPT] = text
    name = Setting.STROKES.value
    if not text or len(text) > _LONGEST_LINK:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != text:
        st.query_params[name] = text


def _digits(value: float) -> str:
    return np.base_repr(round(value * _UNITS), 36).lower().zfill(2)
