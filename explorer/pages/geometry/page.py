"""The Geometry page: how much a step in the plane changes the image, and paths between places."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.fields import FIELDS
from explorer.components.latent_pad import PadPlane, PadState
from explorer.pages.common.fields import with_field
from explorer.pages.common.heading import show_heading
from explorer.pages.common.models import (
    Opened,
    choose_checkpoint,
    introduce,
    readable_checkpoints,
)
from explorer.pages.common.planes import middles, pad_plane, show_planes
from explorer.pages.geometry.blur import best_pictures, show_blur
from explorer.pages.geometry.probe import show_probe
from explorer.pages.geometry.routes import show_routes, trails
from explorer.pages.geometry.tangents import rings, show_tangents, shown_change
from explorer.session import Setting

TITLE, PATH = "Geometry", "geometry"
PURPOSE = "See how fast the picture changes from place to place, and which paths are short."

NO_FIELD = "none"
FIRST_FIELD = "magnification"
FIRST_LAYERS = ("points", "prior", "field")


def render() -> None:
    """The page."""
    show_heading(PURPOSE)
    specs = readable_checkpoints()
    columns = st.columns([3, 3, 2], vertical_alignment="bottom")
    with columns[0]:
        checkpoint = choose_checkpoint(Setting.GEOMETRY_MODEL, specs, "mnist-vae")
    with columns[1]:
        field = session.choose(
            Setting.GEOMETRY_FIELD,
            "Under the codes",
            [*FIELDS, NO_FIELD],
            default=FIRST_FIELD,
            show=lambda name: FIELDS[name].title if name in FIELDS else "Nothing",
            help="A number for each place of the plane, shown as a colour.",
        )
    with columns[2]:
        grid = session.switch(
            Setting.INDICATRICES,
            "Ellipses of equal change",
            help="Steps that change the picture by the same number of pixel units: short where "
            "the picture changes fast, long in directions in which it hardly changes.",
        )
    opened = introduce(checkpoint)
    place = st.container()
    routes, tangents, probe, blur = session.tabs(
        Setting.GEOMETRY_TAB, ["Paths", "Tangents", "Projector probe", "Blur"]
    )
    with place:
        codes = _plane(opened, field, grid, bool(tangents.open), bool(blur.open))
    if routes.open:
        with routes:
            show_routes(opened, codes)
    if tangents.open:
        with tangents:
            show_tangents(opened, codes)
    if probe.open:
        with probe:
            show_probe(opened)
    if blur.open:
        with blur:
            show_blur(opened, codes)
    session.await_later()


def _plane(opened: Opened, field: str, grid: bool, tangents: bool, best: bool) -> np.ndarray:
    """Show the plane with its marks and, if asked for, tangents or optimal images at the cursor;
    return the codes (K, d) of the pins."""
    place, below = st.container(), st.container()  # captions that come late must not move the plane
    bare = pad_plane(opened)
    with below:
        plane = with_field(opened, bare, field) if field in FIELDS else bare
        if field in FIELDS:
            st.caption(FIELDS[field].caption)

    def marks(shown: PadPlane, state: PadState) -> PadPlane:
        codes = _codes(bare, state)
        return shown.varied(
            trails=trails(opened, codes),
            ellipses=rings(opened, codes, grid),
            indicatrix=shown_change(opened) if tangents else None,
            companion=best_pictures(opened, bare) if best else None,
        )

    with place:
        state = show_planes(
            [plane],
            opened.source.classes,
            pins=Setting.GEOMETRY_PINS,
            first_pins=middles(plane),
            marks=marks,
            first_layers=FIRST_LAYERS,
            key=f"geometry {opened.widget_key}",
        )
    return _codes(bare, state)


def _codes(plane: PadPlane, state: PadState) -> np.ndarray:
    codes = [plane.code_of(pin) for pin in state.pins]
    return np.array(codes).reshape(len(codes), plane.codes.shape[1])
