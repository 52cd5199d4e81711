"""The second half of Compare: one model as its KL weight changes."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.measures import HEADLINE
from explorer.components.latent_pad import Film, PadPlane
from explorer.components.rate_curve import rate_curve
from explorer.figures import class_colours, plane_picture, png
from explorer.pages.common.models import load, open_views
from explorer.pages.common.numbers import measured, show_table
from explorer.pages.common.pictures import show_draws, show_png
from explorer.pages.common.planes import classes_of, pad_plane, show_planes
from explorer.pages.compare.collapse import show_collapse
from explorer.runs.series import find_series, kl_weight
from explorer.session import Setting
from explorer.specs import CheckpointSpec

DRAWS = 32  # from the prior, below the curve
SMALL_DRAWS = 16  # per weight
TILE_WIDTH = 112  # CSS pixels: ten in a row on a laptop, three on a phone
WIDEST = 3.0  # size of the common box, at most, in units of the median plane's size
RINGS = (1, 2, 3)  # standard deviations of the prior

Box = tuple[float, float, float, float]


class Shown:
    """The models of a series, in order of their KL weight, with their planes."""

    def __init__(self, series: Sequence[CheckpointSpec]) -> None:
        self.specs = list(series)
        self.weights = [kl_weight(spec) for spec in series]
        self.names = [f"{weight:g}" for weight in self.weights]
        self.models = open_views([load(spec.name) for spec in series])
        # The film starts here; the other planes are aligned with this one.
        self.first = min(range(len(series)), key=lambda index: abs(self.weights[index] - 1))
        # Only two-dimensional models can be aligned; the film works without alignment too.
        first = self.models[self.first]
        self.reference = first if first.view.dim == 2 else None
        self.planes = [pad_plane(one, self.reference) for one in self.models]
        self.classes = first.source.classes

    def take(self, index: int) -> None:
        """Make a weight the current one."""
        session.remember(Setting.KL_WEIGHT, self.names[index])


def along_the_weight(specs: dict[str, CheckpointSpec]) -> None:
    """One model as its KL weight changes: a film of its planes, aligned so that the eye can follow,
    the rate–distortion curve, all planes side by side, and how dimensions die."""
    st.subheader("Along the KL weight")
    series_by_name = find_series(specs)
    if not series_by_name:
        st.info(
            "There is no series yet. Train one model with three or more KL weights, changing "
            "nothing else, for example with "
            "`python -m explorer train digits vae --kl-weight 4 --name …`."
        )
        return
    with st.columns([1, 3])[0]:
        name = session.choose(Setting.SERIES, "Series", list(series_by_name))
    shown = Shown(series_by_name[name])
    film, curve = st.columns([3, 2], gap="medium")
    with film:
        current = _film(shown)
    with curve:
        _curve(shown, current)
    all_weights, collapsing = session.tabs(Setting.SWEEP_TAB, ["All weights", "Collapse"])
    if all_weights.open:
        with all_weights:
            _all_weights(shown, current)
    if collapsing.open:
        with collapsing:
            show_collapse(shown.models, shown.weights, current)
    show_table("current-weight", [shown.models[current]], HEADLINE)


def _film(shown: Shown) -> int:
    """A film of the planes of all weights; returns the index of the weight it shows."""
    state = show_planes(
        [Film(shown.planes, "KL weight β =", shown.names)],
        shown.classes,
        frame=Setting.KL_WEIGHT,
        first_frame=shown.first,
        height=480,
        key=f"along the KL weight of {shown.specs[0].name}",
    )
    return state.frame


def _curve(shown: Shown, current: int) -> None:
    rate_curve(
        [measured(spec, "kl") for spec in shown.specs],
        [measured(spec, "reconstruction") for spec in shown.specs],
        shown.weights,
        current=current,
        key=f"curve of {shown.specs[0].name}",
        on_pick=shown.take,
    )
    st.caption(
        "What a code costs (rate) against what is lost (distortion), on the test images. Drag the "
        "ring along the curve: each KL weight β gives a different trade-off between the two."
    )
    caption = f"{DRAWS} draws from {shown.models[current].prior} at β = {shown.names[current]}"
    show_draws(shown.models[current], caption, DRAWS, 8, 0)


def _all_weights(shown: Shown, current: int) -> None:
    """Small multiples: the plane and a few draws from the prior for each weight."""
    held = [plane for plane, weight in zip(shown.planes, shown.weights, strict=True) if weight > 0]
    box = common_box(held)
    beyond = [
        f"β = {name}"
        for name, plane in zip(shown.names, shown.planes, strict=True)
        if not _fits(plane.home, box)
    ]
    onto = shown.reference.key if shown.reference else ""
    aligned = "aligned and " if onto else ""
    rings = "; circles are 1, 2 and 3 σ of the prior" if held[0].prior else ""
    reach = "extends beyond its picture" if len(beyond) == 1 else "extend beyond their pictures"
    more = f" {', '.join(beyond)} {reach}." if beyond else ""
    st.caption(
        f"The codes of the same held-out images at each KL weight, {aligned}drawn to one "
        f"scale{rings}. The classes move together until they cannot be told apart. Below, the same "
        f"{SMALL_DRAWS} draws from {shown.models[0].prior}, decoded.{more}"
    )
    row = st.container(horizontal=True, gap="xsmall")
    for index, name in enumerate(shown.names):
        opened, plane = shown.models[index], shown.planes[index]
        with row.container(width=TILE_WIDTH, gap="xsmall"):
            st.button(
                f"β = {name}",
                key=f"take {opened.name}",
                type="primary" if index == current else "secondary",
                width="stretch",
                on_click=shown.take,
                args=(index,),
            )
            classes = len(classes_of(shown.classes))
            picture = _plane_png(opened.key, onto, box, classes, session.is_dark(), plane)
            show_png(picture, alt=f"the codes at β = {name}")
            show_draws(opened, "", SMALL_DRAWS, 4, 0, 2 * TILE_WIDTH // 4)


def common_box(planes: Sequence[PadPlane]) -> Box:
    """A square that holds nearly all codes of nearly all planes and the bulk of the prior. A plane
    far wider than most would shrink the others to dots, so its own picture is cropped instead."""
    homes = np.array([plane.home for plane in planes]).reshape(-1, 2, 2)  # (K, axes, ends)
    middle = (homes[:, :, 0].min(axis=0) + homes[:, :, 1].max(axis=0)) / 2
    reach = np.abs(homes - middle[:, None]).max(axis=(1, 2))  # (K,)
    half = float(min(reach.max(), WIDEST * np.median(reach)))
    x, y = middle.tolist()
    return (x - half, x + half, y - half, y + half)


def _fits(home: Box, box: Box) -> bool:
    return box[0] <= home[0] and home[1] <= box[1] and box[2] <= home[2] and home[3] <= box[3]


@session.shared
def _plane_png(key: str, onto: str, box: Box, classes: int, dark: bool, _plane: PadPlane) -> bytes:
    rings = RINGS if _plane.prior else ()
    colours = [colour.on(dark) for colour in class_colours(classes)]
    return png(plane_picture(_plane.points, _plane.labels, colours, box, 2 * TILE_WIDTH, rings))
