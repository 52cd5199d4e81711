"""The uniform distribution in the convex hull of the central codes."""

from dataclasses import dataclass
from math import factorial

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from explorer.analysis.geometry import CodeGaussian
from explorer.analysis.holes.distributions.aggregate import one_per_image
from explorer.analysis.holes.distributions.base import CodeDistribution, Drawn
from explorer.analysis.subject import Subject

CENTRAL = 0.95
MOST_DIMENSIONS = 4  # the number of facets grows exponentially with the dimensions


@dataclass(frozen=True, eq=False)
class Hull:
    """A convex hull cut into simplices, each with one corner in the middle.

    Attributes:
        gaussian: whitens the codes; the hull is computed in whitened coordinates.
        middle: (d,) the common corner.
        corners: (f, d, d) the other corners of f simplices.
        volumes: (f,) of the simplices, in whitened coordinates.
    """

    gaussian: CodeGaussian
    middle: np.ndarray
    corners: np.ndarray
    volumes: np.ndarray

    @property
    def log_volume(self) -> float:
        """The log of the hull's volume in latent units."""
        return float(np.log(self.volumes.sum())) + self.gaussian.log_volume

    def draw(self, count: int, random: np.random.Generator) -> np.ndarray:
        """``count`` uniform draws (count, d) float32: a simplex by its volume, and a point in it by
        uniform barycentric coordinates (Devroye 1986, theorem V.2.1)."""
        share = self.volumes / self.volumes.sum()
        picked = random.choice(len(share), size=count, p=share)
        weights = random.dirichlet(np.ones(len(self.middle) + 1), size=count)  # (count, d + 1)
        inner = np.einsum("nk,nkd->nd", weights[:, 1:], self.corners[picked])
        return self.gaussian.unwhiten(inner + weights[:, :1] * self.middle).astype(np.float32)


def central_hull(codes: np.ndarray, central: float = CENTRAL) -> Hull:
    """The convex hull of the share ``central`` of codes (N, d) with the least Mahalanobis distance
    from their mean.

    Raises:
        ValueError: the codes do not span the latent space, or have too many dimensions.
    """
    if codes.shape[1] > MOST_DIMENSIONS:
        raise ValueError(f"a hull is computed in at most {MOST_DIMENSIONS} dimensions")
    codes = codes[np.isfinite(codes).all(axis=1)]
    gaussian = CodeGaussian.of(codes)
    u = gaussian.whiten(codes)
    radius = np.linalg.norm(u, axis=1)
    u = u[radius <= np.quantile(radius, central)]
    facets = _facets(u)
    middle = u[np.unique(facets)].mean(axis=0)
    corners = u[facets]  # (f, d, d)
    volumes = np.abs(np.linalg.det(corners - middle)) / factorial(len(middle))
    return Hull(gaussian, middle, corners, volumes)


def _facets(u: np.ndarray) -> np.ndarray:
    """The corners (f, d) of the hull's facets, as indices of points (n, d), in an order that does
    not depend on rounding."""
    if u.shape[1] == 1:
        return np.array([[u.argmin()], [u.argmax()]])
    try:
        facets = np.sort(ConvexHull(u).simplices, axis=1)
    except QhullError:
        raise ValueError("the codes do not span the latent space, so they have no hull") from None
    return facets[np.lexsort(facets.T)]


def _hull(subject: Subject) -> Hull:
    return central_hull(one_per_image(subject))


def _draw(subject: Subject, count: int, seed: int) -> Drawn:
    return Drawn(subject.once(_hull).draw(count, np.random.default_rng(seed)))


def _log_density(subject: Subject, codes: np.ndarray) -> np.ndarray:
    return np.full(len(codes), -subject.once(_hull).log_volume)


def _undefined(subject: Subject) -> str | None:
    if subject.view.dim > MOST_DIMENSIONS:
        return f"a convex hull is computed in at most {MOST_DIMENSIONS} dimensions"
    return None


DISTRIBUTION = CodeDistribution(
    name="hull",
    title=f"Hull of the central {100 * CENTRAL:g} % of codes",
    measure="hull_hole_mass",
    unit="% of draws",
    help="Uniform in the convex hull of the codes nearest to their mean (by Mahalanobis distance): "
    "how much of the area among the codes is in holes.",
    draw=_draw,
    log_density=_log_density,
    undefined=_undefined,
)
