"""How to run the app for others: the same text that the repository contains."""

from functools import cache
from pathlib import Path

import streamlit as st

GUIDE = Path(__file__).parents[2] / "deployment" / "README.md"


def show_guide() -> None:
    """The guide, folded away."""
    title, text = guide()
    with st.expander(title):
        st.markdown(text)


@cache
def guide() -> tuple[str, str]:
    """The title of the guide and its text, with headings that are small enough for a page."""
    title, _, text = GUIDE.read_text(encoding="utf-8").partition("\n")
    return title.removeprefix("# "), text.replace("\n## ", "\n#### ")
