"""What the visitor's page looks like."""

import streamlit as st


def is_dark() -> bool:
    """Whether the page's background is dark. A page that the visitor switches runs again."""
    return st.context.theme.type == "dark"
