"""How much noise on images passes through an autoencoder, by the size of the noise."""

import plotly.graph_objects as go

from explorer.analysis.geometry import Gain
from explorer.figures.palette import ACCENT, NEUTRAL

_NORMAL = "#e8590c"
_KINDS = (("tangent", "along the tangent plane", ACCENT), ("normal", "normal to it", _NORMAL))


def gain_curve(gain: Gain, control: Gain) -> go.Figure:
    """Gain against noise size for both kinds of noise, with standard errors; the control is dashed.

    Args:
        gain: the gain of the trained model.
        control: the gain of a random network of the same shape, on the same images.
    """
    figure = go.Figure()
    for found, dash, whose in ((gain, "solid", ""), (control, "dash", ", random network")):
        for kind, words, colour in _KINDS:
            figure.add_scatter(
                x=found.sizes,
                y=getattr(found, kind),
                error_y={"type": "data", "array": getattr(found, f"{kind}_error")},
                name=words + whose,
                mode="lines+markers",
                line={"color": colour, "dash": dash, "width": 2},
                hovertemplate="‖δ‖ = %{x:.2f}<br>gain %{y:.3f} ± %{error_y.array:.3f}"
                "<extra>%{fullData.name}</extra>",
            )
    figure.add_hline(1, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    figure.update_layout(
        xaxis={"title": "size of the noise ‖δ‖, pixel units", "type": "log", "dtick": "D2"},
        yaxis={"title": "gain ‖Δ out‖ / ‖δ‖", "rangemode": "tozero"},
        height=340,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 11}},
    )
    return figure
