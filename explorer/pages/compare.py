"""Compare: models side by side, and one model along its KL weight."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.components.latent_pad import PadPlane, PathStyle, Pin
from explorer.datasets import Images
from explorer.figures import class_colours
from explorer.models import Model
from explorer.models.latent import decode_means, encode_images
from explorer.pages import _parts as parts
from explorer.pages._holes import hole_rows
from explorer.pages._sweep import DRAWS, along_the_weight
from explorer.pages._trio import choose_three
from explorer.runs.checkpoints import Checkpoint
from explorer.session import Setting
from explorer.specs import CheckpointSpec

TITLE, PATH = "Compare", "compare"

FIRST_CLASS = 3  # of the image that is pinned at first
SHOWN_IMAGES = 16


def render() -> None:
    """The page."""
    specs = parts.readable_checkpoints()
    _side_by_side(specs)
    st.divider()
    along_the_weight(specs)
    session.await_later()


def _side_by_side(specs: dict[str, CheckpointSpec]) -> None:
    chosen = choose_three(specs)
    _planes(chosen)
    _decoded(chosen)
    parts.numbers_table([checkpoint.spec for checkpoint in chosen], hole_rows(chosen))


def _planes(chosen: list[Checkpoint]) -> None:
    classes = parts.class_names(chosen[0].spec)
    planes = [parts.pad_plane(checkpoint) for checkpoint in chosen]
    session.show_pad(
        planes,
        classes=classes,
        palette=class_colours(len(classes)),
        pins=Setting.COMPARE_PINS,
        first_pins=_first_pins(planes),
        path=PathStyle(),
        height=320,
        key="compare " + " ".join(checkpoint.spec.name for checkpoint in chosen),
    )


def _first_pins(planes: list[PadPlane]) -> list[Pin]:
    """The same image in every plane, so that a first visit sees what each model makes of it."""
    image = int(np.argmax(planes[0].labels == FIRST_CLASS))  # all held out the same images
    places = [plane.points[image].tolist() for plane in planes]
    return [Pin(index, x, y, point=image) for index, (x, y) in enumerate(places)]


def _decoded(chosen: list[Checkpoint]) -> None:
    """The same prior draws and the same held-out images through every model."""
    with st.columns([1, 4])[0]:
        seed = session.number(Setting.COMPARE_SEED, "Seed of the prior draws", 0, 999_999, 0)
    for column, checkpoint in zip(st.columns(len(chosen)), chosen, strict=True):
        with column:
            parts.show_png(
                parts.draws_png(checkpoint, DRAWS, 8, seed),
                f"{checkpoint.spec.name}: the same {DRAWS} draws from N(0, I)",
            )
    images = parts.local_dataset(chosen[0].spec)
    if images is None:
        return
    for column, checkpoint in zip(st.columns(len(chosen)), chosen, strict=True):
        with column:
            parts.show_png(
                _pairs_png(checkpoint.spec.digest, checkpoint.model, images.test[:SHOWN_IMAGES]),
                f"{checkpoint.spec.name}: held-out images, then theirs",
            )


@session.cached
def _pairs_png(digest: str, _model: Model, _images: Images) -> bytes:
    originals = _images.floats().numpy()
    back = decode_means(_model, encode_images(_model, _images).mean)
    half = SHOWN_IMAGES // 2
    return parts.mosaic_png(
        np.concatenate([originals[:half], back[:half], originals[half:], back[half:]]), half
    )
