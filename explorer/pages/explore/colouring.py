"""How codes are coloured on Explore, and the images at both ends of the colour scale."""

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.colouring import CLASS, ColourBy, colourings
from explorer.analysis.numerals import numeral
from explorer.components.latent_pad import MAX_PINS, PadPlane, PadState, Shades
from explorer.pages.common.models import Opened, is_missing
from explorer.pages.common.pending import show_pending
from explorer.pages.common.pictures import show_images
from explorer.pages.common.planes import image_pin
from explorer.session import Setting

ENDS = (0.01, 0.99)  # quantiles at the ends of the scale, so that outliers do not stretch it
SHOWN = 8  # images at each end


@dataclass(frozen=True)
class Coloured:
    """A plane in its colours.

    Attributes:
        plane: the plane.
        kinds: the names of the kinds that its labels index.
        hidden: the URL parameter that lists the hidden kinds.
    """

    plane: PadPlane
    kinds: tuple[str, ...]
    hidden: str = Setting.HIDDEN


def choose_colouring(opened: Opened) -> ColourBy:
    """A menu of everything that the codes can be coloured by."""
    options = colourings(opened.source)
    name = session.choose(
        Setting.COLOUR,
        "Colour of the codes",
        list(options),
        show=lambda name: options[name].title,
        help="What the colour of a code says about its image.",
    )
    return options[name]


def coloured(opened: Opened, plane: PadPlane, by: ColourBy) -> Coloured:
    """A plane in those colours. Until they are ready, or if they are not available (a sentence says
    why), it is coloured by class."""
    by_class = Coloured(plane, opened.source.classes)
    if by.name == CLASS or is_missing(by.title, by.undefined(opened.subject)):
        return by_class
    if by.kinds is not None:
        return Coloured(
            _by_kind(opened.key, by.name, by, opened, plane), by.kinds, f"hide-{by.name}"
        )
    shades = _shades(opened, by)
    return replace(by_class, plane=plane.varied(shades=shades)) if shades else by_class


@session.shared
def _by_kind(key: str, name: str, _by: ColourBy, _opened: Opened, _plane: PadPlane) -> PadPlane:
    return replace(_plane, labels=_by.values(_opened.subject))


def _shades(opened: Opened, by: ColourBy) -> Shades | None:
    """The number of each image, once all are computed."""
    outcome = session.later(
        ("colour", by.name, opened.key),
        lambda: _measured(by, opened),
        like=("colour", by.name, opened.source.name),
    )
    if outcome.value is None:
        show_pending(f"{by.title} of each image", outcome)
    return outcome.value


def _measured(by: ColourBy, opened: Opened) -> Shades:
    values = by.values(opened.subject)
    finite = values[np.isfinite(values)]
    low, high = np.quantile(finite, ENDS).tolist() if len(finite) else (0.0, 1.0)
    return Shades(f"{by.title}, {by.unit}" if by.unit else by.title, values, (low, high))


def show_ends(opened: Opened, plane: PadPlane, state: PadState) -> None:
    """If a number colours the codes, the images with its smallest and largest values; a click pins
    one."""
    if plane.shades is None:
        return
    values = plane.shades.values
    finite = np.flatnonzero(np.isfinite(values))
    order = finite[np.argsort(values[finite], kind="stable")]
    if not len(order):
        return

    def pin(place: int) -> None:
        pins = [*state.pins, image_pin(plane, place)]
        session.write_pins(Setting.PINS, pins[-MAX_PINS:])

    least, most = order[:SHOWN], order[-SHOWN:][::-1].copy()
    marks = (values[least[0]], values[most[0]], values[order[len(order) // 2]])
    low, high, middle = (numeral(value, ".4g") for value in marks)
    st.markdown(
        f"**{plane.shades.title}** of {len(order):,} images: from {low} to {high}, half of them "
        f"below {middle}. "
        "Originals above, reconstructions below."
    )
    for name, chosen in (("Lowest", least), ("Highest", most)):
        st.caption(name)
        labels = [numeral(value, ".4g") for value in values[chosen]]
        show_images(
            opened, chosen, labels, f"{name} {plane.shades.title}", "Pin", "Pin this image", pin
        )
