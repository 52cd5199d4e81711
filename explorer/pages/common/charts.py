"""Charts as all pages show them: who points at one can save it as SVG."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st


def show_chart(figure: go.Figure, name: str) -> None:
    """Show a figure.

    Args:
        figure: the figure.
        name: of the file that it is saved as; it distinguishes the figure from others on the page.
    """
    st.plotly_chart(figure, config=_buttons(name), key=f"chart {name}")


def _buttons(name: str) -> dict[str, Any]:
    """Plotly's settings for a single button, which saves the chart."""
    return {
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "svg", "filename": name},
    }
