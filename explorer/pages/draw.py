"""The Draw page: draw a digit and see, stroke by stroke, where the encoder puts it."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.measures.knn_accuracy import NEIGHBOURS
from explorer.analysis.walks import Walk, walk
from explorer.components.latent_pad import Trail
from explorer.datasets import Source
from explorer.datasets.ink import MAX_BYTES, PictureError, centred, read_picture
from explorer.figures import mosaic, png
from explorer.pages.common.drawing import drawn_images
from explorer.pages.common.heading import show_heading
from explorer.pages.common.models import (
    Opened,
    choose_checkpoint,
    introduce,
    readable_checkpoints,
)
from explorer.pages.common.pictures import show_png
from explorer.pages.common.planes import pad_plane, show_planes
from explorer.session import Setting

TITLE, PATH = "Draw", "draw"
PURPOSE = "Draw a digit and see where the encoder puts it, stroke by stroke."

DRAWING, PICTURE = "drawing", "picture"
NEAREST = (
    f"The classes of the {NEIGHBOURS} held-out codes nearest to the drawing's code (k nearest "
    "neighbours, kNN)."
)
SIZE = 448  # pixels of an image; it is shown smaller, so that it stays sharp


def render() -> None:
    """The page."""
    show_heading(PURPOSE)
    specs = readable_checkpoints()
    model_column, input_column = st.columns([3, 2], vertical_alignment="bottom")
    with model_column:
        checkpoint = choose_checkpoint(Setting.DRAWN_MODEL, specs, "mnist-vae")
    with input_column:
        kind = session.pick(
            Setting.INPUT,
            "From",
            [DRAWING, PICTURE],
            help="Draw with a mouse, pen or finger, or upload a picture of a drawing.",
        )
    opened = introduce(checkpoint)
    source = opened.source
    drawn_column, plane_column = st.columns([39, 61], gap="medium")
    with drawn_column:
        images = drawn_images(source) if kind == DRAWING else _upload(source)
        walked = _walk(opened, images)
        _pictures(opened, walked)
    with plane_column:
        _plane(opened, walked)
    if walked:
        _numbers(opened, walked, kind)
    st.caption(_how_it_is_placed(source))
    session.await_later()


def _upload(source: Source) -> np.ndarray:
    """The uploaded picture as an array of one image (1, C, H, W), or of none (0, C, H, W)."""
    file = st.file_uploader(
        "A PNG or JPEG of something drawn or written",
        type=["png", "jpg", "jpeg"],
        key="uploaded picture",
        max_upload_size=MAX_BYTES // 2**20,
        help="Dark on light or light on dark. It stays in this session and is not stored.",
    )
    if file is not None:
        try:
            ink = read_picture(file.getvalue())
            return centred(ink, source.ink, source.image_shape)[None]
        except PictureError as error:
            st.error(str(error))
    return np.zeros((0, *source.image_shape), np.float32)


def _how_it_is_placed(source: Source) -> str:
    height, width = source.image_shape[1:]
    box = round(source.ink.box * min(height, width))
    centre = "centre of mass" if source.ink.centre == "mass" else "bounding box"
    return (
        f"As in {source.title}, the drawing is scaled to a box of {box}×{box} pixels and its "
        f"{centre} is moved to the centre of the {width}×{height} image."
    )


def _walk(opened: Opened, images: np.ndarray) -> Walk | None:
    if not len(images):
        return None
    return walk(opened.view, images, opened.codes, len(opened.source.classes))


def _pictures(opened: Opened, walked: Walk | None) -> None:
    """The whole drawing as the encoder sees it, and its reconstruction."""
    if walked is None:
        st.info(
            "Draw a stroke or upload a picture, and the encoder shows where it belongs: its "
            "posterior appears in the plane, its reconstruction here."
        )
    else:
        pair = np.stack([walked.images[-1], walked.decoded[-1]])
        zoom = max(1, SIZE // max(pair.shape[2:]))
        show_png(
            png(mosaic(pair, 2, zoom, gap=SIZE // 28)),
            "left: what the encoder sees; right: its reconstruction",
        )
        if names := opened.source.classes:
            st.markdown(f"Looks like: {_verdict(walked, -1, names)}", help=NEAREST)


def _verdict(walked: Walk, index: int, names: tuple[str, ...]) -> str:
    """The classes of the nearest held-out codes, the most common first: ``3 (8 of 10), 5 (2)``."""
    counts = np.rint(walked.votes[index] * NEIGHBOURS).astype(int)
    order = np.argsort(-counts, kind="stable")
    first, *others = (label for label in order if counts[label])
    best = f"{names[first]} ({counts[first]} of {NEIGHBOURS})"
    return ", ".join([best, *(f"{names[label]} ({counts[label]})" for label in others)])


def _plane(opened: Opened, walked: Walk | None) -> None:
    """The held-out codes, and the trail of the drawing's posteriors among them."""
    shown = pad_plane(opened)
    if walked:
        codes = walked.codes
        scale = codes.scale if opened.view.stochastic else None
        trail = Trail(codes.mean, scale, marked=True)
        shown = shown.varied(trails=[trail])
    show_planes([shown], opened.source.classes, key=f"draw {opened.widget_key}")


def _numbers(opened: Opened, walked: Walk, kind: str) -> None:
    """A row for each stroke: how far it moved the code, and numbers on the drawing so far."""
    names, view = opened.source.classes, opened.view
    rows, drawn, has_kl = range(len(walked)), kind == DRAWING, np.isfinite(walked.kl).any()
    columns = {
        "Strokes": drawn and ["1", *(f"1–{index + 1}" for index in rows[1:])],
        "Code moved by": drawn and walked.moved,
        "in posterior σ": drawn and view.stochastic and walked.moved_in_scales,
        "KL, nats": has_kl and walked.kl,
        "Squared error": walked.squared_error,
        "Looks like": bool(names) and [_verdict(walked, index, names) for index in rows],
    }
    number = st.column_config.NumberColumn
    st.dataframe(
        {
            title: column
            for title, column in columns.items()
            if isinstance(column, list | np.ndarray)
        },
        hide_index=True,
        column_config={
            "Code moved by": number(
                format="%.2f", help="|Δμ|: distance between posterior means, in latent units."
            ),
            "in posterior σ": number(
                format="%.1f",
                help="The same distance in standard deviations of the posterior before the stroke "
                "(Mahalanobis): below about 2, the posterior already allowed for the new place.",
            ),
            "KL, nats": number(
                format="%.2f", help="KL(q(z|x) ‖ p(z)) of the drawing so far, in nats."
            ),
            "Squared error": number(
                format="%.1f", help="Σ over pixels of (x − D(μ))², decoded from the mean code."
            ),
            "Looks like": st.column_config.TextColumn(help=NEAREST),
        },
    )
