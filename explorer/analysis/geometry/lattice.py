"""Shortest paths on a grid of codes; an edge is as long as the change of the decoded image."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

# Half of 32 directions (the other half are their opposites), at most 18.5° apart, so that on a
# uniform metric no grid path is longer than the straight line by more than 1.4 %.
_MOVES = (
    *((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)),
    *((1, 3), (3, 1), (1, -3), (3, -1), (2, 3), (3, 2), (2, -3), (3, -2)),
)
_REACH = 3  # rows that a move crosses
_TIE = 1e-6  # pixel units per latent unit: where the image does not change, short paths win
_PROBES = 400  # pieces of an axis in which its pixel length is measured
_SLOWEST = 0.1  # of the mean change: where an image hardly changes there are nodes all the same

Decode = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Lattice:
    """A grid of points in the plane and the lengths of edges between neighbours.

    Attributes:
        points: (rows, columns, 2), row 0 at the top.
        graph: (n, n) symmetric, the lengths ‖D(a) − D(b)‖ of edges in pixel units between the n
            nodes, numbered row by row.
    """

    points: np.ndarray
    graph: csr_array

    @classmethod
    def over(cls, x: np.ndarray, y: np.ndarray, decode: Decode) -> "Lattice":
        """A grid of all pairs of coordinates, decoded row by row to bound the memory.

        Args:
            x: (columns,) ascending coordinates.
            y: (rows,) descending coordinates.
            decode: maps points (n, 2) to images (n, …).
        """
        points = np.stack(np.meshgrid(x, y), axis=-1)
        nodes = np.arange(len(x) * len(y), dtype=np.int32).reshape(len(y), len(x))
        recent: deque[np.ndarray] = deque(maxlen=_REACH + 1)  # images of the last rows
        starts, ends, lengths = [], [], []
        for row in range(len(y)):
            recent.append(decode(points[row]).reshape(len(x), -1))
            for down, right in _MOVES:
                if down > row:
                    continue
                left, far = slice(max(0, -right), len(x) - max(0, right)), abs(right)
                there = slice(left.start + right, left.stop + right)
                if far >= len(x):
                    continue
                change = recent[-1][there] - recent[-1 - down][left]
                step = points[row, there] - points[row - down, left]
                lengths.append(_norms(change) + _TIE * _norms(step))
                starts.append(nodes[row - down, left])
                ends.append(nodes[row, there])
        one, other = np.concatenate(starts), np.concatenate(ends)
        both = (np.concatenate([one, other]), np.concatenate([other, one]))
        graph = csr_array((np.tile(np.concatenate(lengths), 2), both), shape=(nodes.size,) * 2)
        return cls(points, graph)

    def priced(self, cost: np.ndarray) -> "Lattice":
        """The same grid if a pixel unit has a cost at each node, (rows, columns): an edge costs
        the mean of its ends."""
        price, graph = cost.ravel(), self.graph.copy()
        counts = np.diff(graph.indptr)
        graph.data *= 0.5 * (np.repeat(price, counts) + price[graph.indices])
        return Lattice(self.points, graph)

    def shortest(self, start: np.ndarray, end: np.ndarray, limit: float) -> np.ndarray | None:
        """Points (n, 2) of the shortest path between the nodes nearest to two points (2,), which
        may lie outside the grid; None if every path is longer than ``limit``."""
        places = self.points.reshape(-1, 2)
        first, last = (
            int(np.square(places - place).sum(axis=1).argmin()) for place in (start, end)
        )
        # The graph holds both directions of each edge, so that scipy need not transpose it.
        lengths, before = dijkstra(self.graph, indices=first, return_predecessors=True, limit=limit)
        if not np.isfinite(lengths[last]):
            return None
        way = [last]
        while way[-1] != first:
            way.append(int(before[way[-1]]))
        return places[way[::-1]]


def even_axis(lines: np.ndarray, decode: Decode, count: int) -> np.ndarray:
    """Fractions (count,) of the way along parallel lines (L, 2, 2), from 0 to 1, between which the
    decoded image changes by equal amounts, averaged over the lines.

    Codes of an autoencoder often have heavy tails. A uniform grid over all of them has few nodes
    in the middle, where most images are: its edges cut through image space, and the shortest path
    on it may be far from a geodesic.
    """
    shares = np.linspace(0, 1, _PROBES + 1)
    change = np.zeros(_PROBES)
    for start, end in lines:
        images = decode(start + shares[:, None] * (end - start)).reshape(len(shares), -1)
        change += _norms(np.diff(images, axis=0))
    mean = change.mean()
    if not (np.isfinite(mean) and mean > 0):
        return np.linspace(0, 1, count)
    travelled = np.concatenate([[0.0], np.cumsum(change + _SLOWEST * mean)])
    return np.interp(np.linspace(0, travelled[-1], count), travelled, shares)


def _norms(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors, axis=-1).astype(np.float64)
