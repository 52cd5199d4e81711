"""What is drawn together with a plane's codes, or shown next to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.geometry import Box
from explorer.components.files import File, packed
from explorer.components.latent_pad.atlas import Atlas
from explorer.figures import Colour

Array = NDArray[np.floating]


def on_both(colour: str | Colour) -> list[str]:
    """A colour on light and on dark grounds, ``#rrggbb`` each."""
    return [colour, colour] if isinstance(colour, str) else list(colour)


@dataclass(frozen=True, eq=False)
class Shades:
    """A number for each code, which colours it.

    Attributes:
        title: the name of the number, with its unit.
        values: (N,), NaN where a code has none.
        span: the values at the ends of the colour scale.
    """

    title: str
    values: Array
    span: tuple[float, float]

    @cached_property
    def file(self) -> File:
        """Digest, then values float32."""
        return packed(np.ascontiguousarray(self.values, "<f4").tobytes())


@dataclass(frozen=True, eq=False)
class Field:
    """A number for each place of the plane, drawn in colour under the codes.

    Attributes:
        title: the name of the number, with its unit.
        values: (rows, columns), row 0 at the top; NaN where there is none.
        box: xmin, xmax, ymin, ymax of the outer edges of the outer cells.
        span: the values at the ends of the colour scale, for example a common range of several
            planes; by default the field's own minimum and maximum.
        kinds: the names and colours of kinds such as classes, if the values are not a quantity but
            indices of kinds.
        help: what the number means, for whoever points at its name.
        told: whether the number under the cursor is told while the field is switched off.
    """

    title: str
    values: Array
    box: Box
    span: tuple[float, float] | None = None
    kinds: Sequence[tuple[str, str | Colour]] = ()
    help: str = ""
    told: bool = True

    @cached_property
    def file(self) -> File:
        """Digest, then values float32."""
        return packed(np.ascontiguousarray(self.values, "<f4").tobytes())


@dataclass(frozen=True, eq=False)
class Trail:
    """Codes visited one after another, such as those of a drawing after each stroke.

    Attributes:
        codes: (k, d) in order.
        scales: (k, d) posterior standard deviations, if there are any.
        name: its name in the plane's legend; without a name it is not listed there.
        colour: ``#rrggbb``, or None for the accent colour.
        dots: whether each code is drawn as a dot; otherwise the trail is only a line.
        marked: whether the last code has a large mark, so that it is found among thousands.
    """

    codes: Array
    scales: Array | None = None
    name: str = ""
    colour: str | None = None
    dots: bool = True
    marked: bool = False


@dataclass(frozen=True, eq=False)
class Dots:
    """Codes of a few kinds, such as draws that are in a hole or not, drawn above all others.

    Attributes:
        title: what they are.
        codes: (n, d); those that are not finite are not drawn.
        values: (n,) index of the kind of each.
        kinds: the names and colours of the kinds.
    """

    title: str
    codes: Array
    values: NDArray[np.integer]
    kinds: Sequence[tuple[str, str | Colour]]


@dataclass(frozen=True, eq=False)
class Ellipses:
    """Outlines of ellipses at places of the plane, such as steps that change the picture equally.

    Attributes:
        centres: (n, 2) in the plane.
        radii: (n, 2) half-axes, in the plane's units; ellipses that are not finite are not drawn.
        angles: (n,) angle of the first half-axis from the horizontal, in radians.
        colour: ``#rrggbb``, or None for the text colour.
        width: of the line, in CSS pixels.
    """

    centres: Array
    radii: Array
    angles: Array
    colour: str | None = None
    width: float = 1.0


@dataclass(frozen=True, eq=False)
class Companion:
    """Other pictures of places, shown next to the decoded picture under the cursor.

    Attributes:
        title: what the pictures are.
        atlas: a grid of them.
    """

    title: str
    atlas: Atlas
