"""The optimal decoder: for each code, the mean of the images that it may represent.

Of all decoders, D(z) = μ*(z) = Σ q(z|xᵢ) xᵢ / Σ q(z|xᵢ) has the least expected squared error over
training images and codes sampled from their posteriors: it is the conditional mean. It is blurred
where posteriors overlap, and training only the decoder cannot reach a lower error.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from explorer.analysis.geometry.density import CodeDensity
from explorer.datasets import Images
from explorer.models import View
from explorer.models.latent import encode_images

GROUP = 128  # codes whose images are found together
_NEGLIGIBLE = 18.0  # nats below the most probable image: 55,000 such images weigh 1e-3 together


@dataclass(frozen=True, eq=False)
class Meant:
    """Images and their posteriors, which tell what images a code may represent.

    Attributes:
        density: the posteriors q(z|xᵢ) of the images, or kernels for a deterministic encoder.
        pixels: (N, C, H, W) uint8 the images, in the same order.
    """

    density: CodeDensity
    pixels: Tensor

    @classmethod
    def of(cls, view: View, images: Images) -> "Meant":
        """Encode the images; those with codes that are not finite are left out."""
        codes = encode_images(view, images)
        finite = np.isfinite(codes.mean).all(axis=1) & np.isfinite(codes.scale).all(axis=1)
        pixels = images.pixels.cpu()
        if not finite.all():
            codes = codes[finite]
            pixels = pixels[torch.from_numpy(finite)]
        return cls(CodeDensity.of(codes, view.stochastic), pixels)


@dataclass(frozen=True, eq=False)
class Contributors:
    """The images that a code may represent.

    Attributes:
        indices: (m,) indices of images, the most probable first.
        weights: (m,) q(z|xᵢ) / Σⱼ q(z|xⱼ), which sum to at most 1.
        effective: 1 / Σ wᵢ² over all images, the effective number of images.
    """

    indices: np.ndarray
    weights: np.ndarray
    effective: float


def contributors(meant: Meant, code: ArrayLike, most: int) -> Contributors:
    """The images with the largest weights at a code (d,), at most ``most``."""
    z = torch.tensor(np.asarray(code, dtype=np.float32))[None]
    weights = meant.density.log_terms(z)[0].double().softmax(0).numpy()
    order = np.argsort(-weights, kind="stable")[:most]
    return Contributors(order, weights[order], float(1 / np.square(weights).sum()))


def optimal_images(meant: Meant, codes: ArrayLike) -> np.ndarray:
    """μ*(z) of codes (n, d): (n, C, H, W) float32, pixels from 0 to 1."""
    z = np.asarray(codes, dtype=np.float32)
    shape = meant.pixels.shape[1:]
    result = np.empty((len(z), *shape), dtype=np.float32)
    for group, means in _by_group(meant, z):
        result[group] = means.reshape(len(group), *shape).numpy()
    return result


def blur_distance(meant: Meant, codes: ArrayLike, decoded: np.ndarray) -> np.ndarray:
    """‖D(z) − μ*(z)‖ of codes (n, d) and their decoded images (n, C, H, W): (n,) pixel units."""
    z = np.asarray(codes, dtype=np.float32)
    result = np.empty(len(z))
    for group, means in _by_group(meant, z):
        result[group] = (torch.from_numpy(decoded[group]).flatten(1) - means).norm(dim=1).numpy()
    return result


@torch.no_grad()
def _by_group(meant: Meant, z: np.ndarray) -> Iterator[tuple[np.ndarray, Tensor]]:
    """Groups of codes, by index, and their means (n, P).

    The full sum has codes × images × pixels terms: 0.7 · 10¹² products for a field. But posteriors
    are narrow, so neighbouring codes share the few images with a noticeable weight.
    """
    density, flat = meant.density, meant.pixels.flatten(1)  # (N, P) uint8
    everything = np.arange(len(density.means))
    for group, kept in _groups(density, z, np.arange(len(z)), everything):
        some = CodeDensity(density.means[kept], density.scales[kept], density.is_kernel)
        terms = some.log_terms(torch.from_numpy(z[group]))  # (n, kept)
        counts = (terms >= terms.amax(1, keepdim=True) - _NEGLIGIBLE).any(0)
        weights = terms[:, counts].softmax(1)
        images = flat[torch.from_numpy(kept)[counts]].float()
        yield group, weights @ images / 255


def _groups(
    density: CodeDensity, z: np.ndarray, codes: np.ndarray, images: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Groups of neighbouring codes and the images with a noticeable weight for them, by index.

    Codes are halved along the longest side of their box until a group is small. In each step,
    images are dropped whose log density is more than _NEGLIGIBLE below the best in the whole box.
    """
    if not len(codes):
        return
    low, high = z[codes].min(axis=0), z[codes].max(axis=0)
    middle, half = 0.5 * (low + high), 0.5 * (high - low)
    means, scales = density.means[images], density.scales[images]
    off = np.abs(means - middle)  # (n, d)
    log_scale = np.log(scales).sum(axis=1)
    nearest = np.square(np.maximum(off - half, 0) / scales).sum(axis=1)
    furthest = np.square((off + half) / scales).sum(axis=1)
    sure = (-0.5 * furthest - log_scale).max()
    images = images[-0.5 * nearest - log_scale >= sure - _NEGLIGIBLE]
    if len(codes) <= GROUP:
        yield codes, images
        return
    longest = int(np.argmax(high - low))
    order = codes[np.argsort(z[codes, longest], kind="stable")]
    for part in np.array_split(order, 2):
        yield from _groups(density, z, part, images)
