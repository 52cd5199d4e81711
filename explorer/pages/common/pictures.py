"""Pictures that several pages show."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import streamlit as st
import torch

from explorer import session
from explorer.figures import data_url, mosaic, png
from explorer.models import View
from explorer.models.latent import decode_means, prior_draws
from explorer.pages.common.images import held_out_images
from explorer.pages.common.models import Opened

TILE_WIDTH = 96  # CSS pixels of an image with a button
TILE = 84  # approximate length in pixels of the longer side of an image in a mosaic


def mosaic_png(images: np.ndarray, columns: int, tile: int = TILE) -> bytes:
    """Images (N, C, H, W) in rows, each about ``tile`` pixels long, enlarged without smoothing."""
    zoom = max(1, round(tile / max(images.shape[2:])))
    return png(mosaic(images, columns, zoom=zoom, gap=2))


def show_png(
    picture: bytes,
    caption: str = "",
    width: Literal["stretch", "content"] = "stretch",
    alt: str = "",
) -> None:
    """Show a picture that is already encoded, so that it need not be encoded again in every run.
    ``alt`` describes it to those who do not see it, if its caption does not.

    It travels inside the message. Streamlit's media files are removed at the end of the next run,
    and a browser that has not fetched them by then is told that there are none.
    """
    st.image(data_url(picture), caption=caption or None, width=width, alt=alt or caption)


def show_images(
    opened: Opened,
    chosen: np.ndarray,
    labels: Sequence[str],
    key: str,
    verb: str,
    help: str,
    act: Callable[[int], None],
) -> None:
    """Held-out images side by side, each with its reconstruction and, below, its number and a
    button.

    Args:
        opened: the model through its view.
        chosen: (n,) indices of images; if the images are not on this machine, only the
            reconstructions are shown.
        labels: the number of each image.
        key: distinguishes this row from others.
        verb: what a button does, in a word.
        help: the same in a sentence.
        act: called with the image's index when its button is pressed.
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
            alt = f"image {index}, above its reconstruction: {label}"
            show_png(mosaic_png(pair, 1), label, alt=alt)
            st.button(
                verb,
                key=f"{key} {opened.widget_key} {index}",
                help=help,
                width="stretch",
                on_click=act,
                args=(index,),
            )


def show_draws(
    opened: Opened, caption: str, count: int, columns: int, seed: int, tile: int = TILE
) -> None:
    """Decoded draws from the prior, or the reason why nothing can be drawn. Models with the same
    latent dimension get the same z."""
    if why := opened.view.no_sample_prior:
        st.caption(f"{opened.title}: its prior cannot be sampled, since {why}.")
        return
    picture = _draws_png(opened.key, opened.view, count, columns, seed, tile)
    show_png(picture, caption, alt=f"{count} draws from {opened.prior}, decoded by {opened.title}")


@session.shared
def _draws_png(key: str, _view: View, count: int, columns: int, seed: int, tile: int) -> bytes:
    return mosaic_png(decode_means(_view, prior_draws(_view, count, seed)), columns, tile)
