"""Posterior collapse, predicted from the data before training, and as it was measured.

Where the decoder ignores z, the best it can say is the mean image μ̄. Let it depend on z a little,
and the objective changes to second order: a direction w pays off if wᵀCw > β wᵀVw, with C the
covariance of the pixels and V the variance that the likelihood gives them at μ̄. So the collapsed
state is unstable, and the k-th latent dimension lives, while the KL weight β is below the k-th
eigenvalue of

    V^-½ C V^-½.

For Gaussian pixels V = σ², and the threshold is an eigenvalue of the covariance over σ² (Lucas et
al. 2019, "Don't blame the ELBO!", for the linear VAE; arXiv 2510.01621 beyond it). The general form
is ours; for Bernoulli pixels V = p(1 − p): eigenvalues in the Fisher metric at the mean image.

It says what pays off, not how far an optimiser comes: a code can be given up before it was learnt,
which is why a KL weight that comes in slowly agrees better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
import torch

from explorer.datasets import Images
from explorer.models import FAMILIES, LIKELIHOODS, Likelihood
from explorer.specs import ModelSpec

MOST_IMAGES = 60_000  # the covariance of more would not be another one
_BATCH = 4096


def undefined(spec: ModelSpec) -> str | None:
    """Why there is no predicted threshold for a model, or None if there is one."""
    family, likelihood = FAMILIES[spec.family], LIKELIHOODS[spec.likelihood]
    if not (family.stochastic and family.plain_decoder):
        return f"the theory is about one flat code with a KL term, which {spec.family} is not"
    if spec.options.get("free_bits"):
        return "with free bits no dimension is ever pushed to zero"
    if likelihood.variance_function(torch.full((1,), 0.5), spec.likelihood_scale) is None:
        return f"for {likelihood.title} pixels no threshold is known that training keeps to"
    return None


def predicted_thresholds(images: Images, spec: ModelSpec) -> np.ndarray:
    """The KL weights at which the latent dimensions of a model die, whatever their order in z.

    Args:
        images: what it trains on; of more than MOST_IMAGES an even selection is taken.
        spec: the model; its likelihood, scale and latent dimensions matter.

    Returns:
        (d,) float64, largest first; 0 for dimensions beyond those of the data.

    Raises:
        ValueError: there is no such threshold; ``undefined`` says why.
    """
    if why := undefined(spec):
        raise ValueError(why)
    likelihood = LIKELIHOODS[spec.likelihood]
    mean, covariance = _moments(images, likelihood)
    varies = covariance.diagonal() > 0
    mean, covariance = mean[varies], covariance[varies][:, varies]
    given = likelihood.variance_function(torch.from_numpy(mean), spec.likelihood_scale)
    assert given is not None, "or it would be undefined"
    deviation = np.sqrt(given.numpy())
    thresholds = np.zeros(spec.latent_dim)
    if count := min(spec.latent_dim, len(mean)):
        last = len(mean) - 1
        scaled = covariance / np.outer(deviation, deviation)
        # Only the largest eigenvalues, ascending.
        largest = scipy.linalg.eigvalsh(scaled, subset_by_index=[last - count + 1, last])
        thresholds[:count] = np.maximum(largest[::-1], 0)
    return thresholds


def _moments(images: Images, likelihood: type[Likelihood]) -> tuple[np.ndarray, np.ndarray]:
    """Mean (P,) and covariance (P, P) of the pixels as the likelihood sees them, float64."""
    step = -(-len(images) // MOST_IMAGES)
    pixels = images.pixels[::step].flatten(1)  # (N, P) uint8
    count, size = pixels.shape
    total = torch.zeros(size, dtype=torch.float64)
    products = torch.zeros(size, size, dtype=torch.float64)
    constant = (pixels == pixels[:1]).all(dim=0)
    for start in range(0, count, _BATCH):
        seen = likelihood.observe(pixels[start : start + _BATCH].float() / 255)
        total += seen.sum(0, dtype=torch.float64)
        products += seen.T @ seen  # float32 sums of a batch, float64 sums of batches
    mean = (total / count).numpy()
    covariance = (products / count).numpy() - np.outer(mean, mean)
    still = constant.numpy() | (mean <= 0) | (mean >= 1)  # rounding may leave a trace of variance
    covariance[still] = covariance[:, still] = 0
    return mean, covariance


@dataclass(frozen=True)
class Bracket:
    """Between which two KL weights of a sweep a latent dimension died.

    Attributes:
        alive: the largest weight with the dimension active, None if it never was.
        dead: the next larger weight of the sweep, None if it was active to the end.
    """

    alive: float | None
    dead: float | None


def measured_brackets(
    weights: Sequence[float], active: Sequence[float], dimensions: int
) -> list[Bracket]:
    """Where the first, second, … dimension died, by the number of active units of each model.

    Args:
        weights: KL weights, ascending.
        active: active units of the model trained with each.
        dimensions: d, how many brackets to give: the last dimension to die comes first.
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
