"""A word that the browser remembers for a year, as a cookie that comes with its later visits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from explorer.components.bundle import bundle

WEB = Path(__file__).parent / "web"


def remember_in_browser(name: str) -> None:
    """Set a cookie of that name, which says no more than that it is there."""
    _component()(key=f"the browser remembers {name}", data={"name": name})


@cache
def _component() -> Callable[..., Any]:
    import streamlit as st

    return st.components.v2.component("explorer.browser_memory", js=bundle(WEB, "streamlit.js"))
