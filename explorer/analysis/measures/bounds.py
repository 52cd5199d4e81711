"""Bounds on the evidence that need no grid: the ELBO and the importance-weighted one.

With w = p(x|z) p(z) / q(z|x) and z from q(z|x), E[log w] is the ELBO. E[log mean of k such w] lies
between it and log p(x), the nearer the larger k (Burda, Grosse & Salakhutdinov 2016). Both hold for
families with several levels and with labels too.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.distributions import Normal

from explorer.datasets import Images
from explorer.models import Model, Posterior
from explorer.models.latent import device_of
from explorer.training.loop import cuda_devices

DRAWS = 64
NODES = 5  # of Gauss–Hermite quadrature along a dimension: exact for polynomials of degree 9
MOST_DIMENSIONS = 2  # in which so many nodes are affordable
_CODES = 2**13  # decoded at a time


@dataclass(frozen=True)
class Bounds:
    """Two lower bounds on log p(x) of N images.

    Attributes:
        elbo: (N,) nats.
        elbo_error: (N,) its standard error; 0 where it was computed by quadrature.
        iwae: (N,) the importance-weighted bound, nats.
        draws: k of that bound.
    """

    elbo: np.ndarray
    elbo_error: np.ndarray
    iwae: np.ndarray
    draws: int


def undefined(model: Model) -> str | None:
    """Why there is no ELBO, or None if there is."""
    return None if model.stochastic else "a deterministic encoder has no posterior, hence no ELBO"


@torch.no_grad()
def bounds(model: Model, images: Images, draws: int = DRAWS, seed: int = 0) -> Bounds:
    """ELBO and importance-weighted bound of images.

    With one level of at most two dimensions, E[log p(x|z)] in the ELBO is summed by Gauss–Hermite
    quadrature; beyond, it is the mean over the draws.

    Raises:
        ValueError: there is no ELBO, or not one draw is asked for.
    """
    if why := undefined(model):
        raise ValueError(why)
    if draws < 1:
        raise ValueError(f"draws: {draws} are too few")
    model.eval()
    elbos, errors, iwaes = [], [], []
    device = device_of(model)
    with torch.random.fork_rng(devices=cuda_devices(device)):
        torch.manual_seed(seed)
        for start in range(0, len(images), max(1, _CODES // draws)):
            batch = images[start : start + max(1, _CODES // draws)].to(device)
            label = batch.labels if model.needs_label else None
            x = batch.floats()
            log_weights = _log_weights(model, x, label, draws)  # (draws, n)
            iwaes.append(log_weights.logsumexp(0) - np.log(draws))
            if len(model.levels) == 1 and model.latent_dim <= MOST_DIMENSIONS:
                elbos.append(_quadrature(model, x, label))
                errors.append(torch.zeros_like(elbos[-1]))
            else:
                elbos.append(log_weights.mean(0))
                errors.append(log_weights.std(0) / draws**0.5)
    elbo, error, iwae = (torch.cat(parts).cpu().numpy() for parts in (elbos, errors, iwaes))
    return Bounds(elbo, error, iwae, draws)


def _log_weights(model: Model, x: Tensor, label: Tensor | None, draws: int) -> Tensor:
    """log p(x|z) + log p(z) − log q(z|x) of draws from the posterior, (draws, n) float64."""
    rows = []
    for _ in range(draws):
        posterior = model.encode(x, label)
        z = posterior.rsample()
        rows.append(model.decode(z, label).log_prob(x).double() + _log_ratio(posterior, z))
    return torch.stack(rows)


def _log_ratio(posterior: Posterior, z: Tensor) -> Tensor:
    """log p(z) − log q(z|x), all levels together, (n,) float64."""
    total = torch.zeros(len(z), dtype=torch.float64, device=z.device)
    start = 0
    for level in posterior.levels:
        part = z[:, start : start + level.mean.shape[1]].double()
        start += level.mean.shape[1]
        prior = Normal(
            torch.as_tensor(level.prior_mean, dtype=torch.float64, device=z.device),
            torch.as_tensor(level.prior_scale, dtype=torch.float64, device=z.device),
        )
        assert level.scale is not None, "a stochastic family has scales"
        own = Normal(level.mean.double(), level.scale.double())
        total += (prior.log_prob(part) - own.log_prob(part)).sum(1)
    return total


def _quadrature(model: Model, x: Tensor, label: Tensor | None) -> Tensor:
    """The ELBO (n,) by Gauss–Hermite quadrature over the posterior."""
    posterior = model.encode(x, label)
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    mesh = np.stack(np.meshgrid(*[nodes] * model.latent_dim), axis=-1)
    mesh = mesh.reshape(-1, model.latent_dim)  # (NODES^d, d)
    shares = np.prod(np.meshgrid(*[weights / weights.sum()] * model.latent_dim), axis=0).ravel()
    expected = torch.zeros(len(x), dtype=torch.float64, device=x.device)
    for node, share in zip(mesh, shares, strict=True):
        shift = torch.as_tensor(node, dtype=torch.float32, device=x.device)
        z = posterior.mean + posterior.scale * shift
        expected += float(share) * model.decode(z, label).log_prob(x).double()
    (kl,) = posterior.kl()
    return expected - kl.sum(1)
