"""The cloud in the latent pad; a click decodes its place exactly."""

from functools import partial

import streamlit as st

from explorer.bench.pad.scripts.cloud import draws, shipped
from explorer.components.latent_pad import PadPlane, latent_pad
from explorer.datasets import DATASETS
from explorer.figures import class_colours
from explorer.models.latent import decode_means


@st.cache_resource(show_spinner=False)
def plane(count: int) -> PadPlane:
    """What the pad shows, made once per server."""
    checkpoint = shipped()
    view = checkpoint.model.view()
    return PadPlane(
        f"{count:,} codes",
        *draws(checkpoint, count),
        decode=partial(decode_means, view),
        decoder=view.dense_decoder(),
    )


st.set_page_config(layout="wide")
classes = DATASETS["mnist"].classes
latent_pad(
    [plane(int(st.query_params.get("count", "70000")))],
    classes=classes,
    palette=class_colours(len(classes)),
    key="pad",
)
