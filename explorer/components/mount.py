"""What our components share: how their scripts and styles get to Streamlit."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from explorer.components.bundle import bundle

_THEME = Path(__file__).parent / "web" / "theme.css"


@cache
def component(name: str, web: Path) -> Callable[..., Any]:
    """The component whose script begins at ``streamlit.js`` in the folder ``web``."""
    import streamlit as st

    js = bundle(web, "streamlit.js")
    return st.components.v2.component(f"explorer.{name}", css=style(web), js=js)


def style(web: Path) -> str:
    """The style sheet of a component: what all share, and its own."""
    return "\n".join(file.read_text(encoding="utf-8") for file in (_THEME, web / "style.css"))


def nothing() -> None:
    """A callback: Streamlit keeps a state value only when one of that name is given."""
