"""Pictures that several pages show."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import streamlit as st
import torch

from explorer import session
from explorer.figures import mosaic, png
from explorer.models import View
from explorer.models.latent import decode_means, prior_draws
from explorer.pages.common.images import held_out_images
from explorer.pages.common.models import Opened

TILE_WIDTH = 96  # CSS pixels of an image with a button
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


def show_images(
    opened: Opened,
    chosen: np.ndarray,
    labels: Sequence[str],
    key: str,
    help: str,
    act: Callable[[int], None],
) -> None:
    """Held-out images side by side, each over what its code gives back and a button.

    Args:
        opened: the model through its view.
        chosen: (n,) indices of images; without images on this machine only the lower half is shown.
        labels: what each button says.
        key: tells this row from others.
        help: what a button does.
        act: does it, given the image's index.
    """
    back = decode_means(opened.view, opened.codes.mean[chosen])
    images = held_out_images(opened.spec)
    if images is not None:
        originals = images[torch.as_tensor(chosen)].floats().numpy()
        pairs = np.stack([originals, back], axis=1)  # (n, 2, C, H, W)
    else:
        pairs = back[:, None]
    row = st.container(horizontal=True, gap="xsmall")
    for index, label, pair in zip(chosen.tolist(), labels, pairs, strict=True):
        with row.container(width=TILE_WIDTH, gap="xsmall"):
            show_png(mosaic_png(pair, 1))
            st.button(
                label,
                key=f"{key} {opened.widget_key} {index}",
                help=help,
                width="stretch",
                on_click=act,
                args=(index,),
            )


def show_draws(
    opened: Opened, caption: str, count: int, columns: int, seed: int, tile: int = TILE
) -> None:
    """Draws from the prior, decoded: the same z for every model of a dimension. Where nothing can
    be drawn, the reason."""
    if why := opened.view.no_sample_prior:
        st.caption(f"{opened.title}: nothing can be drawn from its prior, since {why}.")
        return
    show_png(_draws_png(opened.key, opened.view, count, columns, seed, tile), caption)


@session.cached
def _draws_png(key: str, _view: View, count: int, columns: int, seed: int, tile: int) -> bytes:
    return mosaic_png(decode_means(_view, prior_draws(_view, count, seed)), columns, tile)
