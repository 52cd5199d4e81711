"""What is drawn over a plane's codes, and shown beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.components.latent_pad.atlas import Atlas

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Trail:
    """Codes visited one after another, such as those of a drawing after each stroke.

    Attributes:
        codes: (k, d) in order.
        scales: (k, d) posterior standard deviations, if there are any.
        name: what the plane's legend calls it; without a name it does not stand there.
        colour: ``#rrggbb``, or None for the accent.
        dots: whether each code is a dot, or the trail but a line.
    """

    codes: Array
    scales: Array | None = None
    name: str = ""
    colour: str | None = None
    dots: bool = True


@dataclass(frozen=True, eq=False)
class Ellipses:
    """Outlines of ellipses at places of the plane, such as of steps that change the picture alike.

    Attributes:
        centres: (n, 2) in the plane.
        radii: (n, 2) half-axes, in the plane's units; one that is not finite is not drawn.
        angles: (n,) of the first half-axis against the horizontal one, in radians.
        colour: ``#rrggbb``, or None for the ink.
        width: of the line, in CSS pixels.
    """

    centres: Array
    radii: Array
    angles: Array
    colour: str | None = None
    width: float = 1.0


@dataclass(frozen=True, eq=False)
class Companion:
    """Other pictures of places, to be seen beside the decoded ones under the cursor.

    Attributes:
        title: what they are.
        atlas: a grid of them.
    """

    title: str
    atlas: Atlas
