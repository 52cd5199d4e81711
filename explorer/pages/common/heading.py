"""The line at the top of every page: what it is for, where to start, and how much it shows."""

from typing import Literal

import streamlit as st

from explorer import session
from explorer.pages.common.start import show_doors

KEY = "heading"  # the style sheet of the page knows it


def show_heading(
    purpose: str, with_start: bool = True, plane: Literal["alone", "together"] | None = None
) -> None:
    """Show the line.

    Args:
        purpose: a sentence on what the page is for, short enough for one line.
        with_start: whether the doors of the start card are in a menu; not below the card itself.
        plane: whether a plane follows, or several, which are the first thing on a phone.
    """
    if plane:
        st.container(key=f"plane-comes-{plane}").caption(" ")  # the style sheet keeps its place
    row = st.container(horizontal=True, vertical_alignment="center", key=KEY)
    row.caption(purpose, width="stretch")
    with row:
        if with_start:
            with st.popover("Start", type="tertiary"):
                show_doors("menu")
        session.detail_switch()
        session.remember_start()
