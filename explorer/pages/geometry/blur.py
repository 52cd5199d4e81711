"""Blur: the decoded image next to the best that any decoder could draw there."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.fields.blur import needs_images_and_density, optimal_decoder
from explorer.analysis.geometry import Meant, contributors, optimal_images
from explorer.analysis.subject import needs_density, needs_training_images
from explorer.components.latent_pad import Companion, PadPlane
from explorer.components.latent_pad.atlas import AtlasMaker
from explorer.figures import signed
from explorer.models.latent import decode_means
from explorer.pages.common.images import local_images, offer_training_images
from explorer.pages.common.models import Opened, is_missing
from explorer.pages.common.numbers import show_numbers
from explorer.pages.common.pending import show_pending
from explorer.pages.common.pictures import mosaic_png, show_png

SHOWN = 12  # contributing images
TILE, SMALL = 224, 56  # approximate length in pixels of a picture's longer side


def show_blur(opened: Opened, codes: np.ndarray) -> None:
    """D(z) and μ*(z) at the last pin, their distance, and the images that μ*(z) averages."""
    if is_missing("The optimal decoder", needs_density(opened.subject)):
        return
    if not len(codes):
        st.info("Pin a place in the plane to see which images its code could stand for.")
        return
    if local_images(opened.spec) is None:
        return
    outcome = _meant(opened)
    if outcome.value is None:
        show_pending(f"The codes of the {_kind(opened)} images", outcome)
    else:
        _show(opened, outcome.value, codes[-1])
    offer_training_images(
        opened.spec, "until they are, μ*(z) is the mean of held-out images, far fewer"
    )


def best_pictures(opened: Opened, plane: PadPlane) -> Companion | None:
    """μ*(z) for the cursor: a grid of these images over the plane, once it is ready."""
    if needs_images_and_density(opened.subject):
        return None
    meant = _meant(opened).value
    if meant is None:
        return None

    def make() -> Companion:
        maker = AtlasMaker(lambda points: optimal_images(meant, plane.latent(points)))
        return Companion("μ*(z), the optimal decoder", maker.of(plane.home))

    return session.later(("best pictures", opened.key, _kind(opened)), make).value


def _meant(opened: Opened) -> session.Outcome[Meant]:
    subject = opened.subject
    key = ("meant", opened.key, _kind(opened))
    return session.later(key, lambda: subject.once(optimal_decoder))


def _kind(opened: Opened) -> str:
    """Which images the optimal decoder averages."""
    return "held-out" if needs_training_images(opened.subject) else "training"


def _show(opened: Opened, meant: Meant, code: np.ndarray) -> None:
    decoded = decode_means(opened.view, code[None])
    best = optimal_images(meant, code[None])
    distance = float(np.linalg.norm(decoded - best))
    behind = contributors(meant, code, SHOWN)
    row = st.container(horizontal=True)
    with row:
        for image, caption in (
            (decoded, "D(z) at the last pin"),
            (best, "μ*(z), the optimal decoder"),
            (signed(decoded - best, 1.0), "D(z) − μ*(z)"),
        ):
            show_png(mosaic_png(image, 1, TILE), caption, width="content")
    numbers = (
        ("‖D(z) − μ*(z)‖", f"{distance:.2f}", "pixel units", "How far the decoder is from the "
         "optimal one for these posteriors."),
        ("Images mixed", f"{behind.effective:.1f}", "1 / Σ w²", "The effective number of images in "
         "the mean: the more there are, the blurrier the optimal image."),
    )  # fmt: skip
    show_numbers(numbers)
    _images(meant, behind.indices, behind.weights)
    kernel = (
        " This encoder has no posterior, so Gaussian kernels of Scott's width around the codes "
        "stand in for q(z|xᵢ); their width adds to the blur."
        if meant.density.is_kernel
        else ""
    )
    st.caption(
        f"μ*(z) = Σ q(z|xᵢ)xᵢ / Σ q(z|xᵢ) over {len(meant.pixels):,} {_kind(opened)} images is the "
        "decoder with the least squared error. In the difference, orange is too bright and blue "
        f"too dark.{kernel}"
    )


def _images(meant: Meant, indices: np.ndarray, weights: np.ndarray) -> None:
    """The images with the largest weights, and these weights."""
    images = meant.pixels[indices].float().numpy() / 255
    row = st.container(horizontal=True)
    for image, weight in zip(images, weights, strict=True):
        with row:
            show_png(mosaic_png(image[None], 1, SMALL), f"{weight:.1%}", width="content")
