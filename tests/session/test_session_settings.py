"""Widgets bound to the URL, in the runs of a page."""

from __future__ import annotations

from streamlit.elements.lib import policies
from streamlit.testing.v1 import AppTest

from explorer.session import links


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


def menu_page(options: str = "a b c") -> None:
    import streamlit as st

    from explorer import session

    session.begin_link()
    chosen = session.choose(session.Setting.MODEL, "Model", options.split(), default="b")
    session.slide(session.Setting.HOLE_DISTANCE, "Far", 0.0, 2.0, 1.5, 0.5)
    session.number(session.Setting.SEED, "Seed", 0, 9, 3)
    session.switch(session.Setting.REPLAY, "Replay")
    session.pick(session.Setting.PATH, "Path", ["linear", "spherical"])
    st.text(chosen)


def test_a_link_names_everything_also_what_is_at_its_default() -> None:
    at = AppTest.from_function(menu_page).run(timeout=60)
    assert shown(at) == {
        "model": "b",
        "far": "1.5",
        "seed": "3",
        "replay": "false",
        "path": "linear",
    }
    at.selectbox[0].select("c").run(timeout=60)
    again = AppTest.from_function(menu_page)
    again.query_params.update(shown(at))
    assert shown(again.run(timeout=60)) == shown(at)


def shown(at: AppTest) -> dict[str, str]:
    assert not at.exception
    return {str(name): text for name, text in at.session_state[links._SHOWN].items()}


def test_what_is_not_here_is_said_and_nothing_is_shown_instead() -> None:
    at = AppTest.from_function(menu_page)
    at.query_params["model"] = "gone"
    at.run(timeout=60)
    assert "model “gone”, which is not here" in at.info[0].value
    assert not at.text
    at.run(timeout=60)
    assert not at.text, "it is not forgotten in the next run"
    at.selectbox[0].select("a").run(timeout=60)
    assert at.text[0].value == "a"
    assert not at.info
    assert at.run(timeout=60).text[0].value == "a"
