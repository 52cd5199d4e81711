"""A linear Gaussian VAE, of which all is known in closed form (Tipping & Bishop 1999)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from explorer.datasets import Images
from explorer.models import Model, View, build_model
from explorer.specs import ModelSpec

PIXELS, SIGMA = 6, 0.3


@dataclass(frozen=True)
class Linear:
    """x|z ~ N(Wz + b, σ²I) with z ~ N(0, I), and an encoder that is not quite right.

    Attributes:
        model: the model.
        view: its plane.
        images: (N, 1, 2, 3) in [0, 1].
        evidence: (N,) log p(x).
        posterior_mean: (N, 2) of p(z|x).
        posterior_covariance: (2, 2) of p(z|x).
        gap: (N,) KL(q(z|x) ‖ p(z|x)).
    """

    model: Model
    view: View
    images: Images
    evidence: np.ndarray
    posterior_mean: np.ndarray
    posterior_covariance: np.ndarray
    gap: np.ndarray


@pytest.fixture(scope="session")
def linear() -> Linear:
    random = np.random.default_rng(0)
    spec = ModelSpec(
        image_shape=(1, 2, 3),
        classes=1,
        latent_dim=2,
        likelihood="gaussian",
        likelihood_scale=SIGMA,
        link="identity",
        widths=(),
    )
    model = build_model(spec)
    weights, bias = 0.25 * random.normal(size=(PIXELS, 2)), np.full(PIXELS, 0.5)
    precision = np.eye(2) + weights.T @ weights / SIGMA**2
    covariance = np.linalg.inv(precision)
    to_mean = covariance @ weights.T / SIGMA**2 + 0.05 * random.normal(size=(2, PIXELS))
    with torch.no_grad():
        (decoding,), (encoding,) = model.decoder.layers, model.encoder.layers
        decoding.weight.copy_(torch.from_numpy(weights))
        decoding.bias.copy_(torch.from_numpy(bias))
        encoding.weight.copy_(torch.from_numpy(np.concatenate([to_mean, np.zeros((2, PIXELS))])))
        encoding.bias.copy_(torch.from_numpy(np.concatenate([-to_mean @ bias, [-1.6, -1.9]])))
    codes = random.normal(size=(50, 2))
    pixels = (codes @ weights.T + bias).clip(0, 1)
    grey = torch.from_numpy(np.rint(pixels * 255).astype(np.uint8)).reshape(-1, 1, 2, 3)
    images = Images(grey, torch.zeros(50, dtype=torch.long))

    x = images.floats().flatten(1).double().numpy()
    evidence = multivariate_normal(bias, weights @ weights.T + SIGMA**2 * np.eye(PIXELS)).logpdf(x)
    mean = (x - bias) @ weights / SIGMA**2 @ covariance
    own = np.diag(np.exp([-1.6, -1.9]))
    shift = (x - bias) @ to_mean.T - mean
    distance = np.einsum("ni,ij,nj->n", shift, precision, shift)
    logs = np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(own)[1]
    gap = 0.5 * (np.trace(precision @ own) + distance - 2 + logs)
    return Linear(model, model.view(), images, evidence, mean, covariance, gap)
