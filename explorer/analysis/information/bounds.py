"""Bounds on the evidence that need no grid: the ELBO and the importance-weighted bound.

With w = p(x|z) p(z) / q(z|x) and z sampled from q(z|x), E[log w] is the ELBO. E[log mean of k
such w] is between the ELBO and log p(x), and approaches log p(x) as k grows (Burda, Grosse &
Salakhutdinov 2016). Both bounds also hold for families with several levels or with labels.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from explorer.datasets import Images
from explorer.models import NotDefined, View
from explorer.models.pauses import with_pauses

DRAWS = 64
NODES = 5  # of Gauss–Hermite quadrature per dimension: exact for polynomials of degree 9
MOST_DIMENSIONS = 2  # in more, quadrature would need too many nodes
_CODES = 2**13  # decoded in one batch, or fewer if images are large:
_PIXELS = 2**24  # the number of pixels decoded in one batch


@dataclass(frozen=True)
class Bounds:
    """Two lower bounds on log p(x) of N images.

    Attributes:
        elbo: (N,) nats.
        elbo_error: (N,) its standard error; 0 if it was computed by quadrature.
        iwae: (N,) the importance-weighted bound, nats.
        draws: k of the importance-weighted bound.
    """

    elbo: np.ndarray
    elbo_error: np.ndarray
    iwae: np.ndarray
    draws: int

    def first(self, count: int) -> "Bounds":
        """Those of the first images."""
        return Bounds(self.elbo[:count], self.elbo_error[:count], self.iwae[:count], self.draws)


def undefined(view: View) -> str | None:
    """Why there is no ELBO, or None if there is one."""
    if not view.model.capabilities.stochastic:
        return "a deterministic encoder has no posterior, hence no ELBO"
    return None


@torch.no_grad()
def bounds(view: View, images: Images, draws: int = DRAWS, seed: int = 0) -> Bounds:
    """ELBO and importance-weighted bound of images, over all latents of the view's model.

    If the view is the whole model (its decoder is p(x|z), its prior has a density and q(z|x) is a
    Normal in at most two dimensions), the ELBO is computed by Gauss–Hermite quadrature; otherwise
    it is the mean over the draws.

    Raises:
        NotDefined: there is no ELBO.
        ValueError: ``draws`` is less than 1.
    """
    if why := undefined(view):
        raise NotDefined(why)
    if draws < 1:
        raise ValueError(f"draws: {draws} is too few")
    view.model.eval()
    elbos, errors, iwaes = [], [], []
    random = np.random.default_rng(seed)
    size = max(1, min(_CODES, _PIXELS // math.prod(view.image_shape)) // draws)
    for start in with_pauses(range(0, len(images), size)):
        batch = images[start : start + size].to(view.device)
        x, labels = batch.floats(), batch.labels
        # (draws, n)
        log_weights = torch.stack([view.model.log_weights(x, labels, random) for _ in range(draws)])
        iwaes.append(log_weights.logsumexp(0) - math.log(draws))
        if _is_whole(view):
            elbos.append(_quadrature(view, x, labels))
            errors.append(torch.zeros_like(elbos[-1]))
        else:
            elbos.append(log_weights.mean(0))
            spread = log_weights.std(0) if draws > 1 else torch.full_like(elbos[-1], math.nan)
            errors.append(spread / draws**0.5)
    elbo, error, iwae = (_joined(parts) for parts in (elbos, errors, iwaes))
    return Bounds(elbo, error, iwae, draws)


def _joined(parts: list[Tensor]) -> np.ndarray:
    return torch.cat(parts).cpu().numpy() if parts else np.zeros(0)


def _is_whole(view: View) -> bool:
    missing = view.no_likelihood or view.no_log_prior or view.no_posterior
    return not missing and view.dim <= MOST_DIMENSIONS


@torch.no_grad()
def elbo_by_quadrature(view: View, images: Tensor) -> np.ndarray:
    """The ELBO of images (N, C, H, W) in [0, 1] by Gauss–Hermite quadrature, (N,) nats. The view
    must be the whole model, of at most two dimensions; images are of the class that it is about."""
    view.model.eval()
    parts = images.split(max(1, _PIXELS // math.prod(view.image_shape)))
    return _joined([_quadrature(view, part.to(view.device)) for part in with_pauses(parts)])


def _quadrature(view: View, x: Tensor, labels: Tensor | None = None) -> Tensor:
    """E_q[log p(x|z) + log p(z)] + H(q), (n,) float64 nats, by Gauss–Hermite quadrature over the
    posterior."""
    level = view.encode(x, labels)
    nodes, shares = normal_nodes(view.dim)
    expected = torch.zeros(len(x), dtype=torch.float64, device=x.device)
    for node, share in zip(nodes, shares, strict=True):
        z = level.sample(torch.as_tensor(node, dtype=torch.float32, device=x.device))
        joint = view.decode(z).log_prob(x).double() + view.log_prior(z)
        expected += float(share) * joint
    entropy = level.width.double().log().sum(1) + 0.5 * view.dim * math.log(2 * math.pi * math.e)
    return expected + entropy


def normal_nodes(dimensions: int, count: int = NODES) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (count^d, d) and weights (count^d,) of Gauss–Hermite quadrature under N(0, I)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    mesh = np.stack(np.meshgrid(*[nodes] * dimensions), axis=-1).reshape(-1, dimensions)
    shares = np.prod(np.meshgrid(*[weights / weights.sum()] * dimensions), axis=0).ravel()
    return mesh, shares
