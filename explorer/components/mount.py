"""What our components share: how their scripts and styles are passed to Streamlit."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from explorer.components.bundle import bundle

_THEME = Path(__file__).parent / "web" / "theme.css"


@cache
def component(name: str, web: Path) -> Callable[..., Any]:
    """The component whose entry script is ``streamlit.js`` in the folder ``web``."""
    import streamlit as st

    js = bundle(web, "streamlit.js")
    return st.components.v2.component(f"explorer.{name}", css=style(web), js=js)


def style(web: Path) -> str:
    """The style sheet of a component: the shared rules, then its own."""
    return "\n".join(file.read_text(encoding="utf-8") for file in (_THEME, web / "style.css"))


def nothing() -> None:
    """A callback that does nothing: Streamlit keeps a state value only if it has a callback."""
