"""Explore: one model, its latent plane, and what its decoder makes of any place in it."""

from functools import partial

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.geometry import icdf_grid, interpolate, round_trip
from explorer.background.jobs.films import load_film
from explorer.components.latent_pad import Field, Film, PadPlane, PathStyle
from explorer.datasets import DATASETS, load_dataset
from explorer.figures import class_colours, gif, kl_by_dimension, loss_terms, mosaic, png
from explorer.models import Model
from explorer.models.latent import decode_means, dense_decoder
from explorer.pages import _parts as parts
from explorer.pages._fields import over_cells
from explorer.pages._film import show_film
from explorer.runs.checkpoints import Checkpoint, CheckpointError
from explorer.session import Setting
from explorer.specs import RunSpec
from explorer.training.replay import replay

TITLE, PATH = "Explore", ""  # the first page stands at the root, and nowhere else

PRIOR_SIDE = 15
FIELD_SIDE = 48  # cells along a side of the field
MANIFOLD_TILE = 48  # pixels an image of it has on its longer side, about
FILM_FRAMES, FILM_SECONDS = 60, 4.0
TRAVERSAL = np.linspace(-3, 3, 11)


def render() -> None:
    """The page."""
    specs = parts.readable_checkpoints()
    model_column, path_column, steps_column = st.columns([3, 2, 2], vertical_alignment="bottom")
    with model_column:
        checkpoint = parts.choose_checkpoint(Setting.MODEL, specs, "mnist-vae")
    with path_column:
        kind = session.pick(
            Setting.PATH,
            "Path between pins",
            ["linear", "spherical"],
            help="Straight, or along the sphere on which most of N(0, I) lies in many dimensions.",
        )
    with steps_column:
        steps = session.slide(Setting.STEPS, "Images along it", 3, 25, 11, 1)
    st.markdown(parts.describe(checkpoint.spec))

    plane = _with_round_trip(checkpoint)
    classes = parts.class_names(checkpoint.spec)
    state = session.show_pad(
        [plane],
        classes=classes,
        palette=class_colours(len(classes)),
        pins=Setting.PINS,
        first_pins=parts.middles(plane, (0, 1)),  # so that a first visit sees a path
        path=PathStyle(kind, steps),
        height=440,  # so that a laptop shows all of it
        key=f"explore {checkpoint.spec.name}",
    )
    codes = np.array([plane.code_of(pin) for pin in state.pins])
    _downloads(checkpoint, codes, kind, steps)
    parts.show_measures(checkpoint.spec)
    _more(checkpoint, codes)


def _with_round_trip(checkpoint: Checkpoint) -> PadPlane:
    """The model's plane with a field under it: how far each code is from where it comes back to."""
    plane = parts.pad_plane(checkpoint)
    if checkpoint.model.needs_label:
        return plane
    return _over_round_trip(checkpoint.spec.digest, checkpoint.model, plane)


@session.shared
def _over_round_trip(digest: str, _model: Model, _plane: PadPlane) -> PadPlane:
    values = over_cells(_plane, FIELD_SIDE, partial(round_trip, _model))
    return _plane.varied(field=Field("round-trip error", values, _plane.home))


def _downloads(checkpoint: Checkpoint, codes: np.ndarray, kind: str, steps: int) -> None:
    """The film strip of the path to take home, decoded exactly."""
    if len(codes) < 2:
        st.caption("Pin a second place and a film strip of the path between the two appears.")
        return

    def images(count: int) -> np.ndarray:
        return decode_means(checkpoint.model, interpolate(codes, count, kind))

    row = st.container(horizontal=True)
    name = f"{checkpoint.spec.name}-path"
    row.download_button(
        "Film strip (PNG)",
        lambda: png(mosaic(images(steps), steps, zoom=4, gap=2)),
        f"{name}.png",
        "image/png",
        on_click="ignore",
    )
    row.download_button(
        "Film (GIF)",
        lambda: gif(images(FILM_FRAMES), zoom=8, seconds=FILM_SECONDS),
        f"{name}.gif",
        "image/gif",
        on_click="ignore",
    )


