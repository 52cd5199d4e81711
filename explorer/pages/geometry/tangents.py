"""Tangents: how the picture changes at the last pin, direction by direction."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.geometry import Plane, box_grid, directions, metric, tangent_images
from explorer.analysis.subject import needs_gradients
from explorer.components.latent_pad import Ellipses
from explorer.figures import ACCENT, signed
from explorer.models import View
from explorer.models.latent import decode_means
from explorer.pages.common.models import Opened, is_missing
from explorer.pages.common.numbers import show_numbers
from explorer.pages.common.pictures import mosaic_png, show_png
from explorer.pages.common.planes import pad_plane

SIDE = 15  # ellipses along a side of the plane
FILLING = 0.42  # radius of the median ellipse, as a share of a cell
ENLARGED = 6  # magnification of the ellipse at the pin, which would hide it otherwise
LONGEST = 0.95  # longest half-axis that is drawn, as a share of a cell
TILE = 224  # approximate length in pixels of a picture's longer side


def rings(opened: Opened, codes: np.ndarray, grid: bool) -> list[Ellipses]:
    """Ellipses of equal change for the plane: at the last pin and, if asked for, on a grid."""
    if not _has_ellipses(opened.view):
        return []
    everywhere, change, longest = _indicatrices(opened.key, opened)
    drawn = [everywhere] if grid else []
    if len(codes):
        plane = Plane.of(opened.codes.mean)
        here = metric(opened.view, codes[-1:], directions(plane))
        radii, angles = here.indicatrices(ENLARGED * change)
        place = plane.to_plane(codes[-1:])
        drawn.append(Ellipses(place, radii.clip(max=ENLARGED * longest), angles, ACCENT, 2.0))
    return drawn


def shown_change(opened: Opened) -> float | None:
    """The change, in pixel units, that the ellipses at the pin and around the cursor stand for;
    None if there are no ellipses."""
    has_ellipses = _has_ellipses(opened.view)
    return ENLARGED * _indicatrices(opened.key, opened)[1] if has_ellipses else None


def _has_ellipses(view: View) -> bool:
    return view.differentiable and view.dim > 1


@session.shared
def _indicatrices(key: str, _opened: Opened) -> tuple[Ellipses, float, float]:
    """Ellipses on a grid, the change in pixel units that all of them stand for, and the longest
    half-axis that is drawn."""
    pad = pad_plane(_opened)
    plane = Plane.of(_opened.codes.mean)
    points = box_grid(pad.home, SIDE).reshape(-1, 2)
    here = metric(_opened.view, plane.from_plane(points), directions(plane))
    cell = min(pad.home[1] - pad.home[0], pad.home[3] - pad.home[2]) / SIDE
    middling = float(np.median(np.sqrt(here.magnification)))  # pixel units per latent unit
    change = FILLING * cell * (middling or 1.0)
    radii, angles = here.indicatrices(change)
    longest = LONGEST * cell
    return Ellipses(points, radii.clip(max=longest), angles), change, longest


def show_tangents(opened: Opened, codes: np.ndarray) -> None:
    """The two tangent images at the last pin, and the numbers of the metric there."""
    view = opened.view
    if is_missing("The tangent plane", needs_gradients(opened.subject)):
        return
    if not len(codes):
        st.info("Pin a place in the plane to see the directions in which its picture changes.")
        return
    code, plane = codes[-1:], Plane.of(opened.codes.mean)
    axes = directions(plane)
    image = decode_means(view, code)  # (1, C, H, W)
    changes = tangent_images(view, code, axes)[0]  # (k, C, H, W)
    here = metric(view, code, axes)
    pictures = st.container(horizontal=True)
    with pictures:
        _picture(image, "D(z) at the last pin")
        largest = float(np.abs(changes).max())
        for label, change in zip(plane.labels, changes, strict=False):
            caption = f"∂x̂/∂{label} (norm {np.linalg.norm(change):.2f})"
            _picture(signed(change[None], largest), caption)
    _numbers(here.singular_values[0], float(here.magnification[0]), float(here.condition[0]))
    st.caption(
        "Orange pixels get brighter along the direction, blue ones darker; both pictures share a "
        f"scale that ends at ±{largest:.2g} per latent unit."
    )
    if view.dim > 2:
        st.caption(
            f"Of the {view.dim} latent dimensions, these are the two directions of the plane."
        )
    if view.dim > 1:
        change = _indicatrices(opened.key, opened)[1]
        st.caption(
            "The ellipse around the pin, and around the cursor where the browser decodes, marks "
            f"the steps that change the picture by {ENLARGED * change:.2g} pixel units, to first "
            f"order. The ellipses on the grid stand for {change:.2g} pixel units and are cut off "
            "where they would be longer than a cell."
        )


def _picture(image: np.ndarray, caption: str) -> None:
    show_png(mosaic_png(image, 1, TILE), caption, width="content")


def _numbers(values: np.ndarray, magnification: float, condition: float) -> None:
    numbers = [
        (f"Singular value {index}", f"{value:.3g}", "pixel units per latent unit", "How fast the "
         "picture changes in the direction in which it changes most (1) and least (2).")
        for index, value in enumerate(values, start=1)
    ]  # fmt: skip
    unit = "pixel units² per latent unit²" if len(values) > 1 else "pixel units per latent unit"
    numbers.append(("√det G", f"{magnification:.3g}", unit, "The product of the singular values."))
    if len(values) > 1:
        shown = f"{condition:.3g}" if np.isfinite(condition) else "∞"
        numbers.append(("Condition number", shown, "s₁ / s₂", "1 if all directions are alike."))
    show_numbers(numbers)
