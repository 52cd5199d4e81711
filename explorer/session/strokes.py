"""A drawing in the URL: its strokes, which are no widget, in a form short enough for a link."""

import re
from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer.components.draw_pad import MAX_POINTS, MAX_STROKES, read_strokes
from explorer.datasets.ink import Stroke
from explorer.session.settings import Setting

_UNITS = 1000  # of the field's side: what the pad rounds to
_LONGEST = 4 * MAX_POINTS * MAX_STROKES + MAX_STROKES  # letters that any drawing takes
_LONGEST_LINK = 6000  # letters; servers and chats cut off addresses much beyond it
_POINT = re.compile("([0-9a-z]{2})([0-9a-z]{2})")
_KEPT = f"{Setting.STROKES.value}: what was drawn last"


def drawn_strokes() -> tuple[Stroke, ...]:
    """The strokes the URL names; a change of page empties it, and then those drawn last.

    A coordinate is written as two digits to the base 36, in thousandths of the field; the points
    of a stroke follow one another and strokes are separated by dots. What cannot be read is left
    out.
    """
    text = st.query_params.get(Setting.STROKES.value, st.session_state.get(_KEPT, ""))
    strokes = [
        [(int(x, 36) / _UNITS, int(y, 36) / _UNITS) for x, y in _POINT.findall(part)]
        for part in text[:_LONGEST].split(".")
    ]
    return read_strokes(strokes) or ()


def remember_strokes(strokes: Sequence[Stroke]) -> None:
    """Keep the strokes for the session, and in the URL unless that became too long."""
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
