"""A linear Gaussian VAE is probabilistic PCA, whose answers are known in closed form.

With a linear decoder and a stated σ, p(x) = N(b, WWᵀ + σ²I). Among all W of q columns the evidence
is largest for W = U(Λ − σ²)^½, Λ being the q largest eigenvalues of the data covariance (Tipping &
Bishop 1999, where σ is stated, not estimated). The ELBO of the linear VAE reaches it, and a latent
dimension collapses just where λ ≤ βσ² (Lucas et al. 2019). With weight β, each direction of
variance λ keeps min(λ, βσ²) of it as error and costs ½ log(λ / βσ²) nats of KL, if that is
positive: the reverse water-filling of a Gaussian source.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal, ortho_group

from explorer.datasets import ImageDataset, Images
from explorer.models import Model
from explorer.specs import RunSpec
from explorer.training.loop import Trainer, evaluate_losses

PIXELS, LATENT, SIGMA = 6, 3, 0.1
VARIANCES = [0.25, 0.12, 0.05]
# KL weight → how many of the three directions it leaves alive.
SURVIVORS = {1.0: 3, 8.0: 2, 15.0: 1, 30.0: 0}


@dataclass(frozen=True)
class Answer:
    """What is known of a data set: its pixels (N, 6), its covariance's eigenvalues and vectors,
    largest first. All of the data as it is stored, rounded to grey levels and clipped."""

    dataset: ImageDataset
    x: np.ndarray
    eigenvalues: np.ndarray
    eigenvectors: np.ndarray

    def evidence(self, weights: np.ndarray) -> float:
        """Mean log p(x) of a linear decoder W (6, q), nats per image."""
        covariance = weights @ weights.T + SIGMA**2 * np.eye(PIXELS)
        return float(multivariate_normal(self.x.mean(0), covariance).logpdf(self.x).mean())

    def best_evidence(self) -> float:
        """The largest that any decoder of three dimensions has."""
        lengths = np.sqrt(np.maximum(self.eigenvalues[:LATENT] - SIGMA**2, 0))
        return self.evidence(self.eigenvectors[:, :LATENT] * lengths)


@pytest.fixture(scope="module")
def answer() -> Answer:
    rng = np.random.default_rng(0)
    directions = ortho_group.rvs(PIXELS, random_state=1)[:LATENT]  # (3, 6)
    z = rng.normal(size=(1000, LATENT)) * np.sqrt(np.subtract(VARIANCES, SIGMA**2))
    grey = 0.5 + z @ directions + SIGMA * rng.normal(size=(1000, PIXELS))
    pixels = np.rint(grey.clip(0, 1) * 255).astype(np.uint8).reshape(-1, 1, 2, 3)
    images = Images(torch.from_numpy(pixels), torch.zeros(1000, dtype=torch.long))
    x = images.floats().flatten(1).double().numpy()
    eigenvalues, eigenvectors = np.linalg.eigh(np.cov(x.T, bias=True))
    dataset = ImageDataset("linear", ("all",), images[:100], train=images, validation=images[:100])
    return Answer(dataset, x, eigenvalues[::-1], eigenvectors[:, ::-1])


@pytest.fixture(scope="module")
def linear_vae(answer: Answer) -> Callable[[float], Model]:
    """Trains a linear VAE with a KL weight, once for all tests."""
    trained: dict[float, Model] = {}

    def train(kl_weight: float) -> Model:
        if kl_weight not in trained:
            fields = {
                "image_shape": (1, 2, 3),
                "classes": 1,
                "latent_dim": LATENT,
                "likelihood": "gaussian",
                "likelihood_scale": SIGMA,
                "link": "identity",
                "widths": (),
                "epochs": 100,
                "batch_size": 100,
                "learning_rate": 0.2,
                "kl_weight": kl_weight,
                "kl_schedule": "linear",  # past the saddle points where a direction sleeps
                "kl_warmup": 0.5,
                "precision": "float32",
                "compiled": "no",
            }
            trainer = Trainer(RunSpec().replace(fields), answer.dataset, torch.device("cpu"))
            for _ in trainer:
                pass
            trained[kl_weight] = trainer.model
        return trained[kl_weight]

    return train


def _measured(model: Model, dataset: ImageDataset) -> tuple[float, np.ndarray]:
    """Reconstruction and KL per dimension (largest first), in nats per image, over many draws."""
    draws = [evaluate_losses(model, dataset.train, seed=seed) for seed in range(60)]
    kl = np.mean([losses.kl[0] for losses in draws], axis=0)
    return float(np.mean([losses.reconstruction for losses in draws])), np.sort(kl)[::-1]


@pytest.mark.slow
def test_the_elbo_reaches_the_evidence_of_probabilistic_pca(answer, linear_vae) -> None:
    model = linear_vae(1.0)
    reconstruction, kl = _measured(model, answer.dataset)
    elbo = -(reconstruction + kl.sum())
    assert elbo == pytest.approx(answer.best_evidence(), abs=0.1)
    weights = model.decoder.layers[0].weight.detach().double().numpy()
    own_evidence = answer.evidence(weights)
    assert own_evidence == pytest.approx(answer.best_evidence(), abs=0.05)
    assert elbo <= own_evidence + 0.02  # a bound, up to the noise of the draws
    assert own_evidence <= answer.best_evidence()


@pytest.mark.slow
@pytest.mark.parametrize("kl_weight", SURVIVORS)
def test_directions_collapse_just_where_their_variance_is_below_the_threshold(
    answer, linear_vae, kl_weight
) -> None:
    ratio = answer.eigenvalues[:LATENT] / (kl_weight * SIGMA**2)
    assert (ratio > 1).sum() == SURVIVORS[kl_weight]
    _, kl = _measured(linear_vae(kl_weight), answer.dataset)
    np.testing.assert_allclose(kl, 0.5 * np.log(np.maximum(ratio, 1)), atol=0.05)
    assert (kl > 0.01).sum() == SURVIVORS[kl_weight]


@pytest.mark.slow
@pytest.mark.parametrize("kl_weight", SURVIVORS)
def test_the_loss_comes_down_to_its_least_value(answer, linear_vae, kl_weight) -> None:
    """Reverse water-filling: error min(λ, βσ²) in each kept direction, λ in each that is not."""
    kept, lost = answer.eigenvalues[:LATENT], answer.eigenvalues[LATENT:]
    threshold = kl_weight * SIGMA**2
    error = np.minimum(kept, threshold).sum() + lost.sum()
    distortion = 0.5 * PIXELS * np.log(2 * np.pi * SIGMA**2) + error / (2 * SIGMA**2)
    least = distortion + kl_weight * 0.5 * np.log(np.maximum(kept / threshold, 1)).sum()
    reconstruction, kl = _measured(linear_vae(kl_weight), answer.dataset)
    reached = reconstruction + kl_weight * kl.sum()
    assert least - 0.05 < reached < least + 0.1
