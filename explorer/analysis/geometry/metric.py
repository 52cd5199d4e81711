"""The decoder's Jacobian and its pullback metric on the latent space."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from explorer.analysis.geometry.plane import Plane
from explorer.models import NotDefined, View
from explorer.models.pauses import with_pauses

BATCH = 2048  # codes at a time; fewer for large images:
PIXELS = 2**22  # pixels at a time: tangent images of 16 MB per direction
NO_GRADIENTS = "its decoder gives no gradients"


@dataclass(frozen=True, eq=False)
class Metric:
    """The pullback metric G = JᵀJ at N codes, J = ∂D/∂z (Arvanitidis, Hansen & Hauberg 2018).

    A small step v of the code changes the decoded mean image by √(vᵀGv) in pixel units, the
    Euclidean norm over pixels in [0, 1]. The metric depends only on the decoder and not on where
    the images lie: in a hole it may be large or small.

    Attributes:
        gram: (N, k, k) float64 G along k directions, squared pixel units per squared latent unit.
    """

    gram: np.ndarray

    @cached_property
    def _eigen(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues (N, k), ascending, and eigenvectors (N, k, k) as columns."""
        values, vectors = np.linalg.eigh(self.gram)
        return values.clip(min=0), vectors

    @property
    def singular_values(self) -> np.ndarray:
        """(N, k) singular values of J, largest first, in pixel units per latent unit."""
        return np.sqrt(self._eigen[0][:, ::-1])

    @property
    def magnification(self) -> np.ndarray:
        """(N,) √det G: pixel area per latent area (length per length for one direction)."""
        return self.singular_values.prod(axis=1)

    @property
    def condition(self) -> np.ndarray:
        """(N,) largest over smallest singular value: 1 if all directions change the image equally,
        infinite if one of them does not change it."""
        values = self.singular_values
        safe = np.where(values[:, -1] > 0, values[:, -1], 1.0)
        return np.where(values[:, -1] > 0, values[:, 0] / safe, np.inf)

    def indicatrices(self, change: float) -> tuple[np.ndarray, np.ndarray]:
        """Ellipses of the steps v with √(vᵀGv) = change, for two directions.

        Returns:
            Half-axes (N, 2) in latent units, shorter first, infinite where the image does not
            change; and angles (N,) of the shorter one to the first direction, in radians.
        """
        with np.errstate(divide="ignore"):
            radii = change / self.singular_values
        steepest = self._eigen[1][:, :, -1]  # (N, 2)
        return radii, np.arctan2(steepest[:, 1], steepest[:, 0])


def metric(view: View, codes: ArrayLike, axes: ArrayLike | None = None) -> Metric:
    """G at codes (N, d), restricted to directions (k, d), by default the latent axes.

    Raises:
        NotDefined: the decoder gives no gradients.
    """
    parts = [part.double() for part in _tangents(view, codes, axes)]  # (B, k, P) each
    grams = [torch.einsum("bip,bjp->bij", part, part).cpu().numpy() for part in parts]
    return Metric(np.concatenate(grams))


def tangent_images(view: View, codes: ArrayLike, axes: ArrayLike | None = None) -> np.ndarray:
    """∂x̂/∂a at codes (N, d) along directions a (k, d), by default the latent axes.

    Returns:
        (N, k, C, H, W) float32 change of the decoded mean image, pixel units per latent unit.

    Raises:
        NotDefined: the decoder gives no gradients.
    """
    parts = [part.float().cpu().numpy() for part in _tangents(view, codes, axes)]
    images = np.concatenate(parts)
    return images.reshape(*images.shape[:2], *view.image_shape)


def directions(plane: Plane) -> np.ndarray:
    """The directions (k, d) that a plane shows: two, or one for a single latent dimension."""
    return plane.axes[np.any(plane.axes != 0, axis=1)]


def _tangents(view: View, codes: ArrayLike, axes: ArrayLike | None) -> list[Tensor]:
    """J along directions, (B, k, P) for each batch.

    This takes one product J a per direction, whatever the number of pixels: Jᵀw is linear in w, and
    its gradient along a is J a ("double backward"; Townsend 2017). The codes of a batch are
    independent, so one pass serves all of them. Forward mode with torch.func.jvp costs the same,
    but its dual levels are global state, which the threads of a server would share.
    """
    if not view.differentiable:
        raise NotDefined(NO_GRADIENTS)
    view.model.eval()
    z = torch.tensor(np.asarray(codes, dtype=np.float32), device=view.device)  # (N, d)
    given = np.eye(view.dim) if axes is None else axes
    along = torch.tensor(np.asarray(given, dtype=np.float32), device=view.device)  # (k, d)
    size = max(1, min(BATCH, PIXELS // int(np.prod(view.image_shape))))
    return [_products(view, part, along) for part in with_pauses(z.split(size))]


@torch.enable_grad()
def _products(view: View, z: Tensor, along: Tensor) -> Tensor:
    """J a at codes (B, d) along directions a (k, d): (B, k, P)."""
    z = z.clone().requires_grad_(True)
    image = view.decode(z).mean.flatten(1)  # (B, P)
    weights = torch.zeros_like(image, requires_grad=True)
    # Gradients of sums: for any other vector, PyTorch loads SymPy, 70 MB.
    weighted = (image * weights).sum()
    (gradient,) = torch.autograd.grad(weighted, z, create_graph=True)  # Jᵀ weights, (B, d)
    products = [
        torch.autograd.grad((gradient * axis).sum(), weights, retain_graph=True)[0]
        for axis in along
    ]
    return torch.stack(products, dim=1)
