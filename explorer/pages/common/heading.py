"""The line at the top of every page: what it is for, where to start, and how much it shows."""

import streamlit as st

from explorer import session
from explorer.pages.common.start import show_doors

KEY = "heading"
# A button of the usual height would make the line taller than its text.
STYLE = f".st-key-{KEY} button {{ min-height: 1.5rem }}"


def show_heading(purpose: str, with_start: bool = True) -> None:
    """Show the line.

    Args:
        purpose: a sentence on what the page is for, short enough for one line.
        with_start: whether the doors of the start card are in a menu; not below the card itself.
    """
    row = st.container(horizontal=True, vertical_alignment="center", key=KEY)
    row.caption(purpose, width="stretch")
    with row:
        if with_start:
            with st.popover("Start", type="tertiary"):
                show_doors("menu")
        session.detail_switch()
        session.remember_start()
