"""The cloud drawn by Plotly, in the obvious way. A click on a code decodes it."""

import plotly.graph_objects as go
import streamlit as st

from explorer.bench.pad.scripts.cloud import draws, shipped
from explorer.datasets import DATASETS
from explorer.figures import class_colours, thumbnail
from explorer.models.latent import decode_means
from explorer.runs.checkpoints import Checkpoint

shipped_once = st.cache_resource(show_spinner=False)(shipped)


@st.cache_resource(show_spinner=False)
def figure(_checkpoint: Checkpoint, count: int) -> go.Figure:
    """One ``scattergl`` trace per class, made once per server."""
    codes, labels = draws(_checkpoint, count)
    classes = DATASETS["mnist"].classes
    shown = go.Figure()
    for label, (name, colour) in enumerate(zip(classes, class_colours(len(classes)), strict=True)):
        x, y = codes[labels == label].T
        marker = {"size": 3, "color": colour.light, "opacity": 0.6}
        shown.add_trace(go.Scattergl(x=x, y=y, mode="markers", name=name, marker=marker))
    shown.update_layout(height=560, dragmode="pan", yaxis_scaleanchor="x")
    return shown


st.set_page_config(layout="wide")
checkpoint = shipped_once()
chart = figure(checkpoint, int(st.query_params.get("count", "70000")))
event = st.plotly_chart(
    chart, on_select="rerun", selection_mode="points", config={"scrollZoom": True}, key="chart"
)
if points := event["selection"]["points"]:
    image = decode_means(checkpoint.model.view(), [[points[-1]["x"], points[-1]["y"]]])[0]
    st.image(thumbnail(image, 280), output_format="PNG")
