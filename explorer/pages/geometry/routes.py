"""Paths between pins: their course, their lengths, and the images along them."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.first_paths import FIRST_PATHS, first_pins, landscape_of
from explorer.analysis.geometry import PATHS, Landscape, Path, path_through, picked
from explorer.analysis.numerals import numeral
from explorer.components.latent_pad import Trail
from explorer.figures import barred, data_url, mosaic, path_colours, png
from explorer.models.latent import decode_means
from explorer.pages.common.models import Opened
from explorer.pages.common.pending import show_pending
from explorer.pages.common.pictures import TILE, show_png

PICTURES = 13  # in a film strip
NEARLY = 0.02  # if a geodesic saves less than this share, the straight line is as good
DRAWN = 65  # points of a drawn path
COLOURS = dict(zip(PATHS, path_colours(len(PATHS)), strict=True))


def trails(opened: Opened, codes: np.ndarray) -> list[Trail]:
    """The paths through pins (K, d) found so far, as trails for the plane."""
    drawn = []
    for kind, outcome in _paths(opened, codes).items():
        if path := outcome.value:
            # The pad draws the straight path itself, so that it follows a pin being dragged.
            line = codes if kind == "linear" else picked(path, DRAWN)
            colour = None if kind == "linear" else COLOURS[kind]
            name = f"{PATHS[kind].title}: {path.length:.1f}"
            drawn.append(Trail(line, name=name, colour=colour, dots=False))
    return drawn


def show_routes(opened: Opened, codes: np.ndarray) -> None:
    """A table of the paths and their film strips."""
    if len(codes) < 2:
        st.info("Pin two places in the plane to see the paths between them.")
        return
    outcomes = _paths(opened, codes)
    found = {kind: outcome.value for kind, outcome in outcomes.items() if outcome.value}
    _table(found, _landscape(opened).density.is_kernel)
    for kind, outcome in outcomes.items():
        if outcome.value is None:
            show_pending(PATHS[kind].title, outcome)
    _verdict(found)
    for kind, path in found.items():
        images = decode_means(opened.view, picked(path, PICTURES))
        zoom = max(1, round(TILE / max(images.shape[2:])))
        strip = barred(mosaic(images, PICTURES, zoom, gap=2), COLOURS[kind], 6)
        show_png(png(strip), PATHS[kind].title, width="content")
    for kind in PATHS:
        if why := PATHS[kind].undefined(opened.view):
            st.caption(f"{PATHS[kind].title}: not available, since {why}.")
    st.caption(
        "Between two pins, the pictures of a strip are spaced at equal steps of pixel length, so "
        "that each differs from the next by about the same amount."
    )


def _paths(opened: Opened, codes: np.ndarray) -> Mapping[str, session.Outcome[Path]]:
    """The path of each kind that is defined for the model; some are still being searched for."""
    if len(codes) < 2:
        return {}
    landscape, subject = _landscape(opened), opened.subject
    is_first = np.array_equal(codes, subject.once(first_pins))
    found: dict[str, session.Outcome[Path]] = {}
    for name, kind in PATHS.items():
        if kind.undefined(opened.view):
            continue
        if not kind.searched:
            quick = _quick(opened.key, name, codes.tobytes(), landscape, codes)
            found[name] = session.Outcome(True, quick)
            continue
        if is_first and subject.has(FIRST_PATHS[name]):
            found[name] = session.Outcome(True, subject.once(FIRST_PATHS[name]))
            continue
        found[name] = session.later(
            ("path", name, opened.key, codes.tobytes()),
            partial(path_through, landscape, codes, name),
            like=("path", name, opened.source.name, len(codes)),
        )
    return found


@session.shared
def _quick(key: str, kind: str, place: bytes, _land: Landscape, _codes: np.ndarray) -> Path:
    return path_through(_land, _codes, kind)


def _landscape(opened: Opened) -> Landscape:
    return opened.subject.once(landscape_of)


def _table(found: Mapping[str, Path], is_kernel: bool) -> None:
    straight = found["linear"]
    number, q = st.column_config.NumberColumn, "a kernel estimate of the codes' density"
    density = q if is_kernel else "the aggregate posterior, the mean of all q(z|x)"
    st.dataframe(
        {
            "": [_swatch(COLOURS[kind]) for kind in found],
            "Path": [PATHS[kind].title for kind in found],
            "Length, pixel units": [path.length for path in found.values()],
            "of the straight one": [_ratio(path, straight) for path in found.values()],
            "Lowest log q(z), nats": [
                numeral(path.lowest_density, ".1f") for path in found.values()
            ],
        },
        hide_index=True,
        column_config={
            "": st.column_config.ImageColumn(width="small"),
            "Length, pixel units": number(
                format="%.2f", help="Σ ‖Δ D(z)‖ along the path, measured by decoding."
            ),
            "of the straight one": number(
                format="%.3f", help="Length divided by that of the straight path (dimensionless)."
            ),
            "Lowest log q(z), nats": st.column_config.TextColumn(
                alignment="right",
                help=f"The lowest density along the path; q(z) is {density}. It may be positive, "
                "since a density can exceed 1.",
            ),
        },
    )
    with st.popover("What these paths are"):
        for kind in PATHS:
            st.markdown(f"**{PATHS[kind].title}**: {PATHS[kind].help}")


def _swatch(colour: str) -> str:
    """A square of one colour, as a data URL."""
    square = barred(np.zeros((16, 0, 4), np.uint8), colour, 16)[:, :16]
    return data_url(png(square))


def _ratio(path: Path, straight: Path) -> float:
    return path.length / straight.length if straight.length > 0 else float("nan")


def _verdict(found: Mapping[str, Path]) -> None:
    """The ratio of the lengths in a sentence, even if the difference is small."""
    straight, geodesic = found["linear"], found.get("geodesic")
    if geodesic is None:
        return
    saved = 1 - _ratio(geodesic, straight)
    if not np.isfinite(saved):
        st.markdown("The decoder draws the same image all along: every path has length 0.")
    elif saved < NEARLY:
        st.markdown(
            "The straight line is as good as a geodesic here: the shortest path found saves "
            f"{saved:.1%} of its length. Shao, Kumar & Fletcher (2018) found the same for their "
            "models."
        )
    else:
        lower = geodesic.lowest_density < straight.lowest_density
        st.markdown(
            f"The geodesic is {saved:.0%} shorter than the straight line, and "
            + ("crosses places of lower" if lower else "keeps to places of no lower")
            + " density."
        )
