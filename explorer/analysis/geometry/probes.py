"""Projector probe: which noise on an image an autoencoder removes, and which it preserves."""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch

from explorer.analysis.geometry.metric import NO_GRADIENTS, tangent_images
from explorer.models import NotDefined, View
from explorer.models.latent import batch_size
from explorer.models.pauses import with_pauses

KINDS = ("tangent", "normal")


@dataclass(frozen=True, eq=False)
class Gain:
    """The gain of noise added to images, ‖D(E(x + δ)) − D(E(x))‖ / ‖δ‖, by noise size.

    A perfect projector onto a manifold of images preserves noise along the manifold (gain 1) and
    removes noise normal to it (gain 0); the optimal denoiser is close to that (Alain & Bengio
    2014).

    Attributes:
        sizes: (S,) ‖δ‖ in pixel units.
        tangent, normal: (S,) means over images, dimensionless.
        tangent_error, normal_error: (S,) their standard errors over images.
        images: number of images.
    """

    sizes: np.ndarray
    tangent: np.ndarray
    tangent_error: np.ndarray
    normal: np.ndarray
    normal_error: np.ndarray
    images: int


@dataclass(frozen=True, eq=False)
class Probe:
    """Images with noise of one size, and their reconstructions; (N, C, H, W) each.

    Attributes:
        images: x, without noise.
        back: D(E(x)).
        tangent, tangent_back: x with noise in the tangent plane, and its reconstruction.
        normal, normal_back: the same with noise normal to the tangent plane.
    """

    images: np.ndarray
    back: np.ndarray
    tangent: np.ndarray
    tangent_back: np.ndarray
    normal: np.ndarray
    normal_back: np.ndarray


def why_no_probe(view: View) -> str | None:
    """Why the probe is not defined for a view, or None if it is."""
    return None if view.differentiable else NO_GRADIENTS


def probe(view: View, images: np.ndarray, size: float, seed: int = 0) -> Probe:
    """Reconstruct images with noise of one size in and normal to the tangent plane at their codes.

    The tangent plane is the span of J = ∂D/∂z at z = E(x), the posterior mean. Directions are
    uniform within the plane and within its complement; pixels are not clipped.

    Args:
        view: its encoder and decoder means are used.
        images: (N, C, H, W) in [0, 1].
        size: ‖δ‖ in pixel units.
        seed: of the noise directions.

    Raises:
        NotDefined: the decoder gives no gradients.
    """
    images = np.asarray(images, dtype=np.float32)
    noise = _directions(view, images, seed)
    noisy = [images + np.float32(size) * one for one in noise]
    back, *backs = (_passed(view, one) for one in (images, *noisy))
    return Probe(images, back, noisy[0], backs[0], noisy[1], backs[1])


def projector_gain(view: View, images: np.ndarray, sizes: np.ndarray, seed: int = 0) -> Gain:
    """The gain as a function of noise size, averaged over images (see ``probe`` and ``Gain``).

    Args:
        view, images, seed: as for ``probe``; N ≥ 1.
        sizes: (S,) norms of the noise, in pixel units, above 0.

    Raises:
        NotDefined: the decoder gives no gradients.
    """
    images = np.asarray(images, dtype=np.float32)
    sizes = np.asarray(sizes, dtype=np.float64)
    directions = _directions(view, images, seed)
    back = _passed(view, images)
    means, errors = [], []
    for noise in directions:
        gains = np.stack([_gain(view, images, back, noise, float(size)) for size in sizes])
        means.append(gains.mean(axis=1))  # (S, N) → (S,)
        spread = gains.std(axis=1, ddof=1) if len(images) > 1 else np.zeros(len(sizes))
        errors.append(spread / np.sqrt(len(images)))
    return Gain(sizes, means[0], errors[0], means[1], errors[1], len(images))


@torch.no_grad()
def shuffled(view: View, seed: int = 0) -> View:
    """The control: a random network of the same shape. Each weight tensor is the model's own in
    random order, which keeps the magnitudes after training; newly initialised weights are so much
    smaller that the gain would vanish.
    """
    control = deepcopy(view.model)
    generator = torch.Generator().manual_seed(seed)
    for parameter in control.parameters():
        order = torch.randperm(parameter.numel(), generator=generator).to(parameter.device)
        parameter.copy_(parameter.flatten()[order].view_as(parameter))
    return control.view(None, **view.choices)


def _gain(
    view: View, images: np.ndarray, back: np.ndarray, noise: np.ndarray, size: float
) -> np.ndarray:
    change = _passed(view, images + np.float32(size) * noise) - back
    return np.linalg.norm(change.reshape(len(images), -1), axis=1) / size


@torch.no_grad()
def _passed(view: View, images: np.ndarray) -> np.ndarray:
    """D(E(x)) of images (N, C, H, W), with the means of encoder and decoder."""
    view.model.eval()
    pixels = torch.from_numpy(images).to(view.device)
    parts = [
        view.decode(view.encode(part).mean).mean
        for part in with_pauses(pixels.split(batch_size(view)))
    ]
    return torch.cat(parts).float().cpu().numpy()


@torch.no_grad()
def _directions(view: View, images: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A unit vector in the tangent plane of each image, and one normal to it: (N, C, H, W) each.

    If the decoder is constant (collapsed), the tangent plane is meaningless and determined by
    rounding errors.
    """
    if why := why_no_probe(view):
        raise NotDefined(f"there is no projector probe: {why}")
    pixels = torch.from_numpy(images).to(view.device)
    codes = [view.encode(part).mean for part in with_pauses(pixels.split(batch_size(view)))]
    tangents = tangent_images(view, torch.cat(codes).cpu().numpy())  # (N, d, C, H, W)
    flat = tangents.reshape(*tangents.shape[:2], -1).astype(np.float64)
    frames = np.linalg.qr(flat.transpose(0, 2, 1))[0]  # (N, P, min(d, P)) orthonormal columns
    random = np.random.default_rng(seed)
    along = np.einsum("npk,nk->np", frames, random.standard_normal(frames.shape[::2]))
    across = random.standard_normal(frames.shape[:2])
    across -= np.einsum("npk,nqk,nq->np", frames, frames, across, optimize=True)
    first, second = (
        (part / np.linalg.norm(part, axis=1, keepdims=True)).reshape(images.shape)
        for part in (along, across)
    )
    return first.astype(np.float32), second.astype(np.float32)
