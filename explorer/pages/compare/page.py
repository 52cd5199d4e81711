"""The Compare page: three models side by side and, below, one model as its KL weight changes."""

import numpy as np
import streamlit as st
import torch

from explorer import session
from explorer.analysis.measures import INSTANT
from explorer.components.latent_pad import PadPlane, PathStyle, Pin
from explorer.datasets import Images
from explorer.models import Model
from explorer.pages.common.heading import show_heading
from explorer.pages.common.images import local_images
from explorer.pages.common.models import Opened, readable_checkpoints
from explorer.pages.common.numbers import show_table
from explorer.pages.common.pictures import mosaic_png, show_draws, show_png
from explorer.pages.common.planes import first_of_class, image_pin, pad_plane, show_planes
from explorer.pages.common.trio import choose_three, offer_presets
from explorer.pages.compare.sweep import DRAWS, along_the_weight
from explorer.session import Setting
from explorer.specs import CheckpointSpec

TITLE, PATH = "Compare", "compare"
PURPOSE = "See the same images in three models, and in one model as its KL weight grows."

FIRST_CLASS = 3  # class of the image that is pinned at first
SHOWN_IMAGES = 16
HOLES = (
    "hole_mass",
    "prior_hole_mass",
    "reconstruction_hole_mass",
    "clear_draws",
    "class_pieces",
    "folds",
    "tears",
)


def render() -> None:
    """The page."""
    show_heading(PURPOSE, plane="together")
    specs = readable_checkpoints()
    _side_by_side(specs)
    st.divider()
    along_the_weight(specs)
    session.await_later()


def _side_by_side(specs: dict[str, CheckpointSpec]) -> None:
    offer_presets(specs)
    chosen = choose_three(specs)
    _planes(chosen)
    _decoded(chosen)
    show_table("comparison", chosen, (*INSTANT, *HOLES))


def _planes(chosen: list[Opened]) -> None:
    planes = [pad_plane(opened) for opened in chosen]
    show_planes(
        planes,
        chosen[0].source.classes,
        pins=Setting.COMPARE_PINS,
        first_pins=_first_pins(planes),
        path=PathStyle(),
        key="compare " + " ".join(opened.widget_key for opened in chosen),
    )


def _first_pins(planes: list[PadPlane]) -> list[Pin]:
    """The same image in every plane, so that a first visit shows what each model does with it."""
    image = first_of_class(planes[0], FIRST_CLASS)  # all models have the same held-out images
    if image is None:
        return []
    return [
        image_pin(plane, image, place)
        for place, plane in enumerate(planes)
        if not plane.collapsed  # it would hide all codes
    ]


def _decoded(chosen: list[Opened]) -> None:
    """The same prior draws and the same held-out images through every model."""
    with st.columns([1, 4])[0]:
        seed = session.number(Setting.COMPARE_SEED, "Seed of the prior draws", 0, 999_999, 0)
    for column, opened in zip(st.columns(len(chosen)), chosen, strict=True):
        with column:
            caption = f"{opened.title}: the same {DRAWS} draws from {opened.prior}"
            show_draws(opened, caption, DRAWS, 8, seed)
    images = local_images(chosen[0].spec)
    if images is None:
        return
    for column, opened in zip(st.columns(len(chosen)), chosen, strict=True):
        with column:
            show_png(
                _pairs_png(opened.spec.digest, opened.view.model, images.test[:SHOWN_IMAGES]),
                f"{opened.title}: originals above, reconstructions below",
            )


@session.shared
def _pairs_png(digest: str, _model: Model, _images: Images) -> bytes:
    originals = _images.floats().numpy()
    with torch.no_grad():
        back = _model.reconstruct(_images.floats(), _images.labels).mean.numpy()
    half = SHOWN_IMAGES // 2
    return mosaic_png(
        np.concatenate([originals[:half], back[:half], originals[half:], back[half:]]), half
    )
