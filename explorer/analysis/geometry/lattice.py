"""Shortest paths on a grid of codes; an edge is as long as the change of the decoded image."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from explorer.analysis.geometry.grids import box_grid

# Half of 32 directions (the other half are their opposites), at most 18.5° apart, so that on a
# uniform metric no grid path is longer than the straight line by more than 1.4 %.
_MOVES = (
    *((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)),
    *((1, 3), (3, 1), (1, -3), (3, -1), (2, 3), (3, 2), (2, -3), (3, -2)),
)
_TIE = 1e-6  # pixel units per latent unit: where the image does not change, short paths win


@dataclass(frozen=True, eq=False)
class Lattice:
    """A grid of points in the plane and the lengths of edges between neighbours.

    Attributes:
        points: (side, side, 2), row 0 at the top.
        starts, ends: (E,) the nodes that each edge joins, numbered row by row.
        lengths: (E,) ‖D(a) − D(b)‖ between the ends, in pixel units.
        steps: (E,) ‖a − b‖ in latent units.
    """

    points: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    lengths: np.ndarray
    steps: np.ndarray

    @classmethod
    def over(
        cls,
        box: tuple[float, float, float, float],
        side: int,
        decode: Callable[[np.ndarray], np.ndarray],
    ) -> "Lattice":
        """A grid over a box (xmin, xmax, ymin, ymax).

        Args:
            box: the box to fill.
            side: number of rows and of columns.
            decode: maps points (n, 2) to images (n, …).
        """
        points = box_grid(box, side)
        images = decode(points.reshape(-1, 2)).reshape(side, side, -1)  # (side, side, P)
        nodes = np.arange(side * side).reshape(side, side)
        parts = []
        for down, right in _MOVES:
            here, there = _shifted(side, down, right)
            lengths = _norms(images[here], images[there])
            steps = _norms(points[here], points[there])
            parts.append([part.ravel() for part in (nodes[here], nodes[there], lengths, steps)])
        return cls(points, *(np.concatenate(part) for part in zip(*parts, strict=True)))

    def shortest(
        self, start: np.ndarray, end: np.ndarray, cost: np.ndarray | None = None
    ) -> np.ndarray:
        """Points (n, 2) of the cheapest path between the nodes nearest to two points (2,).

        Args:
            start, end: the two points; points outside the grid are moved to its border.
            cost: (side, side) cost of a pixel unit at each node; uniform if None.
        """
        lengths = self.lengths + _TIE * self.steps
        if cost is not None:
            price = cost.ravel()
            lengths = lengths * (0.5 * (price[self.starts] + price[self.ends]))
        places = self.points.reshape(-1, 2)
        count = len(places)
        graph = csr_array((lengths, (self.starts, self.ends)), shape=(count, count))
        first, last = (
            int(np.square(places - place).sum(axis=1).argmin()) for place in (start, end)
        )
        _, before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)
        way = [last]
        while way[-1] != first:
            way.append(int(before[way[-1]]))
        return places[way[::-1]]


def _shifted(side: int, down: int, right: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The nodes of a square grid that have a neighbour at this offset, and these neighbours."""
    rows, others = slice(0, side - down), slice(down, side)
    left, far = slice(0, side - abs(right)), slice(abs(right), side)
    return ((rows, left), (others, far)) if right >= 0 else ((rows, far), (others, left))


def _norms(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Distances along the last axis, computed row by row to save memory."""
    return np.stack([np.linalg.norm(a - b, axis=-1) for a, b in zip(here, there, strict=True)])
