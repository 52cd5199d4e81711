"""The picture plane: a projection of codes of any dimension to two dimensions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane (or line) in the latent space with an orthonormal frame.

    Attributes:
        center: (d,) the code at the origin of the picture.
        axes: (2, d) the horizontal and vertical directions; zero for a missing axis.
        labels: names of the two axes; "" for a missing axis.
        explained: fractions of the codes' variance along the two axes; at most 1 in total.
    """

    center: np.ndarray
    axes: np.ndarray
    labels: tuple[str, str]
    explained: tuple[float, float]

    @classmethod
    def of(cls, codes: ArrayLike) -> "Plane":
        """The plane in which to show codes (N, d).

        Two dimensions are shown unchanged, and one along the horizontal axis. For more it is the
        plane of the first two principal components (Pearson 1901).
        """
        codes = np.asarray(codes, dtype=np.float64)
        count, dimensions = codes.shape
        if dimensions > 2 and count < 2:
            raise ValueError(f"a plane through {dimensions} dimensions needs at least two codes")
        if dimensions <= 2:
            labels = ("z₁", "z₂" if dimensions == 2 else "")
            axes = np.eye(2, dimensions)
            return cls(np.zeros(dimensions), axes, labels, _shares(codes))
        from sklearn.decomposition import PCA

        with np.errstate(invalid="ignore"):  # a collapsed model has no variance
            pca = PCA(n_components=2, svd_solver="full").fit(codes)
        first, second = np.nan_to_num(pca.explained_variance_ratio_).tolist()
        # PCA leaves the signs undetermined: scikit-learn ≥ 1.5 makes each axis' largest entry
        # positive.
        return cls(pca.mean_, pca.components_, ("PC 1", "PC 2"), (first, second))

    def to_plane(self, codes: ArrayLike) -> np.ndarray:
        """The orthogonal projections (N, 2) of codes (N, d)."""
        return (np.asarray(codes, dtype=np.float64) - self.center) @ self.axes.T

    def scale_to_plane(self, scales: ArrayLike) -> np.ndarray:
        """Standard deviations (N, 2) along the picture's axes of diagonal Gaussians with standard
        deviations (N, d)."""
        return np.sqrt(np.square(np.asarray(scales, dtype=np.float64)) @ np.square(self.axes).T)

    def from_plane(self, points: ArrayLike) -> np.ndarray:
        """The codes (N, d) at points (N, 2) of the picture."""
        return self.center + np.asarray(points, dtype=np.float64) @ self.axes


def _shares(codes: np.ndarray) -> tuple[float, float]:
    """Fractions of the variance of codes (N, 1 or 2) in the first and the second dimension."""
    variance = np.zeros(2)
    if len(codes):
        variance[: codes.shape[1]] = codes.var(axis=0)
    total = variance.sum()
    first, second = (variance / total if total > 0 else variance).tolist()
    return first, second


def middle_images(points: np.ndarray, labels: np.ndarray, count: int) -> list[int]:
    """The images whose points (N, 2) are nearest to the medians of the first ``count`` classes.
    With fewer classes, points are split along the horizontal axis into as many groups instead."""
    groups = [np.flatnonzero(labels == label) for label in np.unique(labels)[:count]]
    if len(groups) < count:
        finite = np.flatnonzero(np.isfinite(points).all(axis=1))
        order = finite[np.argsort(points[finite, 0], kind="stable")]
        groups = np.array_split(order, count)
    return [_middle(points, members) for members in groups if len(members)]


def _middle(points: np.ndarray, members: np.ndarray) -> int:
    """The member (an index) whose point is nearest to the median of all members."""
    middle = np.median(points[members], axis=0)
    return int(members[np.square(points[members] - middle).sum(axis=1).argmin()])
