"""The rate–distortion curve of a KL-weight series (Alemi et al. 2018)."""

from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.figures.palette import ACCENT


def rate_distortion(
    rates: Sequence[float],
    distortions: Sequence[float],
    weights: Sequence[float],
    current: int,
) -> go.Figure:
    """Distortion −E log p(x|z) against rate KL, both in nats per image, one point per KL weight.

    Args:
        rates, distortions, weights: per model, in order of the weight.
        current: index of the model to mark.
    """
    labels = [f"β = {weight:g}" for weight in weights]
    figure = go.Figure()
    figure.add_scatter(
        x=rates,
        y=distortions,
        customdata=labels,
        mode="lines+markers",
        line={"color": ACCENT, "width": 2},
        marker={"size": 7},
        hovertemplate="%{customdata}<br>rate %{x:.2f}<br>distortion %{y:.2f}<extra></extra>",
        name="series",
    )
    figure.add_scatter(
        x=[rates[current]],
        y=[distortions[current]],
        mode="markers+text",
        text=[labels[current]],
        textposition="top right",
        marker={"size": 16, "color": ACCENT, "symbol": "circle-open", "line": {"width": 3}},
        hoverinfo="skip",
        name="current weight",
    )
    # Without any KL weight the rate runs away and would press all the others to one side.
    shown = [rate for rate, weight in zip(rates, weights, strict=True) if weight > 0] or [1.0]
    edge = 1.15 * max(shown)
    beyond = [label for label, rate in zip(labels, rates, strict=True) if rate > edge]
    if beyond:
        figure.add_annotation(
            text=f"{', '.join(beyond)}: beyond, double-click to see",
            x=1,
            y=1,
            xref="paper",
            yref="paper",
            xanchor="right",
            yanchor="top",
            showarrow=False,
        )
    figure.update_layout(
        xaxis_range=[-0.05 * edge, edge],
        xaxis_title="rate: KL, nats per image",
        yaxis_title="distortion: −E log p(x|z), nats per image",
        showlegend=False,
        height=340,
        margin={"l": 10, "r": 10, "t": 24, "b": 10},
    )
    return figure
