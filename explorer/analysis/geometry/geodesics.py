"""Discrete geodesics: chains of codes with minimal energy."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from explorer.models import View
from explorer.models.latent import decode_means
from explorer.training.threads import one_thread

MOST_ROUNDS = 100  # of L-BFGS
_TIE = 1e-6  # pixel units per latent unit: evens the steps where the image does not change

# Maps codes (n, d) to the cost of a pixel unit there, (n,), differentiably.
Cost = Callable[[Tensor], Tensor]


def taut(view: View, codes: np.ndarray, cost: Cost | None = None) -> np.ndarray:
    """Pull a chain of codes (n + 1, d) taut between its fixed ends, with roughly equal steps.

    L-BFGS minimises E = Σ c̄ᵢ² ‖D(zᵢ₊₁) − D(zᵢ)‖² over the inner codes, where c̄ᵢ is the mean cost
    at the two ends of a step. Since n E ≥ length², with equality for equal steps, a minimum of the
    energy is a shortest path at constant speed (a discrete geodesic; Shao, Kumar & Fletcher 2018).
    It is a local minimum that depends on the initial chain.

    The variables are the sine modes of the chain, each scaled by 1 / √stiffness. Without this
    preconditioning the smooth modes, which matter most, would need about n² rounds.
    """
    device, segments = view.device, len(codes) - 1
    modes = _modes(segments)
    fixed = torch.tensor(codes, dtype=torch.float32, device=device)  # (n + 1, d)
    shape = (segments - 1, codes.shape[1])

    def energy(flat: np.ndarray) -> tuple[float, np.ndarray]:
        moved = torch.tensor(modes @ flat.reshape(shape), dtype=torch.float32, device=device)
        moved.requires_grad_(True)
        chain = torch.cat([fixed[:1], fixed[1:-1] + moved, fixed[-1:]])
        squares = view.decode(chain).mean.flatten(1).diff(dim=0).square().sum(1).cpu()  # (n,)
        if cost is not None:
            price = cost(chain.cpu())
            squares = squares * (0.5 * (price[1:] + price[:-1])).square()
        total = squares.sum()
        (gradient,) = torch.autograd.grad(total, moved)
        return float(total.detach()), (modes.T @ gradient.cpu().numpy()).ravel().astype(np.float64)

    from scipy.optimize import minimize

    view.model.eval()
    options = {"maxiter": MOST_ROUNDS, "maxcor": 10, "ftol": 1e-6}
    with one_thread():
        start = np.zeros(shape).ravel()
        found = minimize(energy, start, jac=True, method="L-BFGS-B", options=options)
    result = np.array(codes, dtype=np.float64)
    if np.isfinite(found.x).all() and np.isfinite(found.fun):
        result[1:-1] += modes @ found.x.reshape(shape)
    return result


def _modes(segments: int) -> np.ndarray:
    """The sine modes (n − 1, n − 1) of a chain with fixed ends, as columns, each divided by the
    square root of its eigenvalue 4 sin²(πk / 2n)."""
    index = np.arange(1, segments)
    waves = np.sqrt(2 / segments) * np.sin(np.pi * np.outer(index, index) / segments)
    return waves / (2 * np.sin(np.pi * index / (2 * segments)))


def pixel_steps(view: View, codes: np.ndarray) -> np.ndarray:
    """‖D(zᵢ₊₁) − D(zᵢ)‖ along codes (n + 1, d): (n,) pixel units."""
    images = decode_means(view, codes).reshape(len(codes), -1).astype(np.float64)
    return np.linalg.norm(np.diff(images, axis=0), axis=1)


def even_steps(view: View, codes: np.ndarray, count: int, finer: int = 1) -> np.ndarray:
    """``count`` codes along a chain (n, d), equally spaced in pixel length.

    Args:
        view: its decoder defines pixel length.
        codes: the chain, with straight links.
        count: number of codes to return, including both ends.
        finer: number of pieces in which each link is measured.
    """
    places = np.arange((len(codes) - 1) * finer + 1) / finer
    fine = _along(codes, np.arange(len(codes)), places)
    lengths = pixel_steps(view, fine) + _TIE * np.linalg.norm(np.diff(fine, axis=0), axis=1)
    travelled = np.concatenate([[0.0], np.cumsum(lengths)])
    if not (np.isfinite(travelled[-1]) and travelled[-1] > 0):
        travelled = np.arange(len(fine), dtype=float)
    even = _along(fine, travelled, np.linspace(0, travelled[-1], count))
    even[[0, -1]] = codes[[0, -1]]
    return even


def _along(codes: np.ndarray, at: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Codes at the positions ``wanted`` of a chain of codes (n, d) at ascending positions (n,)."""
    return np.stack([np.interp(wanted, at, column) for column in codes.T], axis=1)
