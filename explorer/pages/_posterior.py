"""The true posterior p(z|x) of an image in the plane, under the ellipse of q(z|x)."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

from explorer import session
from explorer.analysis.measures.bounds import bounds
from explorer.analysis.measures.evidence import Grid, TruePosterior, true_posterior, undefined
from explorer.components.latent_pad import Field, PadPlane, Pin, Trail
from explorer.datasets import DATASETS, Images
from explorer.figures import class_colours, posterior_map
from explorer.models.latent import Codes, decode_means, encode_images
from explorer.pages import _parts as parts
from explorer.pages._drawing import drawn_images
from explorer.runs.checkpoints import Checkpoint
from explorer.session import Setting

PLANE, DRAWING = "a held-out image", "my drawing"
FIRST_CLASS = 4  # of the image that is looked at at first
LAYERS = ("field", "points", "prior")
FAINTEST = 1e-3  # of the peak


@dataclass(frozen=True, eq=False)
class Found:
    """What is known of one image.

    Attributes:
        exact: p(z|x).
        code: q(z|x).
        elbo: nats.
    """

    exact: TruePosterior
    code: Codes
    elbo: float


def show_true_posterior(checkpoint: Checkpoint) -> None:
    """The plane with p(z|x) of one image under q(z|x), and the numbers of both."""
    if why := undefined(checkpoint.model):
        st.info(f"No true posterior can be drawn here: {why}.")
        return
    observed = session.pick(Setting.OBSERVED, "Posterior of", [PLANE, DRAWING])
    plane = parts.pad_plane(checkpoint)
    picture_column, plane_column = st.columns([1, 2], gap="medium")
    with picture_column:
        image = _drawn(checkpoint) if observed == DRAWING else _picked(checkpoint, plane)
        if image:
            digest, content = checkpoint.spec.digest, image.pixels.numpy().tobytes()
            found = _found(digest, content, checkpoint, image)
            _numbers(checkpoint, image, found)
            plane = _under(plane, found)
        elif observed == PLANE:
            st.info("Click a code in the plane: the true posterior of its image appears under it.")
    classes = parts.class_names(checkpoint.spec)
    with plane_column:
        session.show_pad(
            [plane],
            classes=classes,
            palette=class_colours(len(classes)),
            pins=None if observed == DRAWING else Setting.INFORMATION_PINS,
            first_pins=() if observed == DRAWING else _first_pins(plane),
            first_layers=LAYERS,
            height=460,
            key=f"posterior {checkpoint.spec.name} {observed}",
        )


def _first_pins(plane: PadPlane) -> list[Pin]:
    return [parts.image_pin(plane, int(np.argmax(plane.labels == FIRST_CLASS)))]


def _drawn(checkpoint: Checkpoint) -> Images | None:
    """The visitor's drawing, if there is one."""
    drawn = drawn_images(DATASETS[checkpoint.spec.run.dataset], height=220)
    if not len(drawn):
        return None
    pixels = torch.from_numpy(np.rint(drawn[-1:] * 255).astype(np.uint8))
    return Images(pixels, torch.zeros(1, dtype=torch.long))


def _picked(checkpoint: Checkpoint, plane: PadPlane) -> Images | None:
    """The image of the last pin that stands for one."""
    pins = session.read_pins(Setting.INFORMATION_PINS, _first_pins(plane))
    points = [pin.point for pin in pins if pin.point is not None]
    dataset = parts.local_dataset(checkpoint.spec)
    if dataset is None or not points or not 0 <= points[-1] < len(dataset.test):
        return None
    return dataset.test[points[-1] : points[-1] + 1]


@session.shared
def _found(digest: str, content: bytes, _checkpoint: Checkpoint, _image: Images) -> Found:
    model, codes = _checkpoint.model, _checkpoint.codes
    grid = Grid.over(codes.mean, codes.scale)
    exact = true_posterior(model, _image.floats()[0], grid)
    elbo = float(bounds(model, _image, draws=1).elbo[0])
    return Found(exact, encode_images(model, _image), elbo)


def _share(found: Found) -> np.ndarray:
    """p(z|x) as a share of its peak."""
    return np.exp(found.exact.log_density - found.exact.log_density.max())


def _under(plane: PadPlane, found: Found) -> PadPlane:
    """The plane with p(z|x) as a share of its peak, and q(z|x) as an ellipse."""
    share = _share(found)
    share[share < FAINTEST] = np.nan
    field = Field("p(z|x), share of its peak", share, found.exact.box)
    return plane.varied(field=field, trails=(Trail(found.code.mean, found.code.scale),))


def _numbers(checkpoint: Checkpoint, image: Images, found: Found) -> None:
    back = decode_means(checkpoint.model, found.code.mean)
    parts.show_png(
        parts.mosaic_png(np.concatenate([image.floats().numpy(), back]), 2),
        "the image, and what its code gives back",
    )
    gap = found.exact.log_evidence - found.elbo
    st.markdown(
        f"log p(x) = **{found.exact.log_evidence:.2f}**, ELBO = **{found.elbo:.2f}** nats. The "
        f"difference, **{gap:.2f}** nats, is KL(q(z|x) ‖ p(z|x)): how far the ellipse is from "
        "the true posterior, which is drawn in colours."
    )
    mean, scale = found.code.mean[0], found.code.scale[0]
    st.plotly_chart(
        posterior_map(_share(found), found.exact.box, mean, scale),
        config={"displayModeBar": False},
    )
    if found.exact.hills > 1:
        st.markdown(
            f"The true posterior has **{found.exact.hills} hills**: the decoder draws this image "
            "at places apart, and one ellipse covers but one of them."
        )
