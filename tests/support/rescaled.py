"""A view whose codes are those of another in other units and along other axes."""

from typing import final

import numpy as np
import torch
from torch import Tensor

from explorer.models import Level, Likelihood, View
from explorer.models.dense import DenseDecoder


@final
class RescaledView(View):
    """Maps the codes of a view by z → Az, and back before they are decoded. Posteriors keep their
    shape only if A is a multiple of the identity."""

    def __init__(self, view: View, matrix: np.ndarray) -> None:
        super().__init__(view.model, view.dim, view.choices)
        self._view = view
        self._out = torch.as_tensor(matrix, dtype=torch.float64)
        self._back = torch.linalg.inv(self._out)
        self.factor = float(abs(np.linalg.det(matrix)) ** (1 / view.dim))
        self.stochastic, self.no_posterior = view.stochastic, view.no_posterior

    def encode(self, x: Tensor, label: Tensor | None = None) -> Level:
        level = self._view.encode(x, label)
        scale = None if level.scale is None else self.factor * level.scale
        return Level(self._mapped(level.mean, self._out), scale)

    def sample_posterior(
        self, x: Tensor, random: np.random.Generator, label: Tensor | None = None
    ) -> Tensor:
        return self._mapped(self._view.sample_posterior(x, random, label), self._out)

    def decode(self, z: Tensor) -> Likelihood:
        return self._view.decode(self._mapped(z, self._back))

    def decode_draw(self, z: Tensor, random: np.random.Generator) -> Likelihood:
        return self._view.decode_draw(self._mapped(z, self._back), random)

    def sample_prior(
        self, count: int, random: np.random.Generator, temperature: float = 1.0
    ) -> Tensor:
        return self._mapped(self._view.sample_prior(count, random, temperature), self._out)

    def log_prior(self, z: Tensor) -> Tensor:
        inside = self._view.log_prior(self._mapped(z, self._back))
        return inside - torch.linalg.slogdet(self._out).logabsdet

    def dense_decoder(self) -> DenseDecoder | None:
        return None

    @staticmethod
    def _mapped(z: Tensor, matrix: Tensor) -> Tensor:
        return (z.double() @ matrix.T).to(z.dtype)
