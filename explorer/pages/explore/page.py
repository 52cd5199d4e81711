"""The Explore page: the plane, the path through its pins, and tabs with more on the model."""

from functools import partial

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.fields import FIELDS, over_box
from explorer.analysis.geometry import icdf_grid, interpolate, round_trip
from explorer.components.latent_pad import Field, PadPlane, PathStyle
from explorer.figures import gif, mosaic, png
from explorer.models import View
from explorer.models.latent import decode_means
from explorer.pages.common.heading import show_heading
from explorer.pages.common.models import (
    Opened,
    choose_checkpoint,
    introduce,
    readable_checkpoints,
)
from explorer.pages.common.numbers import show_health, show_measures
from explorer.pages.common.pictures import mosaic_png, show_png
from explorer.pages.common.planes import middles, pad_plane, show_planes
from explorer.pages.common.start import show_start
from explorer.pages.explore.colouring import choose_colouring, coloured, show_ends
from explorer.pages.explore.training import show_training
from explorer.session import Setting

TITLE, PATH = "Explore", ""  # the first page has the root URL and no other
PURPOSE = "Move over the plane to see what the decoder draws at each place; click to pin one."

PRIOR_SIDE = 15
FIELD_SIDE = 48  # cells along a side of the field
MANIFOLD_TILE = 48  # approximate length in pixels of the longer side of an image
FILM_FRAMES, FILM_SECONDS = 60, 4.0
TRAVERSAL = np.linspace(-3, 3, 11)
MOST_ROWS = 16  # dimensions shown, at most


def render() -> None:
    """The page."""
    is_new = session.is_new_here()
    show_heading(PURPOSE, with_start=not is_new, plane="alone")
    if is_new:
        show_start()
    specs = readable_checkpoints()
    model_column, colour_column, path_column, steps_column = st.columns(
        [3, 2, 2, 2], vertical_alignment="bottom"
    )
    with model_column:
        checkpoint = choose_checkpoint(Setting.MODEL, specs, "mnist-vae")
    with path_column:
        kind = session.pick(
            Setting.PATH,
            "Path between pins",
            ["linear", "spherical"],
            help="Straight, or along the sphere on which most of N(0, I) lies in high dimensions.",
        )
    with steps_column:
        steps = session.slide(Setting.STEPS, "Images along it", 3, 25, 11, 1)
    opened = introduce(checkpoint)
    with colour_column:
        by = choose_colouring(opened)

    plane = _with_round_trip(opened.key, opened.view, pad_plane(opened))
    shown = coloured(opened, plane, by)
    state = show_planes(
        [shown.plane],
        shown.kinds,
        pins=Setting.PINS,
        first_pins=middles(plane),  # so that a first visit shows a path
        hidden=shown.hidden,
        path=PathStyle(kind, steps),
        key=f"explore {opened.widget_key}{shown.hidden.removeprefix(Setting.HIDDEN)}",
    )
    codes = np.array([plane.code_of(pin) for pin in state.pins])
    _downloads(opened, codes, kind, steps)
    show_ends(opened, shown.plane, state)
    show_measures(opened)
    show_health(opened)
    _more(opened, codes)
    session.await_later()


def prepare(opened: Opened) -> None:
    """Make what a first visit to this page shows, so that it need not wait for it."""
    _with_round_trip(opened.key, opened.view, pad_plane(opened)).pack()
    if _has_manifold(opened):
        _prior_manifold_png(opened.key, opened.view)


@session.shared
def _with_round_trip(key: str, _view: View, _plane: PadPlane) -> PadPlane:
    """The plane with the round-trip error ‖E(D(z)) − z‖ as a field under it."""
    values = over_box(_plane.home, FIELD_SIDE, _plane.latent, partial(round_trip, _view))
    help = FIELDS["round-trip"].caption
    return _plane.varied(field=Field("round-trip error", values, _plane.home, help=help))


def _downloads(opened: Opened, codes: np.ndarray, kind: str, steps: int) -> None:
    """Downloads of the path's film strip, decoded exactly."""
    if len(codes) < 2:
        st.caption("Pin a second place to see a film strip of the path between the two.")
        return

    def images(count: int) -> np.ndarray:
        return decode_means(opened.view, interpolate(codes, count, kind))

    row = st.container(horizontal=True)
    name = f"{opened.file_name}-path"
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


def _more(opened: Opened, codes: np.ndarray) -> None:
    """More on the model: the prior's manifold, single dimensions, the training."""
    prior, traversal, training = session.tabs(
        Setting.TAB, ["Prior manifold", "Dimension by dimension", "Training"]
    )
    if prior.open:
        with prior:
            _prior_manifold(opened)
    if traversal.open:
        with traversal:
            _dimensions(opened, codes)
    if training.open:
        with training:
            show_training(opened.checkpoint)


def _has_manifold(opened: Opened) -> bool:
    return opened.view.dim == 2 and opened.view.standard_prior


def _prior_manifold(opened: Opened) -> None:
    if not _has_manifold(opened):
        st.caption("This picture needs two latent dimensions whose prior is N(0, I).")
        return
    picture = _prior_manifold_png(opened.key, opened.view)
    show_png(picture, width="content", alt="decoded images at the quantiles of the prior")
    st.caption(
        "Each image stands for the same share of N(0, I): the grid is evenly spaced in the "
        "quantiles of both coordinates (Kingma & Welling 2014, figure 4)."
    )


@session.shared
def _prior_manifold_png(key: str, _view: View) -> bytes:
    cells = icdf_grid(PRIOR_SIDE).reshape(-1, 2)
    return mosaic_png(decode_means(_view, cells), PRIOR_SIDE, MANIFOLD_TILE)


def _dimensions(opened: Opened, codes: np.ndarray) -> None:
    """One row of images per latent dimension."""
    start = codes[-1] if len(codes) else opened.codes.mean.mean(axis=0)
    st.caption(
        "One row per dimension: it runs from −3 to 3 while the others stay at "
        + ("the last pin." if len(codes) else "the mean code.")
    )
    shown = min(opened.view.dim, MOST_ROWS)
    path = np.repeat(start[None], shown * len(TRAVERSAL), axis=0)
    for dimension in range(shown):
        path[dimension * len(TRAVERSAL) :][: len(TRAVERSAL), dimension] = TRAVERSAL
    picture = mosaic_png(decode_means(opened.view, path), len(TRAVERSAL))
    show_png(picture, width="content", alt="a row of decoded images for each dimension")
