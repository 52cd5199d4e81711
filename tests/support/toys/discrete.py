"""Discrete codes, with a control for the token and an anchor for the other tokens."""

from collections.abc import Mapping
from typing import final

import numpy as np
import torch
from torch import Tensor, nn

from explorer.datasets import Images
from explorer.models import Capabilities, Control, Level, Likelihood, Model, NotDefined, Terms, View
from explorer.models.networks import NETWORKS
from explorer.specs import ModelSpec
from tests.support.toys.common import PriorlessView


@final
class ToyDiscrete(Model):
    """Two tokens per image, each one of eight codebook vectors (van den Oord et al. 2017). A view
    shows one token; the other is that of a chosen image."""

    title = "Toy with discrete codes"
    summary = "A code is one entry of a book."
    formula = r"-\log p(x\mid z_q) + \lVert z_e - \mathrm{sg}(z_q)\rVert^2"
    capabilities = Capabilities(discrete=True)

    TOKENS = 2
    ENTRIES = 8

    def __init__(self, spec: ModelSpec) -> None:
        super().__init__(spec)
        network = NETWORKS[spec.network]
        self.encoder = network.encoder(spec, self.TOKENS * spec.latent_dim, 0)
        self.decoder = network.decoder(spec, self.TOKENS * spec.latent_dim, 0)
        self.book = nn.Embedding(self.ENTRIES, spec.latent_dim)
        self.book.weight.data.mul_(0.1)  # near the outputs of an untrained encoder

    def controls(self) -> tuple[Control, ...]:
        tokens = tuple(str(k + 1) for k in range(self.TOKENS))
        return (
            Control("token", "Token", "1", tokens, ordered=True),
            Control("around", "The other as in image", "0", ("0",), anchor=True),
        )

    def bind(self, choices: Mapping[str, str], images: Images | None) -> View:
        return ToyTokenView(self, choices, images)

    def tokens(self, x: Tensor) -> Tensor:
        """The encoder's output before quantisation, (N, TOKENS, d)."""
        return self.encoder(x).float().view(len(x), self.TOKENS, -1)

    def nearest(self, z: Tensor) -> Tensor:
        """The codebook entries nearest to z (…, d)."""
        return self.book.weight[torch.cdist(z, self.book.weight[None]).argmin(-1)]

    def terms(
        self, x: Tensor, label: Tensor | None, generator: torch.Generator | None = None
    ) -> Terms:
        said = self.tokens(x)
        entries = self.nearest(said)
        passed = said + (entries - said).detach()
        apart = 50 * (said - entries).square().flatten(1).sum(1)
        log_likelihood = self.likelihood_of(self.decoder(passed.flatten(1))).log_prob(x)
        return Terms(log_likelihood, (torch.zeros_like(said[:, 0]),), apart)

    def reconstruct(self, x: Tensor, label: Tensor | None = None) -> Likelihood:
        return self.likelihood_of(self.decoder(self.nearest(self.tokens(x)).flatten(1)))

    def log_weights(self, x: Tensor, label: Tensor | None, random: np.random.Generator) -> Tensor:
        raise NotDefined("its codes have no posterior")


@final
class ToyTokenView(PriorlessView):
    """One of the tokens; the others are fixed to those of an image."""

    differentiable = False
    no_posterior = "its codes are entries of a book"
    no_log_prior = "no prior was trained over the entries of its book"
    no_sample_prior = "no prior was trained over the entries of its book"

    def __init__(
        self, model: ToyDiscrete, choices: Mapping[str, str], images: Images | None
    ) -> None:
        super().__init__(model, model.spec.latent_dim, choices)
        self._toy = model
        self._token = int(choices["token"]) - 1
        self.codes_key = f"token:{choices['token']}"
        with torch.no_grad():
            if images is None or not len(images):
                said = model.book.weight[:1].expand(model.TOKENS, -1)[None]
            else:
                index = min(int(choices["around"]), len(images) - 1)
                said = model.tokens(images[index : index + 1].to(self.device).floats())
            self._others = model.nearest(said)  # (1, TOKENS, d)

    def encode(self, x: Tensor, label: Tensor | None = None) -> Level:
        return Level(self._toy.nearest(self._toy.tokens(x))[:, self._token])

    def decode(self, z: Tensor) -> Likelihood:
        codes = self._others.repeat(len(z), 1, 1)
        codes[:, self._token] = self._toy.nearest(z[:, None])[:, 0]
        return self._toy.likelihood_of(self._toy.decoder(codes.flatten(1)))
