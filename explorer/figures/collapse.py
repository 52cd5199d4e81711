"""How a model collapses as its KL weight grows: predicted and measured."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from explorer.figures.palette import ACCENT, NEUTRAL, dimension_colours

# Lines that are not about one dimension; visible on light and dark backgrounds.
INFORMATION, UNITS = "#12a179", NEUTRAL
_FEW = 4  # dimensions, up to which each is named
_REACH = 2.0  # times the largest weight: larger thresholds are not drawn
_TICK_GAP = 0.045  # minimum distance between labels, as a share of the axis's length
_UPPER, _LOWER = {"row": 1, "col": 1}, {"row": 2, "col": 1}


def ordinal(rank: int) -> str:
    """1st, 2nd, 3rd, 4th, …"""
    teen = rank % 100 in (11, 12, 13)
    return f"{rank}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(rank % 10, 'th')}"


def collapse_curve(
    weights: Sequence[float],
    kl: ArrayLike,
    active: Sequence[float],
    current: int,
    *,
    predicted: ArrayLike | None = None,
    information: Sequence[float] = (),
    errors: Sequence[float] = (),
) -> go.Figure:
    """Two panels over the KL weight: the KL of each latent dimension and the mutual information in
    nats per image, and below them active units. Predicted thresholds are dashed lines in the colour
    of their dimension.

    Args:
        weights: (K,) KL weights, ascending.
        kl: (K, d) KL per latent dimension, nats; sorted here, since their order in z is arbitrary.
        active: (K,) active units.
        current: index of the model to mark.
        predicted: (d,) thresholds, largest first; None if unknown.
        information, errors: (K,) mutual information and its standard error, nats; may be empty.
    """
    kl = -np.sort(-np.asarray(kl, dtype=np.float64), axis=1)  # (K, d), largest first
    thresholds = None if predicted is None else np.asarray(predicted, dtype=np.float64).tolist()
    scale = WeightScale(weights)
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.06
    )
    _dimensions(figure, scale, kl, thresholds or [])
    if information:
        figure.add_scatter(
            x=scale.places,
            y=information,
            error_y={"type": "data", "array": list(errors), "visible": bool(errors)},
            name="mutual information",
            customdata=scale.names,
            mode="lines+markers",
            line={"color": INFORMATION, "width": 2},
            hovertemplate="%{customdata}<br>I(x; z) = %{y:.3f} nats<extra></extra>",
            **_UPPER,
        )
    _units(figure, scale, active, thresholds)
    figure.add_vline(
        scale.places[current], line={"color": ACCENT, "width": 8}, opacity=0.25, row="all", col=1
    )
    _axes(figure, scale, kl, information, thresholds or [])
    figure.update_layout(
        height=460,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return figure


class WeightScale:
    """The positions of KL weights on an axis: linear near 0, logarithmic beyond.

    So a weight of 0 has a position, and the weights between which dimensions die are well apart.
    """

    def __init__(self, weights: Sequence[float]) -> None:
        positive = [weight for weight in weights if weight > 0] or [1.0]
        self.unit = min(3 * min(positive), (min(positive) * max(positive)) ** 0.5)
        self.weights = list(weights)
        self.places = [self.of(weight) for weight in weights]
        self.names = [f"β = {weight:g}" for weight in weights]

    def of(self, weight: float) -> float:
        """The position of a weight."""
        return float(np.arcsinh(weight / self.unit))

    def reaches(self, weight: float) -> bool:
        """Whether a weight is close enough to those of the sweep to be drawn."""
        return weight <= _REACH * max(self.weights)


def _dimensions(
    figure: go.Figure, scale: WeightScale, kl: np.ndarray, thresholds: Sequence[float]
) -> None:
    """The KL of each dimension, and the weight at which it should die."""
    count = kl.shape[1]
    for rank, colour in enumerate(dimension_colours(count), start=1):
        figure.add_scatter(
            x=scale.places,
            y=kl[:, rank - 1].tolist(),
            name=f"KL of the {ordinal(rank)} dimension",
            customdata=scale.names,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            showlegend=count <= _FEW or rank in (1, count),
            hovertemplate="%{customdata}<br>KL %{y:.3f} nats<extra>%{fullData.name}</extra>",
            **_UPPER,
        )
        threshold = thresholds[rank - 1] if rank <= len(thresholds) else 0.0
        if threshold <= 0 or not scale.reaches(threshold):
            continue
        x = scale.of(threshold)
        line = {"color": colour, "width": 1.5, "dash": "dash"}
        figure.add_vline(x, line=line, **_UPPER)
        if count <= _FEW:
            figure.add_annotation(
                text=f"{ordinal(rank)} dies at {threshold:.3g}",
                font={"color": colour},
                textangle=-90,
                x=x,
                y=0.98,
                yref="y domain",
                xanchor="right",
                yanchor="top",
                showarrow=False,
            )


def _units(
    figure: go.Figure,
    scale: WeightScale,
    active: Sequence[float],
    thresholds: Sequence[float] | None,
) -> None:
    """Active units, predicted and measured. Where a unit died between two weights is unknown, so
    the step is drawn in the middle."""
    if thresholds is not None:
        start, end = min(scale.weights), max(scale.weights)
        deaths = sorted(t for t in thresholds if t > start and scale.reaches(t))
        alive = sum(t > start for t in thresholds)
        x, y = [start], [alive]
        for death in deaths:
            x += [death, death]
            y += [alive, alive - 1]
            alive -= 1
        figure.add_scatter(
            x=[scale.of(weight) for weight in [*x, max(end, x[-1])]],
            y=[*y, alive],
            name="active units, predicted",
            mode="lines",
            line={"color": UNITS, "width": 2, "dash": "dash"},
            hoverinfo="skip",
            showlegend=False,
            **_LOWER,
        )
    figure.add_scatter(
        x=scale.places,
        y=list(active),
        name="active units, measured",
        customdata=scale.names,
        mode="lines+markers",
        line={"color": UNITS, "width": 2, "shape": "hvh"},
        showlegend=False,
        hovertemplate="%{customdata}<br>%{y:.0f} active units<extra></extra>",
        **_LOWER,
    )


def _axes(
    figure: go.Figure,
    scale: WeightScale,
    kl: np.ndarray,
    information: Sequence[float],
    thresholds: Sequence[float],
) -> None:
    dimensions = kl.shape[1]
    # At a KL weight of 0 the KL is so large that it would flatten all other curves.
    held = [index for index, weight in enumerate(scale.weights) if weight > 0]
    values = [*kl[held].ravel(), *(information[index] for index in held if information)]
    top = 1.08 * max([1e-3, *(value for value in values if np.isfinite(value))])
    figure.update_yaxes(title_text="nats per image", range=[-0.04 * top, top], **_UPPER)
    figure.update_yaxes(
        title_text="active units",
        dtick=max(1, dimensions // 4),
        range=[-0.15 * dimensions, 1.15 * dimensions],
        **_LOWER,
    )
    last = max([scale.places[-1], *(scale.of(t) for t in thresholds if scale.reaches(t))])
    length = max(last - scale.places[0], 1e-3)
    ticks: list[int] = []
    for index, place in enumerate(scale.places):
        if not ticks or place - scale.places[ticks[-1]] >= _TICK_GAP * length:
            ticks.append(index)
    figure.update_xaxes(
        range=[scale.places[0] - 0.04 * length, last + 0.04 * length],
        tickvals=[scale.places[index] for index in ticks],
        ticktext=[f"{scale.weights[index]:g}" for index in ticks],
        zeroline=False,
    )
    figure.update_xaxes(title_text="KL weight β (dimensionless)", **_LOWER)
    beyond = [name for name, row in zip(scale.names, kl, strict=True) if row.max() > top]
    if beyond:
        figure.add_annotation(
            text=f"↑ {', '.join(beyond)}: {kl.max():.0f} nats",
            x=0.45,
            y=0.98,
            xref="x domain",
            yref="y domain",
            xanchor="center",
            yanchor="top",
            showarrow=False,
        )
