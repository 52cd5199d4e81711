"""Geometry: what a step in the plane is worth in pixels, and the ways from place to place."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.fields import FIELDS
from explorer.components.latent_pad import PadPlane, PadState
from explorer.figures import class_colours
from explorer.pages import _parts as parts
from explorer.pages._blur import best_pictures, show_blur
from explorer.pages._fields import with_field
from explorer.pages._probe import show_probe
from explorer.pages._routes import show_routes, trails
from explorer.pages._tangents import rings, show_tangents, shown_change
from explorer.runs.checkpoints import Checkpoint
from explorer.session import Setting

TITLE, PATH = "Geometry", "geometry"

NO_FIELD = "none"
FIRST_FIELD = "magnification"
FIRST_LAYERS = ("points", "prior", "field")
FIRST_ENDS = (0, 1)  # classes whose middles are the ends of the first path


def render() -> None:
    """The page."""
    specs = parts.readable_checkpoints()
    columns = st.columns([3, 3, 2], vertical_alignment="bottom")
    with columns[0]:
        checkpoint = parts.choose_checkpoint(Setting.GEOMETRY_MODEL, specs, "mnist-vae")
    with columns[1]:
        field = session.choose(
            Setting.GEOMETRY_FIELD,
            "Under the codes",
            [*FIELDS, NO_FIELD],
            default=FIRST_FIELD,
            show=lambda name: FIELDS[name].title if name in FIELDS else "Nothing",
            help="A number for each place of the plane, in colours.",
        )
    with columns[2]:
        grid = session.switch(
            Setting.INDICATRICES,
            "Ellipses of equal change",
            help="Steps that change the picture by the same number of pixel units: small where "
            "the picture changes fast, long in the direction in which it hardly does.",
        )
    st.markdown(parts.describe(checkpoint.spec))
    place = st.container()
    routes, tangents, probe, blur = session.tabs(
        Setting.GEOMETRY_TAB, ["Paths", "Tangents", "Projector probe", "Blur"]
    )
    with place:
        codes = _plane(checkpoint, field, grid, bool(tangents.open), bool(blur.open))
    if routes.open:
        with routes:
            show_routes(checkpoint, codes)
    if tangents.open:
        with tangents:
            show_tangents(checkpoint, codes)
    if probe.open:
        with probe:
            show_probe(checkpoint)
    if blur.open:
        with blur:
            show_blur(checkpoint, codes)
    session.await_later()


def _plane(
    checkpoint: Checkpoint, field: str, grid: bool, tangents: bool, best: bool
) -> np.ndarray:
    """The plane with what is drawn on it, and under the cursor tangents or the best pictures, if
    they are wanted; returns the codes (K, d) of the pins."""
    place, below = st.container(), st.container()  # what comes late must not move the plane
    bare = parts.pad_plane(checkpoint)
    with below:
        plane = with_field(checkpoint, bare, field) if field in FIELDS else bare
        if field in FIELDS:
            st.caption(FIELDS[field].caption)

    def marks(shown: PadPlane, state: PadState) -> PadPlane:
        codes = _codes(bare, state)
        return shown.varied(
            trails=trails(checkpoint, codes),
            ellipses=rings(checkpoint, codes, grid),
            indicatrix=shown_change(checkpoint) if tangents else None,
            companion=best_pictures(checkpoint, bare) if best else None,
        )

    classes = parts.class_names(checkpoint.spec)
    with place:
        state = session.show_pad(
            [plane],
            classes=classes,
            palette=class_colours(len(classes)),
            pins=Setting.GEOMETRY_PINS,
            first_pins=parts.middles(plane, FIRST_ENDS),
            marks=marks,
            first_layers=FIRST_LAYERS,
            height=440,  # so that a laptop shows all of it
            key=f"geometry {checkpoint.spec.name}",
        )
    return _codes(bare, state)


def _codes(plane: PadPlane, state: PadState) -> np.ndarray:
    codes = [plane.code_of(pin) for pin in state.pins]
    return np.array(codes).reshape(len(codes), plane.codes.shape[1])
