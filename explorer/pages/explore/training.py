"""How a model was trained: its losses, and the plane as it formed."""

from functools import partial

import streamlit as st

from explorer import session
from explorer.background.jobs.films import load_film
from explorer.background.replays import replayed
from explorer.components.latent_pad import Film, PadPlane
from explorer.datasets import DATASETS
from explorer.figures import kl_by_dimension, loss_terms
from explorer.models.latent import decode_means
from explorer.pages.common.charts import show_chart
from explorer.pages.common.films import show_film
from explorer.pages.common.pending import show_pending
from explorer.pages.common.planes import pad_labels, show_planes
from explorer.pages.common.words import plain
from explorer.runs.checkpoints import Checkpoint, CheckpointError
from explorer.session import Setting
from explorer.specs import RunSpec
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
    outcome = session.later(("replay", checkpoint.spec.digest), lambda: _recorded(run))
    film = outcome.value
    if film is None:
        show_pending("Its training, again from its seed", outcome)
        return
    show_planes(
        [film],
        DATASETS[run.dataset].classes,
        first_frame=len(film.frames) - 1,
        height=460,
        key=f"replay {checkpoint.spec.name}",
    )


def _recorded(run: RunSpec) -> Film:
    """The moments of a run as a film.

    Raises:
        ValueError: the loss is not finite, as in the original run, or it takes too long.
    """
    moments = replayed(run)
    frames = [
        PadPlane(
            f"after epoch {moment.epoch}" if moment.epoch else "before training",
            moment.codes.mean,
            pad_labels(moment.codes.labels),
            moment.codes.scale if moment.view.stochastic else None,
            decode=partial(decode_means, moment.view),
            decoder=moment.view.dense_decoder(),
            key=f"{run.model_dump_json()} epoch {moment.epoch}",
        )
        for moment in moments
    ]
    return Film(frames, "epoch", [str(moment.epoch) for moment in moments])
