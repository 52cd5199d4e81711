"""Inference gaps, true posteriors, KL by dimension, and collapse during training."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike
from plotly.subplots import make_subplots

from explorer.figures.collapse import ordinal
from explorer.figures.palette import ACCENT, dimension_colours
from explorer.figures.progress import entry_width
from explorer.training.progress import EpochRecord

_BINS = 40
_MEAN = "#808495"  # visible on light and dark backgrounds
_FEW = 4  # dimensions whose thresholds are drawn
_MARGIN = {"l": 10, "r": 10, "t": 10, "b": 10}


def gap_histogram(gaps: ArrayLike) -> go.Figure:
    """Histogram of inference gaps log p(x) − ELBO (N,), nats, with the mean marked."""
    values = np.asarray(gaps, dtype=np.float64)
    figure = go.Figure(go.Histogram(x=values, nbinsx=_BINS, marker_color=ACCENT))
    mean = float(values.mean())
    figure.add_vline(
        mean,
        line={"dash": "dash", "color": _MEAN},  # plotly's own is invisible on a dark page
        annotation_text=f"mean {mean:.2f}",
        annotation_position="top right",
    )
    figure.update_layout(
        xaxis_title="log p(x) − ELBO, nats", yaxis_title="images", height=260, margin=_MARGIN
    )
    return figure


def posterior_map(
    share: ArrayLike, box: tuple[float, float, float, float], mean: ArrayLike, scale: ArrayLike
) -> go.Figure:
    """p(z|x) relative to its peak as a heat map, with the 1σ and 2σ ellipses of q(z|x) on top.

    Args:
        share: (rows, columns) p(z|x) at the centres of the box's cells, row 0 at the top.
        box: xmin, xmax, ymin, ymax.
        mean, scale: (2,) mean and standard deviation of q(z|x).
    """
    values = np.asarray(share, dtype=np.float64)[::-1]
    (x0, y0), (sx, sy) = np.asarray(mean, np.float64), np.asarray(scale, np.float64)
    left, right, low, high = box
    rows, columns = values.shape
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=left + (np.arange(columns) + 0.5) * (right - left) / columns,
            y=low + (np.arange(rows) + 0.5) * (high - low) / rows,
            colorscale="Viridis",
            colorbar={"title": "p(z|x)", "thickness": 10},
            hovertemplate="%{x:.3f}, %{y:.3f}: %{z:.2f} of the peak<extra></extra>",
        )
    )
    turn = np.linspace(0, 2 * np.pi, 90)
    for sigmas, dash in ((1, "solid"), (2, "dot")):
        figure.add_scatter(
            x=x0 + sigmas * sx * np.cos(turn),
            y=y0 + sigmas * sy * np.sin(turn),
            name=f"q(z|x), {sigmas}σ",
            mode="lines",
            line={"color": "#ff5a36", "dash": dash, "width": 2},
        )
    figure.update_layout(
        xaxis_title="z₁",
        yaxis_title="z₂",
        height=320,
        margin=_MARGIN,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    figure.update_yaxes(scaleanchor="x", constrain="domain")
    figure.update_xaxes(constrain="domain")
    return figure


def kl_bars(kl: ArrayLike) -> go.Figure:
    """The mean KL of each latent dimension (d,), nats per image, in the order of z."""
    values = np.asarray(kl, dtype=np.float64)
    names = [f"z{d + 1}" for d in range(len(values))]
    figure = go.Figure(go.Bar(x=values, y=names, orientation="h", marker_color=ACCENT))
    figure.update_yaxes(autorange="reversed")
    figure.update_layout(
        xaxis_title="KL, nats per image",
        height=90 + 26 * min(len(values), 20),
        margin=_MARGIN,
    )
    return figure


def collapse_meter(
    records: Sequence[EpochRecord], predicted: Sequence[float] | None = None
) -> go.Figure:
    """KL of the latent dimensions by epoch, ranked by size in each epoch; below, the KL weight.
    Dashed lines mark the weights at which theory predicts each dimension to die.

    Args:
        records: the epochs of a run.
        predicted: (d,) thresholds, largest first; None if unknown.
    """
    epochs = [record.epoch for record in records]
    kl = np.array([np.concatenate(record.held_out.kl) for record in records])  # (epochs, d)
    kl = -np.sort(-kl, axis=1)
    figure = make_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.6, 0.4], vertical_spacing=0.06
    )
    colours = dimension_colours(min(kl.shape[1], 10))
    few = len(colours) <= _FEW
    for rank, colour in enumerate(colours):
        figure.add_scatter(
            x=epochs,
            y=kl[:, rank],
            name=f"{ordinal(rank + 1)} dimension" if few else ordinal(rank + 1),
            line={"color": colour, "width": 2},
            row=1,
            col=1,
        )
    weights = [record.kl_weight for record in records]
    figure.add_scatter(
        x=epochs,
        y=weights,
        name="KL weight β",
        line={"color": ACCENT, "width": 2},
        showlegend=few,
        row=2,
        col=1,
    )
    reach = 2 * max([*weights, 1e-9])
    for rank, threshold in enumerate(list(predicted or [])[:_FEW]):
        if threshold <= reach:
            figure.add_hline(
                threshold,
                line={"color": colours[rank], "dash": "dash"},
                annotation_text=f"{ordinal(rank + 1)} dies at {threshold:.3g}",
                row=2,
                col=1,
            )
    figure.update_yaxes(title_text="KL, nats", rangemode="tozero", row=1, col=1)
    figure.update_yaxes(title_text="β", rangemode="tozero", row=2, col=1)
    figure.update_xaxes(title_text="epoch", row=2, col=1)
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 10}}
    if not few:
        legend |= {"title": {"text": "dimension"}, "entrywidth": entry_width(["10th"])}
    figure.update_layout(height=420, margin=_MARGIN, legend=legend)
    return figure
