"""The progress of a run: loss terms and the KL of each latent dimension, by epoch."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.palette import ACCENT, NEUTRAL, dimension_colours
from explorer.training.progress import EpochRecord

_TERMS = (("total", "total"), ("reconstruction", "reconstruction"))
_MOST_DIMENSIONS = 10
_MOST_EPOCHS = 300  # a curve is not wider than so many pixels


def loss_terms(records: Sequence[EpochRecord]) -> go.Figure:
    """Total loss and reconstruction on validation and training images, nats per image."""
    records = _shown(records)
    epochs = np.array([record.epoch for record in records])
    figure = go.Figure()
    for term, name in _TERMS:
        for kind, dash in (("train", "dot"), ("held_out", "solid")):
            figure.add_scatter(
                x=epochs,
                y=np.array([getattr(getattr(record, kind), term) for record in records]),
                name=name if kind == "held_out" else f"{name}, training",
                mode="lines",
                line={"color": ACCENT if term == "total" else NEUTRAL, "dash": dash},
            )
    below = any(value < 0 for trace in figure.data for value in trace.y)
    note = "<br><sup>below 0, as a density can exceed 1</sup>" if below else ""
    return _framed(figure, f"loss, nats per image{note}")


def kl_by_dimension(records: Sequence[EpochRecord], groups: Sequence[str] = ("z",)) -> go.Figure:
    """KL(q(z|x) ‖ p(z)) of each latent dimension on validation images, nats per image.

    Args:
        records: the epochs of a run.
        groups: names of the groups of latents for which the model reports its KL.
    """
    records = _shown(records)
    epochs = np.array([record.epoch for record in records])
    series = [[kl for level in record.held_out.kl for kl in level] for record in records]
    count = len(series[-1]) if series else 0
    names = _names(records[-1].held_out.kl, groups) if records else []
    # If there are too many dimensions, show those with the largest KL.
    shown = sorted(range(count), key=lambda d: -series[-1][d])[:_MOST_DIMENSIONS]
    figure = go.Figure()
    for colour, dimension in zip(dimension_colours(len(shown)), sorted(shown), strict=True):
        figure.add_scatter(
            x=epochs,
            y=np.array([values[dimension] for values in series]),
            name=names[dimension],
            mode="lines",
            line={"color": colour},
        )
    return _framed(figure, "KL, nats per image")


def _shown(records: Sequence[EpochRecord]) -> Sequence[EpochRecord]:
    """As many of the epochs as can be told apart, evenly spaced, with the first and the last."""
    if len(records) <= _MOST_EPOCHS:
        return records
    places = np.linspace(0, len(records) - 1, _MOST_EPOCHS).round().astype(int)
    return [records[place] for place in places]


def _names(kl: Sequence[Sequence[float]], groups: Sequence[str]) -> list[str]:
    """``z1``, ``z2``, … for one group; for several ``group 1``, …, or just ``group`` if it has one
    dimension."""
    if len(kl) == 1:
        return [f"{groups[0]}{index + 1}" for index in range(len(kl[0]))]
    return [
        f"{name} {index + 1}" if len(values) > 1 else name
        for name, values in zip(groups, kl, strict=True)
        for index in range(len(values))
    ]


def entry_width(names: Sequence[str]) -> int:
    """Room for the longest of these names in a legend, in pixels: narrow columns for short names,
    so that many of them fit side by side."""
    return 10 + round(6.3 * max(map(len, names), default=0))


def _framed(figure: go.Figure, title: str) -> go.Figure:
    figure.update_layout(
        xaxis_title="epoch",
        yaxis_title=title,
        height=240,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "x": 0,
            "font": {"size": 10},
            "entrywidth": entry_width([trace.name for trace in figure.data]),
        },
    )
    return figure
