"""Widgets bound to the URL, in the runs of a page."""

from __future__ import annotations

from streamlit.elements.lib import policies
from streamlit.testing.v1 import AppTest


def linked_page() -> None:
    """A page that runs twice at once, as one does whose results are ready when it ends."""
    import streamlit as st

    from explorer import session

    chosen = session.choose(session.Setting.MODEL, "Model", ["a", "b", "c"], default="b")
    if "again" not in st.session_state:
        st.session_state["again"] = True
        st.rerun()
    st.text(chosen)


def test_a_link_is_nothing_to_warn_of_when_its_page_runs_again(monkeypatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)
    monkeypatch.setattr(policies._LOGGER, "warning", lambda *words, **_: warnings.append(words[0]))
    at = AppTest.from_function(linked_page)
    at.query_params["model"] = "c"
    assert at.run(timeout=60).text[0].value == "c"
    assert not warnings
