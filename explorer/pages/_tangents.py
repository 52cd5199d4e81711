"""Tangents: how the picture changes at the last pin, direction by direction."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.geometry import Plane, box_grid, directions, metric, tangent_images
from explorer.components.latent_pad import Ellipses
from explorer.figures import ACCENT, signed
from explorer.models import Model
from explorer.models.latent import decode_means
from explorer.pages import _parts as parts
from explorer.runs.checkpoints import Checkpoint

SIDE = 15  # ellipses along a side of the plane
FILLING = 0.42  # of a cell: the radius of the middling ellipse
ENLARGED = 6  # times: the ellipse at the pin, which would be hidden under it
LONGEST = 0.95  # of a cell: longer half-axes are cut
TILE = 224  # pixels a picture has on its longer side, about


def rings(checkpoint: Checkpoint, codes: np.ndarray, grid: bool) -> list[Ellipses]:
    """Ellipses of equal change for the plane: at the last pin, and on a grid if that is wanted."""
    model = checkpoint.model
    if not _has_ellipses(model):
        return []
    everywhere, change, longest = _indicatrices(checkpoint)
    drawn = [everywhere] if grid else []
    if len(codes):
        plane = Plane.of(checkpoint.codes.mean)
        here = metric(model, codes[-1:], directions(plane))
        radii, angles = here.indicatrices(ENLARGED * change)
        place = plane.to_plane(codes[-1:])
        drawn.append(Ellipses(place, radii.clip(max=ENLARGED * longest), angles, ACCENT, 2.0))
    return drawn


def shown_change(checkpoint: Checkpoint) -> float | None:
    """How great a change the ellipses at the pin and around the cursor stand for, in pixel units;
    None where there are none."""
    return ENLARGED * _indicatrices(checkpoint)[1] if _has_ellipses(checkpoint.model) else None


def _has_ellipses(model: Model) -> bool:
    return not model.needs_label and model.latent_dim > 1


def _indicatrices(checkpoint: Checkpoint) -> tuple[Ellipses, float, float]:
    return _shared_indicatrices(checkpoint.spec.digest, checkpoint)


@session.shared
def _shared_indicatrices(digest: str, _checkpoint: Checkpoint) -> tuple[Ellipses, float, float]:
    """Ellipses on a grid, the change in pixel units that they all stand for, and the longest
    half-axis that is drawn."""
    pad = parts.pad_plane(_checkpoint)
    plane = Plane.of(_checkpoint.codes.mean)
    points = box_grid(pad.home, SIDE).reshape(-1, 2)
    here = metric(_checkpoint.model, plane.from_plane(points), directions(plane))
    cell = min(pad.home[1] - pad.home[0], pad.home[3] - pad.home[2]) / SIDE
    middling = float(np.median(np.sqrt(here.magnification)))  # pixel units per latent unit
    change = FILLING * cell * (middling or 1.0)
    radii, angles = here.indicatrices(change)
    longest = LONGEST * cell
    return Ellipses(points, radii.clip(max=longest), angles), change, longest


def show_tangents(checkpoint: Checkpoint, codes: np.ndarray) -> None:
    """The two tangent images at the last pin, and the numbers of the metric there."""
    model = checkpoint.model
    if model.needs_label:
        st.info("Tangents are not defined here: this decoder wants a label besides the code.")
        return
    if not len(codes):
        st.info("Pin a place in the plane: the directions in which its picture changes appear.")
        return
    code, plane = codes[-1:], Plane.of(checkpoint.codes.mean)
    axes = directions(plane)
    image = decode_means(model, code)  # (1, C, H, W)
    changes = tangent_images(model, code, axes)[0]  # (k, C, H, W)
    here = metric(model, code, axes)
    pictures = st.container(horizontal=True)
    with pictures:
        _picture(image, "D(z) at the last pin")
        largest = float(np.abs(changes).max())
        for label, change in zip(plane.labels, changes, strict=False):
            caption = f"∂x̂/∂{label} (norm {np.linalg.norm(change):.2f})"
            _picture(signed(change[None], largest), caption)
    _numbers(here.singular_values[0], float(here.magnification[0]), float(here.condition[0]))
    st.caption(
        "Orange pixels get brighter along the direction, blue ones darker; both pictures share one "
        f"scale, full at ±{largest:.2g} per latent unit."
    )
    if model.latent_dim > 2:
        st.caption(
            f"Of {model.latent_dim} latent dimensions these are the two directions of the plane."
        )
    if model.latent_dim > 1:
        change = _indicatrices(checkpoint)[1]
        st.caption(
            "The ellipse around the pin, and around the cursor where the browser decodes, holds "
            f"the steps that change the picture by {ENLARGED * change:.2g} pixel units, if it went "
            f"on changing as it does there; those of the grid are of {change:.2g}, cut where they "
            "would be longer than a cell."
        )


def _picture(image: np.ndarray, caption: str) -> None:
    parts.show_png(parts.mosaic_png(image, 1, TILE), caption, width="content")


def _numbers(values: np.ndarray, magnification: float, condition: float) -> None:
    numbers = [
        (f"Singular value {index}", f"{value:.3g}", "pixel units per latent unit", "How fast the "
         "picture changes along the direction in which it changes most, then least.")
        for index, value in enumerate(values, start=1)
    ]  # fmt: skip
    unit = "pixel units² per latent unit²" if len(values) > 1 else "pixel units per latent unit"
    numbers.append(
        ("√det G", f"{magnification:.3g}", unit, "Pixel area per latent area: their product.")
    )
    if len(values) > 1:
        shown = f"{condition:.3g}" if np.isfinite(condition) else "∞"
        numbers.append(("Condition number", shown, "s₁ / s₂", "1 where all directions are alike."))
    parts.show_numbers(numbers)
