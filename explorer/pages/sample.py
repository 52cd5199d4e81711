"""Sample: draw codes, decode them, see where they came from, take them home."""

import io
from dataclasses import replace

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.sampling import COMPONENTS_TRIED, SOURCES, Request, best_components
from explorer.figures import ACCENT, class_colours, mosaic, png
from explorer.models.latent import decode_draws, decode_means
from explorer.pages import _parts as parts
from explorer.pages._repair import show_repair
from explorer.runs.checkpoints import Checkpoint
from explorer.session import Setting

TITLE, PATH = "Sample", "sample"

MEAN, DRAW = "mean", "true draw"
FEW = 10  # components, until a better number is known


def render() -> None:
    """The page."""
    specs = parts.readable_checkpoints()
    top = st.columns([3, 3, 2], vertical_alignment="bottom")
    with top[0]:
        checkpoint = parts.choose_checkpoint(Setting.SAMPLED_MODEL, specs, "mnist-vae")
    with top[1]:
        source = session.pick(
            Setting.SOURCE,
            "Draw z from",
            list(SOURCES),
            show=lambda name: SOURCES[name].title,
        )
    with top[2]:
        shown = session.pick(
            Setting.DRAW,
            "Show",
            [MEAN, DRAW],
            help="The mean of p(x|z) is smooth; a true draw has the likelihood's pixel noise.",
        )
    request = _request(checkpoint)
    st.caption(SOURCES[source].help)

    z = _draw(checkpoint.spec.digest, checkpoint, source, request)
    decode = decode_means if shown == MEAN else lambda m, c: decode_draws(m, c, request.seed)
    images = decode(checkpoint.model, z)
    picture_column, plane_column = st.columns(2, gap="medium")
    with picture_column:
        columns = int(np.ceil(np.sqrt(len(images))))
        parts.show_png(parts.mosaic_png(images, columns))
        _downloads(checkpoint.spec.name, columns, z, images)
    with plane_column:
        _plane(checkpoint, z)
    show_repair(checkpoint, request.components or FEW)
    session.await_later()


def _request(checkpoint: Checkpoint) -> Request:
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
    with columns[3]:
        components = _components(checkpoint)
    return Request(count, seed, temperature, components)


def _components(checkpoint: Checkpoint) -> int:
    """Of a mixture: as many as the Bayesian information criterion says, or the visitor."""
    if session.switch(
        Setting.BY_HAND,
        "Set the number of components",
        help="Else the number with the least Bayesian information criterion (Schwarz 1978) of "
        f"{', '.join(map(str, COMPONENTS_TRIED))}.",
    ):
        return session.slide(Setting.COMPONENTS, "Components", 1, 50, 10, 1)
    codes = checkpoint.codes.mean
    chosen = session.later(("components", checkpoint.spec.digest), lambda: best_components(codes))
    if chosen.value is None:
        st.caption(chosen.trouble or f"Components of the mixture: {FEW} until they are chosen …")
        return FEW
    st.caption(f"Components of the mixture: **{chosen.value}**")
    return chosen.value


@session.cached
def _draw(digest: str, _checkpoint: Checkpoint, source: str, request: Request) -> np.ndarray:
    return SOURCES[source].draw(_checkpoint.model, _checkpoint.codes, request)


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


def _plane(checkpoint: Checkpoint, z: np.ndarray) -> None:
    """The held-out codes with the drawn ones among them, as a class of their own."""
    classes = parts.class_names(checkpoint.spec)
    plane, codes = parts.pad_plane(checkpoint), checkpoint.codes
    noughts = None if plane.scales is None else np.zeros_like(z)  # a draw has no posterior
    drawn = replace(
        plane,
        codes=np.concatenate([codes.mean, z]),
        labels=np.concatenate([codes.labels, np.full(len(z), len(classes))]),
        scales=None if noughts is None else np.concatenate([codes.scale, noughts]),
        marked=len(classes),
        images=None,
    )
    session.show_pad(
        [drawn],
        classes=[*classes, "drawn z"],
        palette=[*class_colours(len(classes)), ACCENT],
        height=460,
        key=f"sample {checkpoint.spec.name}",
    )
