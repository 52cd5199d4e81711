"""Whether a visitor still has to be shown where to start, which their browser remembers."""

import streamlit as st

from explorer.components.browser_memory import remember_in_browser

COOKIE = "explorer_started"
_WANTED = "whether the start card is shown"
_USED = "whether the start card or its menu was used"


def is_new_here() -> bool:
    """Whether to show where to start: to a browser that has not been there, and that opens the app
    without a link to something else. The answer changes only by ``end_start``."""
    if _WANTED not in st.session_state:
        st.session_state[_WANTED] = not (_has_started() or st.query_params)
    return bool(st.session_state[_WANTED])


def end_start() -> None:
    """The visitor has used the start card, or closed it."""
    st.session_state[_WANTED], st.session_state[_USED] = False, True


def remember_start() -> None:
    """Have the browser remember that the start card has been used, once it has been."""
    if st.session_state.get(_USED) and not _has_started():
        remember_in_browser(COOKIE)


def _has_started() -> bool:
    return isinstance(st.context.cookies.get(COOKIE), str)
