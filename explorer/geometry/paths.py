"""Kinds of paths through pins, and what each costs: adding one is an entry in PATHS."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from explorer.geometry.density import CodeDensity
from explorer.geometry.geodesics import Cost, even_steps, pixel_steps, taut
from explorer.geometry.grids import box_grid
from explorer.geometry.interpolation import interpolate
from explorer.geometry.lattice import Lattice
from explorer.geometry.plane import Plane
from explorer.latent import Codes, decode_means
from explorer.models import Model

SIDE = 96  # nodes along a side of the lattice: decoded in a tenth of a second by an MLP
LINKS = 64  # of a chain that is pulled taut
STEPS = 256  # equal steps of a measured path, per pair of pins
TABLE = 384  # cells along a side of the table of densities
BORDER = 0.1  # share of the codes outside what counts as dense
VOID = 100.0  # what a pixel unit costs where there are no codes at all


class Landscape:
    """What paths of one model run over: its decoder, its plane, and where its codes are dense.

    Attributes:
        model: the model.
        plane: the plane of its codes.
        box: the part of the plane to search, xmin, xmax, ymin, ymax.
        density: q(z) of its codes.
    """

    def __init__(
        self, model: Model, codes: Codes, box: tuple[float, float, float, float] | None = None
    ) -> None:
        self.model = model
        self.plane = Plane.of(codes.mean)
        self.density = CodeDensity.of(codes, model.stochastic)
        self.box = box or _around(self.plane.to_plane(codes.mean))

    @cached_property
    def lattice(self) -> Lattice:
        """A grid over the box, decoded once for all paths."""
        return Lattice.over(self.box, SIDE, self._decode)

    def _decode(self, points: np.ndarray) -> np.ndarray:
        return decode_means(self.model, self.plane.from_plane(points))

    @cached_property
    def _wide(self) -> CodeDensity:
        """The density with no width below a cell and a half of the table, which would miss it:
        without a KL weight posteriors are points."""
        sides = np.array([self.box[1] - self.box[0], self.box[3] - self.box[2]], np.float32)
        widest = np.maximum(self.density.scales, 1.5 * sides / TABLE)
        return replace(self.density, scales=widest)

    @cached_property
    def border(self) -> float:
        """log q(z) at the border of the densest region that holds all but BORDER of the codes."""
        means = self._wide.means
        some = means[:: max(1, len(means) // 1000)]
        return float(np.quantile(self._wide.log(some), BORDER)) if len(some) else 0.0

    @cached_property
    def _table(self) -> Tensor:
        """log q(z) − border over the box, (1, 1, TABLE, TABLE), row 0 at the top; where it makes
        no difference to the cost any more, cut."""
        points = box_grid(self.box, TABLE)
        over = self._wide.log_grid(points[0, :, 0], points[:, 0, 1]) - self.border
        return torch.from_numpy(over.clip(-8, 8)).float()[None, None]

    def cost(self, z: Tensor) -> Tensor:
        """c(z) = 1 + q₀ / (q(z) + q₀ / (VOID − 1)) of two-dimensional codes (n, 2), log q₀ being
        ``border``: about 1 where codes are dense, 2 on the border, VOID where there are none.

        log q is read from a table, by cubic interpolation: thousands of posteriors would have to
        be summed at each code in each round of a search. Beyond the box it is that of its border.
        """
        xmin, xmax, ymin, ymax = self.box
        x, y = z[:, 0], z[:, 1]
        places = torch.stack(
            [2 * (x - xmin) / (xmax - xmin) - 1, 2 * (ymax - y) / (ymax - ymin) - 1], dim=1
        )
        over = grid_sample(
            self._table, places[None, None], "bicubic", "border", align_corners=False
        )
        return 1 + 1 / (over[0, 0, 0].exp() + 1 / (VOID - 1))

    @cached_property
    def lattice_cost(self) -> np.ndarray:
        """The same at the lattice's nodes, (side, side)."""
        points = torch.from_numpy(self.lattice.points.reshape(-1, 2)).float()
        return self.cost(points).reshape(SIDE, SIDE).numpy()


def _around(points: np.ndarray) -> tuple[float, float, float, float]:
    finite = points[np.isfinite(points).all(axis=1)]
    if not len(finite):
        return (-3.0, 3.0, -3.0, 3.0)
    (xmin, ymin), (xmax, ymax) = finite.min(axis=0).tolist(), finite.max(axis=0).tolist()
    margin = 0.05 * max(xmax - xmin, ymax - ymin, 1e-3)
    return (xmin - margin, xmax + margin, ymin - margin, ymax + margin)


@dataclass(frozen=True, eq=False)
class Path:
    """A path through pins and what it costs.

    Attributes:
        codes: (n, d) along it, between two pins in equal steps of pixel length.
        length: Σ ‖Δ D(z)‖ along it, in pixel units.
        lowest_density: the least log q(z) on it, in nats.
    """

    codes: np.ndarray
    length: float
    lowest_density: float


