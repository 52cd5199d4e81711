"""Kinds of paths through pins, and their lengths. To add one, add an entry to PATHS."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from explorer.analysis.geometry.geodesics import Cost, even_steps, pixel_steps, taut
from explorer.analysis.geometry.interpolation import interpolate
from explorer.analysis.geometry.landscape import BORDER, VOID, Landscape
from explorer.analysis.geometry.metric import NO_GRADIENTS
from explorer.models import View
from explorer.models.pauses import with_pauses

DRAFT_LINKS, LINKS = 32, 64  # links of a chain that is pulled taut: each start, and the best
STEPS = 256  # equal steps of a measured path, per pair of pins
_LOOSE = 1.1  # times the line: a lattice path may be longer before it is pulled taut


@dataclass(frozen=True, eq=False)
class Path:
    """A path through pins.

    Attributes:
        codes: (n, d) codes along it, equally spaced in pixel length between two pins.
        length: Σ ‖Δ D(z)‖ along it, in pixel units.
        lowest_density: the minimum of log q(z) along it, in nats.
    """

    codes: np.ndarray
    length: float
    lowest_density: float


@dataclass(frozen=True)
class PathKind:
    """A kind of path between two codes.

    Attributes:
        title: the name shown to users.
        help: a one-line explanation.
        find: (landscape, start (d,), end (d,)) → a chain of codes (n, d) that joins them.
        searched: whether finding it takes so long that a page should not wait.
        undefined: why it is not defined for a view, or None if it is.
    """

    title: str
    help: str
    find: Callable[[Landscape, np.ndarray, np.ndarray], np.ndarray]
    searched: bool = False
    undefined: Callable[[View], str | None] = lambda view: None


def path_through(landscape: Landscape, pins: np.ndarray, kind: str) -> Path:
    """The path of a kind in PATHS through pins (K, d), K ≥ 2, with its length from decoded images.

    Raises:
        ValueError: fewer than two pins, or a kind that is unknown or not defined for the view.
    """
    pins = np.asarray(pins, dtype=np.float64)
    if pins.ndim != 2 or len(pins) < 2:
        raise ValueError(f"a path needs at least two pins (K, d), not an array {pins.shape}")
    if kind not in PATHS:
        raise ValueError(f"kind: {kind!a} is unknown; known are {', '.join(PATHS)}")
    view = landscape.view
    if why := PATHS[kind].undefined(view):
        raise ValueError(f"there is no {kind} path: {why}")
    parts = []
    for start, end in with_pauses(pairwise(pins)):
        chain = PATHS[kind].find(landscape, start, end)
        parts.append(_resampled(view, chain, STEPS))
    codes = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    lowest = float(landscape.density.log(codes).min())
    return Path(codes, float(pixel_steps(view, codes).sum()), lowest)


def picked(path: Path, count: int) -> np.ndarray:
    """``count`` codes of a path (count, d), evenly spaced in pixel length from pin to pin."""
    wanted = np.rint(np.linspace(0, len(path.codes) - 1, count)).astype(int)
    return path.codes[wanted]


def _interpolated(kind: str) -> Callable[[Landscape, np.ndarray, np.ndarray], np.ndarray]:
    return lambda landscape, start, end: interpolate(np.stack([start, end]), STEPS + 1, kind)


def _geodesic(landscape: Landscape, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return _shortest(landscape, start, end)


def _dense(landscape: Landscape, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return _shortest(landscape, start, end, landscape.cost)


def _shortest(
    landscape: Landscape, start: np.ndarray, end: np.ndarray, cost: Cost | None = None
) -> np.ndarray:
    """The cheapest chain of the straight line and, in a latent plane, the cheapest lattice path,
    as they are and pulled taut.

    A chain pulled taut is a local minimum, and neither start leads to the better one always. Both
    are pulled with few links; only the better one is pulled with many.
    """
    view, line = landscape.view, interpolate(np.stack([start, end]), STEPS + 1, "linear")
    starts = [line]
    if len(start) == 2:
        lattice = landscape.dense_lattice if cost else landscape.lattice
        first, last = landscape.plane.to_plane(line[[0, -1]])
        limit = _LOOSE * _price(landscape, line, cost)
        if (way := lattice.shortest(first, last, limit)) is not None:
            inner = landscape.plane.from_plane(way)[1:-1]
            starts.append(np.concatenate([start[None], inner, end[None]]))
    drafts = [
        taut(view, _resampled(view, chain, DRAFT_LINKS), cost) for chain in with_pauses(starts)
    ]
    priced = [(_price(landscape, chain, cost), chain) for chain in drafts]
    _, better = min(priced, key=_first)
    final = taut(view, _resampled(view, better, LINKS), cost)
    priced += [(_price(landscape, chain, cost), chain) for chain in (*starts, final)]
    return min(priced, key=_first)[1]


def _first(priced: tuple[float, np.ndarray]) -> float:
    return priced[0]


def _resampled(view: View, chain: np.ndarray, links: int) -> np.ndarray:
    return even_steps(view, chain, links + 1, max(1, STEPS // (len(chain) - 1)))


def _price(landscape: Landscape, chain: np.ndarray, cost: Cost | None) -> float:
    """The length of a chain weighted by its cost, measured in fine steps."""
    fine = _resampled(landscape.view, chain, STEPS)
    steps = pixel_steps(landscape.view, fine)
    if cost is None:
        return float(steps.sum())
    with torch.no_grad():
        price = cost(torch.tensor(fine, dtype=torch.float32)).double().numpy()
    return float((steps * 0.5 * (price[1:] + price[:-1])).sum())


def _needs_gradients(view: View) -> str | None:
    """Why a chain cannot be pulled taut, or None if it can."""
    return None if view.differentiable else NO_GRADIENTS


def _needs_a_plane(view: View) -> str | None:
    """Why there is no path round voids, or None: it is searched in two dimensions only."""
    if view.dim != 2:
        return "paths round voids are searched on a grid of two latent dimensions"
    return _needs_gradients(view)


PATHS: dict[str, PathKind] = {
    "linear": PathKind("straight", "The straight line from pin to pin.", _interpolated("linear")),
    "spherical": PathKind(
        "spherical",
        "The arc along which the norm of the code changes linearly: in many dimensions it stays "
        "where most of N(0, I) lies (White 2016).",
        _interpolated("spherical"),
    ),
    "geodesic": PathKind(
        "geodesic",
        "The shortest path in pixels, under the pullback metric JᵀJ (Arvanitidis et al. 2018). It "
        "may cross a hole, since the metric ignores where codes are.",
        _geodesic,
        searched=True,
        undefined=_needs_gradients,
    ),
    "dense": PathKind(
        "geodesic round voids",
        f"The shortest path if a pixel unit costs 1 + q₀ / (q(z) + q₀ / {VOID - 1:.0f}): about 1 "
        f"among codes, 2 at the border q₀ of the densest {1 - BORDER:.0%} of them, {VOID:.0f} "
        "where there are none.",
        _dense,
        searched=True,
        undefined=_needs_a_plane,
    ),
}
