"""Explore: one model, its latent plane, and what its decoder makes of any place in it."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.checkpoints import Checkpoint
from explorer.components.latent_pad import ImageGrid, Pin, latent_pad
from explorer.figures import class_colours, history, mosaic, png
from explorer.geometry import Plane, icdf_grid, interpolate, square_grid
from explorer.latent import decode_means
from explorer.pages import _parts as parts
from explorer.session import Setting

TITLE, PATH = "Explore", ""  # the first page stands at the root, and nowhere else

GRID_SIDE = 20  # decoded images along a side of the plane
PRIOR_SIDE = 15
TRAVERSAL = np.linspace(-3, 3, 11)


def render() -> None:
    """The page."""
    specs = parts.readable_checkpoints()
    model_column, path_column, steps_column = st.columns([3, 2, 2], vertical_alignment="bottom")
    with model_column:
        checkpoint = parts.choose_checkpoint(Setting.MODEL, specs, "mnist-vae")
    with path_column:
        kind = session.pick(
            Setting.PATH,
            "Path between pins",
            ["linear", "spherical"],
            help="Straight, or along the sphere on which most of N(0, I) lies in many dimensions.",
        )
    with steps_column:
        steps = session.slide(Setting.STEPS, "Images along it", 3, 25, 11, 1)
    st.markdown(parts.describe(checkpoint.spec))

    plane = Plane.of(checkpoint.codes.mean)
    plane_column, picture_column = st.columns([3, 1], gap="medium")
    with plane_column:
        pins = _plane(checkpoint, plane)
    codes = plane.from_plane(np.array([[pin.x, pin.y] for pin in pins]).reshape(-1, 2))
    with picture_column:
        _pictures(checkpoint, pins, codes)
    _strip(checkpoint, codes, kind, steps)
    parts.show_measures(checkpoint.spec)
    _more(checkpoint, codes)


def _plane(checkpoint: Checkpoint, plane: Plane) -> tuple[Pin, ...]:
    """The plane itself; returns its pins."""
    spec = checkpoint.spec
    classes = parts.class_names(spec)
    points = plane.to_plane(checkpoint.codes.mean)
    given = session.pad_settings(Setting.PINS, _first_pins(checkpoint, points), ("points", "prior"))
    state = latent_pad(
        [
            parts.pad_plane(checkpoint, plane, _grid(checkpoint, plane, points)),
        ],
        classes=classes,
        palette=class_colours(len(classes)),
        pins=given.pins,
        hidden=given.hidden,
        layers=given.layers,
        height=480,  # so that a laptop shows all of it
        key=f"explore {spec.name}",
    )
    session.remember_pad(Setting.PINS, state, given)
    return state.pins


def _first_pins(checkpoint: Checkpoint, points: np.ndarray) -> list[Pin]:
    """Pins to begin with: the middles of two classes, so that a first visit sees a path."""
    pins = []
    for label in (0, 1):
        members = np.flatnonzero(checkpoint.codes.labels == label)
        if len(members):
            middle = np.median(points[members], axis=0)
            nearest = members[np.square(points[members] - middle).sum(axis=1).argmin()]
            x, y = points[nearest].tolist()
            pins.append(Pin(0, x, y, point=int(nearest)))
    return pins


def _grid(checkpoint: Checkpoint, plane: Plane, points: np.ndarray) -> ImageGrid:
    low, high = np.quantile(points, [0.002, 0.998], axis=0)
    center, half_width = (low + high) / 2, max(float((high - low).max()) / 2, 1e-6)
    return _decoded_grid(
        checkpoint.spec.digest, checkpoint, plane, tuple(map(float, center)), half_width
    )


@session.cached
def _decoded_grid(
    digest: str,
    _checkpoint: Checkpoint,
    _plane: Plane,
    center: tuple[float, float],
    half_width: float,
) -> ImageGrid:
    cells = square_grid(center, half_width, GRID_SIDE)
    images = decode_means(_checkpoint.model, _plane.from_plane(cells.reshape(-1, 2)))
    edge = half_width * GRID_SIDE / (GRID_SIDE - 1)  # the outer cells reach half a cell further
    (x, y) = center
    return ImageGrid(png(mosaic(images, GRID_SIDE)), (x - edge, x + edge, y - edge, y + edge))


def _pictures(checkpoint: Checkpoint, pins: tuple[Pin, ...], codes: np.ndarray) -> None:
    """The last pin's image, large, and the others below it."""
    if not pins:
        st.info(
            "Click anywhere in the plane, a hole too: the decoder draws what lies there. "
            "Shift-click takes the code of a real image."
        )
        return
    images = decode_means(checkpoint.model, codes)
    classes = parts.class_names(checkpoint.spec)
    last = pins[-1]
    caption = f"{parts.letter(len(pins) - 1)} at ({last.x:.2f}, {last.y:.2f})"
    if last.point is not None:
        caption += f", the code of a {classes[checkpoint.codes.labels[last.point]]}"
    parts.show_image(images[-1], caption)
    if last.point is not None and (originals := parts.originals(checkpoint.spec)) is not None:
        original = originals[last.point : last.point + 1].floats().numpy()
        parts.show_mosaic(original, 1, caption="that image itself", width=112)
    if len(pins) > 1:
        letters = ", ".join(parts.letter(index) for index in range(len(pins)))
        parts.show_mosaic(images, 3, caption=f"all pins: {letters}")


def _strip(checkpoint: Checkpoint, codes: np.ndarray, kind: str, steps: int) -> None:
    """The decoded path through the pins."""
    if len(codes) < 2:
        st.caption("Pick a second place and a film strip of the path between them appears here.")
        return
    images = decode_means(checkpoint.model, interpolate(codes, steps, kind))
    letters = " → ".join(parts.letter(index) for index in range(len(codes)))
    parts.show_mosaic(images, steps, caption=f"{letters}, {kind}, {len(images)} images")


def _more(checkpoint: Checkpoint, codes: np.ndarray) -> None:
    """What one asks for next: the prior's manifold, single dimensions, the training."""
    prior, traversal, training = st.tabs(["Prior manifold", "Dimension by dimension", "Training"])
    model = checkpoint.model
    with prior:
        if model.latent_dim == 2:
            cells = icdf_grid(PRIOR_SIDE).reshape(-1, 2)
            parts.show_mosaic(decode_means(model, cells), PRIOR_SIDE, width=640)
            st.caption(
                "Each image stands for the same share of N(0, I): the grid is even in the "
                "quantiles of both coordinates (Kingma & Welling 2014, figure 4)."
            )
        else:
            st.caption("This picture needs two latent dimensions.")
    with traversal:
        start = codes[-1] if len(codes) else checkpoint.codes.mean.mean(axis=0)
        st.caption(
            "One row per dimension: it runs from −3 to 3 while the others stay at "
            + ("the last pin." if len(codes) else "the mean code.")
        )
        shown = min(model.latent_dim, 16)
        path = np.repeat(start[None], shown * len(TRAVERSAL), axis=0)
        for dimension in range(shown):
            path[dimension * len(TRAVERSAL) :][: len(TRAVERSAL), dimension] = TRAVERSAL
        parts.show_mosaic(decode_means(model, path), len(TRAVERSAL), width=800)
    with training:
        st.plotly_chart(history(checkpoint.history), config={"displayModeBar": False})
        st.latex(type(model).formula)
