"""Plain or expert: whether pages show all numbers, kept in the URL for all pages together."""

import streamlit as st

from explorer.session.links import note
from explorer.session.marks import read_word, remember
from explorer.session.settings import Setting

PLAIN, EXPERT = "plain", "expert"
_KEY = "whether all numbers are shown"


def shows_all() -> bool:
    """Whether the visitor has asked for all numbers, also for those that only experts read."""
    return read_word(Setting.DETAIL) == EXPERT


def detail_switch() -> None:
    """The switch between a page's plain numbers and all of them."""
    st.session_state[_KEY] = shows_all()
    note(Setting.DETAIL, EXPERT if shows_all() else PLAIN)

    def write() -> None:
        remember(Setting.DETAIL, EXPERT if st.session_state[_KEY] else PLAIN)

    st.toggle(
        "Expert",
        key=_KEY,
        on_change=write,
        help="Also show the numbers that only experts read, such as −ELBO and kNN accuracy.",
    )
