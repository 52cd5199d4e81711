"""Posterior collapse: predicted from the data before training, and measured in a sweep.

If the decoder ignores z, its best output is the mean image μ̄. If it then depends weakly on z, the
objective changes to second order: using a direction w pays off if wᵀCw > β wᵀVw, where C is the
covariance of the pixels and V their variance under the likelihood at μ̄. So the collapsed state is
unstable, and the k-th latent dimension is active, as long as the KL weight β is below the k-th
eigenvalue of

    V^-½ C V^-½.

For Gaussian pixels V = σ², and the threshold is an eigenvalue of the covariance divided by σ²
(Lucas et al. 2019, "Don't blame the ELBO!", for the linear VAE; arXiv 2510.01621 for others). The
general form is ours; for Bernoulli pixels V = p(1 − p), which gives eigenvalues in the Fisher
metric at the mean image.

The theory tells what pays off, not what an optimiser reaches: a dimension may collapse before
anything useful is learnt. With a slow KL warm-up, training therefore agrees better with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from explorer.datasets import Images
from explorer.models import LIKELIHOODS, Likelihood, blank_model
from explorer.models.pauses import with_pauses
from explorer.specs import ModelSpec

MOST_IMAGES = 60_000  # more would not change the covariance noticeably
_NUMBERS = 2**22  # pixels in one batch: 16 MB
_SMALL = 2048  # rows or columns up to which eigenvalues are computed exactly
_SPARE = 16  # extra directions, which make the requested ones converge fast
_ROUNDS = 60
_PRECISION = 1e-4


def undefined(spec: ModelSpec) -> str | None:
    """Why no threshold can be predicted for a model, or None if it can."""
    model = blank_model(spec)
    view = model.view()
    if not model.capabilities.stochastic:
        return "it has no KL term"
    if view.choices or view.no_posterior or not view.standard_prior:
        return "the theory applies only to a single latent space with the prior N(0, I)"
    if model.free_bits:
        return "with free bits no dimension is ever pushed to zero"
    if model.likelihood.variance_function(torch.full((1,), 0.5), spec.likelihood_scale) is None:
        return f"no threshold that holds in training is known for {model.likelihood.title} pixels"
    return None


def predicted_thresholds(images: Images, spec: ModelSpec) -> np.ndarray:
    """The KL weights at which the latent dimensions of a model die, whatever their order in z.

    Args:
        images: the training images; if there are more than MOST_IMAGES, every n-th is used.
        spec: the model; only its likelihood, scale and number of latent dimensions matter.

    Returns:
        (d,) float64, largest first; 0 for dimensions beyond those of the data.

    Raises:
        ValueError: no threshold can be predicted; ``undefined`` returns the reason.
    """
    if why := undefined(spec):
        raise ValueError(why)
    likelihood = LIKELIHOODS[spec.likelihood]
    step = -(-len(images) // MOST_IMAGES)
    pixels = images.pixels[::step].flatten(1)  # (N, P) uint8
    centred = _Centred(pixels, likelihood, spec.likelihood_scale)
    thresholds = np.zeros(spec.latent_dim)
    if count := min(spec.latent_dim, *centred.shape):
        thresholds[:count] = largest_eigenvalues(centred, count)
    return thresholds


class _Centred:
    """Images (N, P) as the likelihood observes them, minus their mean and divided by each pixel's
    standard deviation under the likelihood at that mean. Pixels that never vary are left out.
    Iterating yields batches as float32."""

    def __init__(self, pixels: Tensor, likelihood: type[Likelihood], scale: float) -> None:
        self._batches = pixels.split(max(1, _NUMBERS // pixels.shape[1]))  # uint8
        self._likelihood = likelihood
        total = torch.zeros(pixels.shape[1], dtype=torch.float64)
        self._varying = torch.zeros(pixels.shape[1], dtype=torch.bool)
        for batch in with_pauses(self._batches):
            total += self._observed(batch).sum(0, dtype=torch.float64)
            self._varying |= (batch != pixels[0]).any(0)
        mean = total / len(pixels)
        self._varying &= (mean > 0) & (mean < 1)  # binarising may hide variation
        mean = mean[self._varying]
        variance = likelihood.variance_function(mean, scale)
        assert variance is not None, "checked by ``undefined``"
        self._mean, self._deviation = mean, variance.sqrt()  # float64
        self.shape: tuple[int, int] = (len(pixels), len(mean))

    def _observed(self, batch: Tensor) -> Tensor:
        return self._likelihood.observe(batch.float() / 255)

    def __iter__(self) -> Iterator[Tensor]:
        for batch in with_pauses(self._batches):
            seen = self._observed(batch)[:, self._varying]
            yield ((seen - self._mean) / self._deviation).float()

    def covariance(self) -> Tensor:
        """The covariance, (P, P) float64. Sums within a batch are float32, which is exact for black
        and white pixels; sums over batches are float64."""
        products = torch.zeros(self.shape[1], self.shape[1], dtype=torch.float64)
        for batch in with_pauses(self._batches):
            seen = self._observed(batch)[:, self._varying]
            products += seen.T @ seen
        centred = products / self.shape[0] - torch.outer(self._mean, self._mean)
        return centred / torch.outer(self._deviation, self._deviation)


def largest_eigenvalues(rows: "_Centred", count: int) -> np.ndarray:
    """The ``count`` largest eigenvalues of the covariance of N rows of P numbers, largest first.

    They are exact, from the P×P matrix, if P is small, or from the N×N Gram matrix (which has the
    same eigenvalues) if N is small. Otherwise they come from subspace iteration (Halko, Martinsson
    & Tropp 2011, algorithm 4.4), which takes one pass over the images per round and stores
    P × (count + 16) numbers. It ends when no eigenvalue changes by more than a ten-thousandth, or
    after 60 rounds.
    """
    images, pixels = rows.shape
    if pixels <= _SMALL:
        return _top(rows.covariance(), count)
    if images <= _SMALL:
        everything = torch.cat(list(rows))
        return _top((everything @ everything.T).double() / images, count)
    width = min(count + _SPARE, pixels)
    generator = torch.Generator().manual_seed(0)
    basis = torch.linalg.qr(torch.randn(pixels, width, generator=generator))[0]
    before = np.zeros(count)
    for _ in range(_ROUNDS):
        moved = sum(part.T @ (part @ basis) for part in rows) / images  # (P, width)
        values = _top((basis.T @ moved).double(), count)
        if np.allclose(values, before, rtol=_PRECISION, atol=0):
            break
        before, basis = values, torch.linalg.qr(moved)[0]
    return values


def _top(matrix: Tensor, count: int) -> np.ndarray:
    """The largest eigenvalues of a symmetric matrix, largest first, none below 0."""
    symmetric = 0.5 * (matrix + matrix.T).numpy()
    last = len(symmetric) - 1
    values = scipy.linalg.eigvalsh(symmetric, subset_by_index=[last - count + 1, last])
    return np.maximum(values[::-1], 0)


@dataclass(frozen=True)
class Bracket:
    """The two KL weights of a sweep between which a latent dimension died.

    Attributes:
        alive: the largest weight at which the dimension is active, or None if it never is.
        dead: the next larger weight of the sweep, or None if there is no larger one.
    """

    alive: float | None
    dead: float | None


def measured_brackets(
    weights: Sequence[float], active: Sequence[float], dimensions: int
) -> list[Bracket]:
    """The brackets in which the dimensions died, from each model's number of active units.

    Args:
        weights: KL weights, ascending.
        active: number of active units of the model trained with each weight.
        dimensions: d, the number of brackets to return; the last dimension to die comes first.
    """
    brackets = []
    for rank in range(1, dimensions + 1):
        lives = [index for index, units in enumerate(active) if units >= rank]
        last = lives[-1] if lives else -1
        brackets.append(
            Bracket(
                alive=weights[last] if lives else None,
                dead=weights[last + 1] if last + 1 < len(weights) else None,
            )
        )
    return brackets
