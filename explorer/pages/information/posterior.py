"""The true posterior p(z|x) of an image in the plane, under the ellipse of q(z|x)."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

from explorer import session
from explorer.analysis.information.evidence import (
    INEXACT,
    TruePosterior,
    true_posterior,
    undefined,
)
from explorer.analysis.information.grid import Grid
from explorer.analysis.numerals import numeral
from explorer.components.latent_pad import Field, PadPlane, Pin, Trail
from explorer.datasets import NO_CLASS, Images
from explorer.figures import posterior_map
from explorer.models.latent import Codes, decode_means, encode_images
from explorer.pages.common.charts import show_chart
from explorer.pages.common.drawing import drawn_images
from explorer.pages.common.images import local_images
from explorer.pages.common.models import Opened, is_missing
from explorer.pages.common.pending import show_pending
from explorer.pages.common.pictures import mosaic_png, show_png
from explorer.pages.common.planes import first_of_class, image_pin, pad_plane, show_planes
from explorer.session import Setting

PLANE, DRAWING = "a held-out image", "my drawing"
FIRST_CLASS = 4  # class of the image shown at first
LAYERS = ("field", "points", "prior")
FAINTEST = 1e-3  # smallest share of the peak that is drawn


@dataclass(frozen=True, eq=False)
class Found:
    """The posteriors of one image.

    Attributes:
        exact: p(z|x).
        code: q(z|x).
    """

    exact: TruePosterior
    code: Codes


def show_true_posterior(opened: Opened) -> None:
    """The plane with p(z|x) of one image under q(z|x), and the numbers of both."""
    if is_missing("The true posterior", undefined(opened.view)):
        return
    observed = session.pick(Setting.OBSERVED, "Posterior of", [PLANE, DRAWING])
    plane = pad_plane(opened)
    picture_column, plane_column = st.columns([1, 2], gap="medium")
    with picture_column:
        image = _drawn(opened) if observed == DRAWING else _picked(opened, plane)
        if image:
            found = _found(opened, image)
            if found.value:
                _numbers(opened, image, found.value)
                plane = _under(plane, found.value)
            else:
                show_pending("The true posterior", found)
        elif observed == PLANE:
            st.info("Shift+click a code in the plane to see the true posterior of its image.")
    with plane_column:
        show_planes(
            [plane],
            opened.source.classes,
            pins=None if observed == DRAWING else Setting.INFORMATION_PINS,
            first_pins=() if observed == DRAWING else _first_pins(plane),
            first_layers=LAYERS,
            height=460,
            key=f"posterior {opened.widget_key} {observed}",
        )


def _first_pins(plane: PadPlane) -> list[Pin]:
    image = first_of_class(plane, FIRST_CLASS)
    return [] if image is None else [image_pin(plane, image)]


def _drawn(opened: Opened) -> Images | None:
    """The visitor's drawing, if there is one."""
    drawn = drawn_images(opened.source, height=220)
    if not len(drawn):
        return None
    pixels = torch.from_numpy(np.rint(drawn[-1:] * 255).astype(np.uint8))
    label = NO_CLASS if opened.view.about is None else opened.view.about
    return Images(pixels, torch.full((1,), label))


def _picked(opened: Opened, plane: PadPlane) -> Images | None:
    """The image of the last pin that is on an image's code."""
    pins = session.read_pins(Setting.INFORMATION_PINS, _first_pins(plane))
    points = [pin.point for pin in pins if pin.point is not None]
    dataset = local_images(opened.spec)
    if dataset is None or not points or not 0 <= points[-1] < len(dataset.test):
        return None
    return dataset.test[points[-1] : points[-1] + 1]


def _found(opened: Opened, image: Images) -> session.Outcome[Found]:
    view, codes = opened.view, opened.subject.codes

    def compute() -> Found:
        exact = true_posterior(view, image.floats()[0], Grid.of(view, codes))
        return Found(exact, encode_images(view, image))

    return session.later(("posterior", opened.key, image.pixels.numpy().tobytes()), compute)


def _share(found: Found) -> np.ndarray:
    """p(z|x) as a share of its peak."""
    return np.exp(found.exact.log_density - found.exact.log_density.max())


def _under(plane: PadPlane, found: Found) -> PadPlane:
    """The plane with p(z|x) as a share of its peak, and q(z|x) as an ellipse."""
    share = _share(found)
    share[share < FAINTEST] = np.nan
    field = Field("p(z|x), share of its peak", share, found.exact.box)
    return plane.varied(field=field, trails=(Trail(found.code.mean, found.code.scale),))


def _numbers(opened: Opened, image: Images, found: Found) -> None:
    back = decode_means(opened.view, found.code.mean)
    show_png(
        mosaic_png(np.concatenate([image.floats().numpy(), back]), 2),
        "the image and its reconstruction",
    )
    nats, gap = found.exact.log_evidence, found.exact.gap
    st.markdown(
        f"log p(x) = **{numeral(nats)}**, ELBO = **{numeral(nats - gap)}** nats. The "
        f"difference, **{gap:.2f}** nats, is KL(q(z|x) ‖ p(z|x)): how far the ellipse is from "
        "the true posterior, which is drawn in colour."
    )
    mean, scale = found.code.mean[0], found.code.scale[0]
    show_chart(
        posterior_map(_share(found), found.exact.box, mean, scale),
        f"{opened.file_name}-posterior",
    )
    if found.exact.error > INEXACT:
        st.warning(
            f"The posterior is narrower than the smallest cells or goes on beyond them: log p(x) "
            f"may be off by {found.exact.error:.2g} nats."
        )
    if found.exact.hills > 1:
        st.markdown(
            f"The true posterior has **{found.exact.hills} modes**: the decoder draws this image "
            "at separate places, and one ellipse covers only one of them."
        )