@dataclass(frozen=True)
class PathKind:
    """A way to get from one code to another.

    Attributes:
        title: the name shown to people.
        help: a line that says what it is.
        find: from a landscape and two codes (d,) to a chain of codes (n, d) that joins them.
        searched: whether finding it takes so long that a page should not wait.
        undefined: why there is none for a model, or None if there is.
    """

    title: str
    help: str
    find: Callable[[Landscape, np.ndarray, np.ndarray], np.ndarray]
    searched: bool = False
    undefined: Callable[[Model], str | None] = lambda model: None


def path_through(landscape: Landscape, pins: np.ndarray, kind: str) -> Path:
    """The path of a kind in PATHS through pins (K, d), K ≥ 2, measured by decoding.

    Raises:
        ValueError: fewer than two pins, an unknown kind, or one that is not defined for the model.
    """
    pins = np.asarray(pins, dtype=np.float64)
    if pins.ndim != 2 or len(pins) < 2:
        raise ValueError(f"a path needs at least two pins (K, d), not an array {pins.shape}")
    if kind not in PATHS:
        raise ValueError(f"kind: {kind!a} is unknown; known are {', '.join(PATHS)}")
    model = landscape.model
    if why := needs_no_label(model) or PATHS[kind].undefined(model):
        raise ValueError(f"there is no {kind} path: {why}")
    parts = []
    for start, end in pairwise(pins):
        chain = PATHS[kind].find(landscape, start, end)
        finer = max(1, STEPS // (len(chain) - 1))
        parts.append(even_steps(model, chain, STEPS + 1, finer))
    codes = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    lowest = float(landscape.density.log(codes).min())
    return Path(codes, float(pixel_steps(model, codes).sum()), lowest)


def picked(path: Path, count: int) -> np.ndarray:
    """``count`` codes of a path (count, d), evenly spaced in pixel length from pin to pin."""
    wanted = np.rint(np.linspace(0, len(path.codes) - 1, count)).astype(int)
    return path.codes[wanted]


def needs_no_label(model: Model) -> str | None:
    """Why a path has no length for a family that decodes with a label."""
    return "its decoder wants a label besides the code" if model.needs_label else None


def _interpolated(kind: str) -> Callable[[Landscape, np.ndarray, np.ndarray], np.ndarray]:
    return lambda landscape, start, end: interpolate(np.stack([start, end]), STEPS + 1, kind)


def _geodesic(landscape: Landscape, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return _shortest(landscape, start, end)


def _dense(landscape: Landscape, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    return _shortest(landscape, start, end, landscape.cost)


def _shortest(
    landscape: Landscape, start: np.ndarray, end: np.ndarray, cost: Cost | None = None
) -> np.ndarray:
    """A chain pulled taut from the cheaper of two: the straight line and, in a latent plane, the
    cheapest way over the lattice. The line may hang on the wrong side of a hill; but a geodesic
    must not come out longer than it."""
    model = landscape.model
    chains = [np.stack([start, end])]
    if len(start) == 2:
        nodes = landscape.lattice_cost if cost else None
        first, last = landscape.plane.to_plane(chains[0])
        way = landscape.plane.from_plane(landscape.lattice.shortest(first, last, nodes))
        chains.append(np.concatenate([start[None], way[1:-1], end[None]]))
    even = [even_steps(model, c, LINKS + 1, max(1, STEPS // (len(c) - 1))) for c in chains]
    return taut(model, min(even, key=lambda chain: _price(landscape, chain, cost)), cost)


def _price(landscape: Landscape, chain: np.ndarray, cost: Cost | None) -> float:
    """The length of a chain times what it costs, measured in fine steps."""
    fine = even_steps(landscape.model, chain, STEPS + 1, STEPS // LINKS)
    steps = pixel_steps(landscape.model, fine)
    if cost is None:
        return float(steps.sum())
    with torch.no_grad():
        price = cost(torch.tensor(fine, dtype=torch.float32)).double().numpy()
    return float((steps * 0.5 * (price[1:] + price[:-1])).sum())


def _needs_a_plane(model: Model) -> str | None:
    """Why a path that goes round voids is sought in two dimensions only."""
    if model.latent_dim != 2:
        return "the way round a void is sought on a grid over two latent dimensions"
    return None


PATHS: dict[str, PathKind] = {
    "linear": PathKind("straight", "The straight line from pin to pin.", _interpolated("linear")),
    "spherical": PathKind(
        "spherical",
        "The arc on which the length of the code changes evenly: in many dimensions it stays where "
        "most of N(0, I) lies (White 2016).",
        _interpolated("spherical"),
    ),
    "geodesic": PathKind(
        "geodesic",
        "The shortest path in pixels, under the pullback metric JᵀJ (Arvanitidis et al. 2018). It "
        "may cross a hole, of which the mean decoder knows nothing.",
        _geodesic,
        searched=True,
    ),
    "dense": PathKind(
        "geodesic round voids",
        f"The shortest path where a pixel costs 1 + q₀ / (q(z) + q₀ / {VOID - 1:.0f}): about 1 "
        f"among codes, 2 at the border q₀ of the densest {1 - BORDER:.0%} of them, {VOID:.0f} "
        "where there are none.",
        _dense,
        searched=True,
        undefined=_needs_a_plane,
    ),
}
