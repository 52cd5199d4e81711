"""How a model was trained: its losses, and the plane as it formed."""

import streamlit as st

from explorer import session
from explorer.background.jobs.films import load_film
from explorer.figures import kl_by_dimension, loss_terms
from explorer.pages.common.charts import show_chart
from explorer.pages.common.films import show_film
from explorer.pages.common.replays import show_replay
from explorer.runs.checkpoints import Checkpoint, CheckpointError
from explorer.session import Setting
from explorer.session.words import plain
from explorer.training.replay import is_brief


def show_training(checkpoint: Checkpoint) -> None:
    """How it was trained: loss, KL, and the plane as it formed."""
    name = checkpoint.spec.name
    st.latex(type(checkpoint.model).formula)
    show_chart(loss_terms(checkpoint.history), f"{name}-loss")
    if checkpoint.model.capabilities.stochastic:
        groups = checkpoint.model.capabilities.kl_groups
        show_chart(kl_by_dimension(checkpoint.history, groups), f"{name}-kl")
    try:
        film = load_film(checkpoint.spec)
    except CheckpointError as error:
        st.warning(f"The film of its training cannot be shown. {plain(error)}")
        film = None
    if film:
        show_film(name, checkpoint.spec.run.dataset, *film, height=460, key=f"film {name}")
    else:
        _replay(checkpoint)


def _replay(checkpoint: Checkpoint) -> None:
    """The plane as it formed, if training again takes only a moment: on an embedded data set."""
    run = checkpoint.spec.run
    if not is_brief(run) or checkpoint.model.view().dim != 2:
        return
    if not session.switch(
        Setting.REPLAY,
        "Replay its training",
        help="The run is repeated from its seed and the plane is recorded as it forms.",
    ):
        return
    show_replay(checkpoint.spec, height=460)
