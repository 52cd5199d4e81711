"""What a page shows, in the words of its address, for a link that names all of it.

Streamlit leaves out of the address what is at its default. Such a link would show something else as
soon as a default changes, so each control notes what it shows, default or not.
"""

import streamlit as st

_SHOWN = "what the page shows, by its names in the address"


def begin_link() -> None:
    """To be called before a page runs: nothing is shown yet."""
    st.session_state[_SHOWN] = {}


def note(name: str, text: str) -> None:
    """Note what a control of the page shows."""
    st.session_state.setdefault(_SHOWN, {})[name] = text


def shown_settings() -> dict[str, str]:
    """Everything that the page shows, by its names in the address."""
    return dict(st.session_state.get(_SHOWN, {}))
