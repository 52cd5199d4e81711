"""A field to draw in, with a mouse, a pen or a finger.

The pad itself is JavaScript (``web/``) and independent of Streamlit. Only the pad changes the
strokes: after each stroke, and after Undo and Clear, it reports all of them. Strokes from Python
are used only when a pad first appears. So no rerun, however late, brings back what was undone, and
a page that passes back what was reported restores the drawing when the visitor returns::

    strokes = draw_pad(strokes=remembered, key="drawing")
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from explorer.components.draw_pad.strokes import MAX_POINTS, MAX_STROKES, read_strokes
from explorer.components.mount import component, nothing
from explorer.datasets.ink import Stroke

__all__ = ["MAX_POINTS", "MAX_STROKES", "draw_pad", "read_strokes"]

WEB = Path(__file__).parent / "web"


def draw_pad(
    *,
    strokes: Sequence[Stroke] = (),
    pen: float = 0.1,
    prompt: str = "Draw here",
    height: int = 320,
    key: str,
    on_change: Callable[[], None] | None = None,
) -> tuple[Stroke, ...]:
    """Show the field and return the strokes in it, in the order they were drawn.

    Args:
        strokes: what to show at first, if the visitor has not drawn yet.
        pen: the width of a stroke on the screen, as a share of the field's side.
        prompt: the text in the empty field.
        height: the side of the field in CSS pixels; less if there is less room.
        on_change: called before the rerun that a stroke, Undo or Clear causes.
    """
    import streamlit as st

    # What the browser last said is in session state before the component is mounted.
    said = read_strokes(st.session_state.get(key, {}).get("strokes"))
    known = (read_strokes(strokes) or ()) if said is None else said
    component("draw_pad", WEB)(
        key=key,
        data={
            "strokes": known,
            "pen": pen,
            "prompt": prompt,
            "height": height,
            "limits": {"strokes": MAX_STROKES, "points": MAX_POINTS},
        },
        on_strokes_change=on_change or nothing,
    )
    return known
