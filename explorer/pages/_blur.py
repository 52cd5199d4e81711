"""Blur: the decoded image beside the best that any decoder could draw there."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.geometry import Meant, contributors, optimal_images
from explorer.components.latent_pad import Companion, PadPlane
from explorer.components.latent_pad.atlas import AtlasMaker
from explorer.datasets import ImageDataset
from explorer.figures import signed
from explorer.models.latent import decode_means
from explorer.pages import _parts as parts
from explorer.pages._fields import subject_of
from explorer.runs.checkpoints import Checkpoint

SHOWN = 12  # images that contribute
TILE, SMALL = 224, 56  # pixels a picture has on its longer side, about


def show_blur(checkpoint: Checkpoint, codes: np.ndarray) -> None:
    """D(z) and μ*(z) at the last pin, their distance, and the images behind the mean."""
    model = checkpoint.model
    if model.needs_label:
        st.info("The optimal decoder is not defined here: what a code means depends on the label.")
        return
    if not len(codes):
        st.info("Pin a place in the plane: the images that its code could stand for appear.")
        return
    dataset = parts.local_dataset(checkpoint.spec)
    if dataset is None:
        return
    outcome = _meant(checkpoint, dataset)
    if outcome.value is None:
        st.caption(outcome.trouble or "The training images are being encoded …")
        return
    _show(checkpoint, outcome.value, codes[-1])


def best_pictures(checkpoint: Checkpoint, plane: PadPlane) -> Companion | None:
    """μ*(z) for the cursor: a grid of them over the plane, when it is there."""
    dataset = subject_of(checkpoint).dataset
    if checkpoint.model.needs_label or dataset is None:
        return None
    meant = _meant(checkpoint, dataset).value
    if meant is None:
        return None

    def make() -> Companion:
        maker = AtlasMaker(lambda points: optimal_images(meant, plane.latent(points)))
        return Companion("μ*(z), the optimal decoder", maker.of(plane.home))

    return session.later(("best pictures", checkpoint.spec.digest), make).value


def _meant(checkpoint: Checkpoint, dataset: ImageDataset) -> session.Outcome[Meant]:
    return session.later(
        ("meant", checkpoint.spec.digest), lambda: Meant.of(checkpoint.model, dataset.train)
    )


def _show(checkpoint: Checkpoint, meant: Meant, code: np.ndarray) -> None:
    decoded = decode_means(checkpoint.model, code[None])
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
            parts.show_png(parts.mosaic_png(image, 1, TILE), caption, width="content")
    numbers = (
        ("‖D(z) − μ*(z)‖", f"{distance:.2f}", "pixel units", "How far the decoder is from the best "
         "one for these posteriors."),
        ("Images mixed", f"{behind.effective:.1f}", "1 / Σ w²", "As many images of equal weight "
         "would be mixed as much: the more, the more blurred the best picture is."),
    )  # fmt: skip
    parts.show_numbers(numbers)
    _images(meant, behind.indices, behind.weights)
    kernel = (
        " This encoder has no posterior: Gaussian kernels of Scott's width around the codes stand "
        "for q(z|xᵢ) and blur the mean by their own width too."
        if meant.density.is_kernel
        else ""
    )
    st.caption(
        f"μ*(z) = Σ q(z|xᵢ)xᵢ / Σ q(z|xᵢ) over {len(meant.pixels):,} training images: of all "
        f"decoders the one of least squared error. In the difference orange is too bright, blue "
        f"too dark.{kernel}"
    )


def _images(meant: Meant, indices: np.ndarray, weights: np.ndarray) -> None:
    """The images that count most, with their weights."""
    images = meant.pixels[indices].float().numpy() / 255
    row = st.container(horizontal=True)
    for image, weight in zip(images, weights, strict=True):
        with row:
            parts.show_png(
                parts.mosaic_png(image[None], 1, SMALL), f"{weight:.1%}", width="content"
            )
