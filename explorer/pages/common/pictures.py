"""Pictures that several pages show."""

from typing import Literal

import numpy as np
import streamlit as st

from explorer import session
from explorer.figures import mosaic, png
from explorer.models import View
from explorer.models.latent import decode_means, prior_draws
from explorer.pages.common.models import Opened

TILE = 84  # pixels an image of a mosaic has on its longer side, about


def mosaic_png(images: np.ndarray, columns: int, tile: int = TILE) -> bytes:
    """Images (N, C, H, W) in rows, each about ``tile`` pixels long and its pixels sharp squares."""
    zoom = max(1, round(tile / max(images.shape[2:])))
    return png(mosaic(images, columns, zoom=zoom, gap=2))


def show_png(
    picture: bytes, caption: str = "", width: Literal["stretch", "content"] = "stretch"
) -> None:
    """A picture that is made already: what does not change need not be made in every run."""
    st.image(picture, caption=caption or None, output_format="PNG", width=width)


def show_draws(
    opened: Opened, caption: str, count: int, columns: int, seed: int, tile: int = TILE
) -> None:
    """Draws from the prior, decoded: the same z for every model of a dimension. Where nothing can
    be drawn, the reason."""
    if why := opened.view.no_sample_prior:
        st.caption(f"{opened.name}: nothing can be drawn from its prior, since {why}.")
        return
    show_png(_draws_png(opened.key, opened.view, count, columns, seed, tile), caption)


@session.cached
def _draws_png(key: str, _view: View, count: int, columns: int, seed: int, tile: int) -> bytes:
    return mosaic_png(decode_means(_view, prior_draws(_view, count, seed)), columns, tile)
