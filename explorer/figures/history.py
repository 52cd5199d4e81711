"""How the loss fell: training and held-out loss over the epochs."""

from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.figures.palette import ACCENT
from explorer.training.progress import EpochRecord


def history(records: Sequence[EpochRecord]) -> go.Figure:
    """Total loss on training and validation images by epoch, nats per image."""
    epochs = [record.epoch for record in records]
    figure = go.Figure()
    for name, dash, losses in (
        ("training", "dot", [record.train.total for record in records]),
        ("validation", "solid", [record.held_out.total for record in records]),
    ):
        figure.add_scatter(
            x=epochs, y=losses, name=name, mode="lines", line={"color": ACCENT, "dash": dash}
        )
    figure.update_layout(
        xaxis_title="epoch",
        yaxis_title="loss, nats per image",
        height=300,
        margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"x": 1, "xanchor": "right", "y": 1},
    )
    return figure
