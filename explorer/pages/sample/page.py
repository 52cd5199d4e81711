"""The Sample page: draw codes, decode them, see where they lie, download them."""

import io
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.mixture import COMPONENTS_TRIED, Mixture, fit_mixture
from explorer.analysis.sampling import SOURCES, Request, best_mixture
from explorer.figures import ACCENTS, class_colours, mosaic, png
from explorer.models.latent import decode_draws, decode_means
from explorer.pages.common.heading import show_heading
from explorer.pages.common.models import Opened, choose_checkpoint, open_views, readable_checkpoints
from explorer.pages.common.pending import show_pending
from explorer.pages.common.pictures import mosaic_png, show_png
from explorer.pages.common.planes import classes_of, pad_labels, pad_plane, show_shares
from explorer.pages.sample.repair import show_repair
from explorer.session import Setting

TITLE, PATH = "Sample", "sample"
PURPOSE = "Draw codes from a distribution and see the images that they decode to."

MEAN, DRAW = "mean", "true draw"


def render() -> None:
    """The page."""
    show_heading(PURPOSE)
    specs = readable_checkpoints()
    top = st.columns([4, 7, 3], vertical_alignment="bottom")
    with top[0]:
        checkpoint = choose_checkpoint(Setting.SAMPLED_MODEL, specs, "mnist-vae")
    with top[1]:
        source_place = st.container()
    with top[2]:
        shown = session.pick(
            Setting.DRAW,
            "Show",
            [MEAN, DRAW],
            help="The mean of p(x|z) is smooth; a true draw has the likelihood's pixel noise.",
        )
    (opened,) = open_views([checkpoint])
    with source_place:
        source = _source(opened)
    request = _request(opened, source)
    st.caption(SOURCES[source].help)

    if source == "mixture":
        fitted = _fitted(opened, request.components)
        if not fitted.ready:
            show_pending("The mixture fitted to the held-out codes", fitted)
            session.await_later()
            return
    z = _draw(opened.key, opened, source, request)
    if shown == MEAN:
        images = decode_means(opened.view, z)
    else:
        images = decode_draws(opened.view, z, request.seed)
    picture_column, plane_column = st.columns(2, gap="medium")
    with picture_column:
        columns = int(np.ceil(np.sqrt(len(images))))
        show_png(mosaic_png(images, columns), alt=f"{len(images)} codes drawn at random, decoded")
        _downloads(opened.file_name, columns, z, images)
    with plane_column:
        _plane(opened, z)
    show_repair(opened, request.components)
    session.await_later()


def _source(opened: Opened) -> str:
    """The distribution to draw codes from, one of those available for this model."""
    missing = {name: one.undefined(opened.subject) for name, one in SOURCES.items()}
    for name, why in missing.items():
        if why:
            st.caption(f"Cannot draw from the {SOURCES[name].title.lower()}: {why}.")
    return session.pick(
        Setting.SOURCE,
        "Draw z from",
        [name for name, why in missing.items() if not why],
        show=lambda name: SOURCES[name].title,
    )


def _request(opened: Opened, source: str) -> Request:
    columns = st.columns(4, vertical_alignment="bottom")
    with columns[0]:
        count = session.slide(Setting.COUNT, "Images", 1, 256, 64, 1)
    with columns[1]:
        temperature = session.slide(
            Setting.TEMPERATURE,
            "Temperature",
            0.0,
            2.0,
            1.0,
            0.05,
            help="Scales every standard deviation of the source: 1 is the source itself.",
        )
    with columns[2]:
        seed = session.number(
            Setting.SEED, "Seed", 0, 999_999, 0, help="The same seed draws the same codes."
        )
    components = None
    if source == "mixture":
        with columns[3]:
            components = _components(opened)
    return Request(count, seed, temperature, components)


def _components(opened: Opened) -> int | None:
    """The number of mixture components if it is chosen by hand; otherwise the Bayesian information
    criterion chooses it."""
    if session.switch(
        Setting.BY_HAND,
        "Set the number of components",
        help=f"Otherwise it is one of {', '.join(map(str, COMPONENTS_TRIED))}: the number with "
        "the lowest Bayesian information criterion (Schwarz 1978).",
    ):
        return session.slide(Setting.COMPONENTS, "Components", 1, 50, 10, 1)
    chosen = _fitted(opened, None)
    if chosen.value is None:
        show_pending("Components of the mixture", chosen)
    else:
        st.caption(f"Components of the mixture: **{len(chosen.value.weights)}**")
    return None


def _fitted(opened: Opened, components: int | None) -> session.Outcome[Mixture]:
    """The mixture, kept with the checkpoint or fitted beside the page."""
    if components is None:
        return opened.once("best mixture", best_mixture)
    codes = opened.subject.codes.mean
    return session.later(
        ("mixture", opened.key, components), partial(fit_mixture, codes, components)
    )


@session.shared
def _draw(key: str, _opened: Opened, source: str, request: Request) -> np.ndarray:
    return SOURCES[source].draw(_opened.subject, request)


def _downloads(name: str, columns: int, z: np.ndarray, images: np.ndarray) -> None:
    archive = io.BytesIO()
    np.savez_compressed(archive, z=z, images=images)
    left, right = st.columns(2)
    left.download_button(
        "Picture (PNG)",
        png(mosaic(images, columns, zoom=4, gap=2)),
        f"{name}-samples.png",
        "image/png",
        on_click="ignore",
    )
    right.download_button(
        "Codes and images (.npz)",
        archive.getvalue(),
        f"{name}-samples.npz",
        "application/octet-stream",
        on_click="ignore",
    )


def _plane(opened: Opened, z: np.ndarray) -> None:
    """The held-out codes with the drawn ones among them, as a class of their own."""
    classes = classes_of(opened.source.classes)
    plane, codes = pad_plane(opened), opened.codes
    noughts = None if plane.scales is None else np.zeros_like(z)  # a draw has no posterior
    drawn = replace(
        plane,
        codes=np.concatenate([codes.mean, z]),
        labels=np.concatenate([pad_labels(codes.labels), np.full(len(z), len(classes))]),
        scales=None if noughts is None else np.concatenate([codes.scale, noughts]),
        marked=len(classes),
        images=None,
    )
    session.show_pad(
        [drawn],
        classes=[*classes, "drawn z"],
        palette=[*class_colours(len(classes)), ACCENTS],
        key=f"sample {opened.widget_key}",
    )
    show_shares([drawn])