def _more(checkpoint: Checkpoint, codes: np.ndarray) -> None:
    """What one asks for next: the prior's manifold, single dimensions, the training."""
    prior, traversal, training = session.tabs(
        Setting.TAB, ["Prior manifold", "Dimension by dimension", "Training"]
    )
    digest, model = checkpoint.spec.digest, checkpoint.model
    if prior.open:
        with prior:
            _prior_manifold(digest, model)
    if traversal.open:
        with traversal:
            _dimensions(checkpoint, codes)
    if training.open:
        with training:
            _training(checkpoint)


def _prior_manifold(digest: str, model: Model) -> None:
    if model.latent_dim != 2:
        st.caption("This picture needs two latent dimensions.")
        return
    parts.show_png(_prior_manifold_png(digest, model), width="content")
    st.caption(
        "Each image stands for the same share of N(0, I): the grid is even in the "
        "quantiles of both coordinates (Kingma & Welling 2014, figure 4)."
    )


@session.cached
def _prior_manifold_png(digest: str, _model: Model) -> bytes:
    cells = icdf_grid(PRIOR_SIDE).reshape(-1, 2)
    return parts.mosaic_png(decode_means(_model, cells), PRIOR_SIDE, MANIFOLD_TILE)


def _dimensions(checkpoint: Checkpoint, codes: np.ndarray) -> None:
    """One row of images per latent dimension."""
    model = checkpoint.model
    start = codes[-1] if len(codes) else checkpoint.codes.mean.mean(axis=0)
    st.caption(
        "One row per dimension: it runs from −3 to 3 while the others stay at "
        + ("the last pin." if len(codes) else "the mean code.")
    )
    shown = min(model.latent_dim, 16)
    path = np.repeat(start[None], shown * len(TRAVERSAL), axis=0)
    for dimension in range(shown):
        path[dimension * len(TRAVERSAL) :][: len(TRAVERSAL), dimension] = TRAVERSAL
    parts.show_png(parts.mosaic_png(decode_means(model, path), len(TRAVERSAL)), width="content")


def _training(checkpoint: Checkpoint) -> None:
    """How it was trained: loss, KL, and the plane as it formed."""
    config = {"displayModeBar": False}
    st.latex(type(checkpoint.model).formula)
    st.plotly_chart(loss_terms(checkpoint.history), config=config)
    if checkpoint.model.stochastic:
        st.plotly_chart(kl_by_dimension(checkpoint.history), config=config)
    try:
        film = load_film(checkpoint.spec)
    except CheckpointError as error:
        st.warning(f"The film of its training cannot be shown. {error}")
        film = None
    if film:
        name, dataset = checkpoint.spec.name, checkpoint.spec.run.dataset
        show_film(name, dataset, *film, height=460, key=f"film {name}")
    else:
        _replay(checkpoint)


def _replay(checkpoint: Checkpoint) -> None:
    """The plane as it formed, where training again takes but a moment: on an embedded data set."""
    run = checkpoint.spec.run
    if DATASETS[run.dataset].files or checkpoint.model.latent_dim != 2:
        return
    if not session.switch(
        Setting.REPLAY,
        "Replay its training",
        help="The run is repeated from its seed, and the plane recorded as it forms.",
    ):
        return
    with st.spinner("Training it again from its seed …"):
        film = _recorded(checkpoint.spec.digest, run)
    classes = parts.class_names(checkpoint.spec)
    session.show_pad(
        [film],
        classes=classes,
        palette=class_colours(len(classes)),
        first_frame=len(film.frames) - 1,
        height=460,
        key=f"replay {checkpoint.spec.name}",
    )


@session.shared
def _recorded(digest: str, _run: RunSpec) -> Film:
    moments = list(replay(_run, load_dataset(_run.dataset)))
    frames = [
        PadPlane(
            f"after epoch {moment.epoch}" if moment.epoch else "before training",
            moment.codes.mean,
            moment.codes.labels,
            moment.codes.scale if moment.model.stochastic else None,
            decode=partial(decode_means, moment.model),
            decoder=dense_decoder(moment.model),
        )
        for moment in moments
    ]
    return Film(frames, "epoch", [str(moment.epoch) for moment in moments])
