"""Projector probe: noise along the surface of decoded images is kept, other noise is removed."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.geometry import Gain, Probe, probe, projector_gain, shuffled, why_no_probe
from explorer.datasets import Images
from explorer.figures import gain_curve
from explorer.models import View
from explorer.pages.common.charts import show_chart
from explorer.pages.common.images import local_images
from explorer.pages.common.models import Opened, is_missing
from explorer.pages.common.pending import show_pending
from explorer.pages.common.pictures import mosaic_png, show_png
from explorer.session import Setting

SHARES = np.geomspace(0.02, 1.0, 8)  # sizes of the noise on the curve, in mean norms of an image
AVERAGED = 200  # images averaged for the curve
PICTURED = 5  # images shown
COLUMNS = 6  # pictures of each of them
TILE = 56


def show_probe(opened: Opened) -> None:
    """Noisy images with their reconstructions, and the curve of gains."""
    if is_missing("The projector probe", why_no_probe(opened.view)):
        return
    if local_images(opened.spec) is None:
        return
    images = opened.subject.test
    share = session.slide(
        Setting.NOISE,
        "Size of the noise in the pictures, % of an image's norm",
        5,
        100,
        40,
        5,
        help="The curve shows all sizes.",
    )
    pictures, curve = st.columns([2, 3], gap="medium")
    with pictures:
        _pictures(opened, images, share)
    with curve:
        _curve(opened, images)


def _norm(images: np.ndarray) -> float:
    return float(np.linalg.norm(images.reshape(len(images), -1), axis=1).mean())


def _pictures(opened: Opened, images: Images, share: float) -> None:
    some = images[:PICTURED].floats().numpy()
    size = share / 100 * _norm(some)
    picture = _pictures_png(opened.key, share, opened.view, some, size)
    show_png(picture, width="content", alt="images with noise, and what the model makes of them")
    st.caption(
        "From left to right: an image and its reconstruction; the image with noise along the "
        "tangent plane and its reconstruction; the image with noise normal to the plane and its "
        f"reconstruction. ‖δ‖ = {size:.2f} pixel units."
    )


@session.shared
def _pictures_png(key: str, share: float, _view: View, _images: np.ndarray, _size: float) -> bytes:
    found: Probe = probe(_view, _images, _size)
    pairs = (found.images, found.back, found.tangent, found.tangent_back)
    rows = np.stack([*pairs, found.normal, found.normal_back], axis=1)  # (N, 6, C, H, W)
    return mosaic_png(rows.reshape(-1, *rows.shape[2:]), COLUMNS, TILE)


def _curve(opened: Opened, images: Images) -> None:
    def measure() -> tuple[Gain, Gain]:
        some = images[:AVERAGED].floats().numpy()
        sizes = SHARES * _norm(some)
        view = opened.view
        return projector_gain(view, some, sizes), projector_gain(shuffled(view), some, sizes)

    outcome = session.later(("gain", opened.key), measure)
    if outcome.trouble:
        st.warning(outcome.trouble)
    elif not outcome.value:
        show_pending("The gains", outcome)
    else:
        gain, control = outcome.value
        show_chart(gain_curve(gain, control), f"{opened.file_name}-gain")
        st.caption(
            f"‖D(E(x + δ)) − D(E(x))‖ / ‖δ‖, means over {gain.images} test images with standard "
            "errors. A perfect projector has gain 1 along its surface and 0 normal to it. Dashed: "
            "a random network of the same shape, with this model's weights shuffled within each "
            f"layer. Its gain for the smallest noise is {control.tangent[0]:.2g} along its own "
            f"surface and {control.normal[0]:.2g} normal to it. Anything above that was learned."
        )
