"""Every family, the two toys among them, as a small model with a batch of images."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from explorer.models import FAMILIES, Losses, Model, Posterior, build_model
from explorer.specs import ModelSpec
from tests.support.toy_families import TOYS

BATCH = 6


@pytest.fixture(autouse=True)
def _toys_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, family in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, family)


@pytest.fixture(params=[*FAMILIES, *TOYS])
def family(request: pytest.FixtureRequest) -> str:
    """The name of each registered family and toy in turn."""
    return request.param


@dataclass(frozen=True)
class Case:
    """A model and a batch to try it on; the label is None if the family needs none."""

    model: Model
    x: Tensor
    label: Tensor | None

    def encode(self, draw: bool = True) -> Posterior:
        return self.model.encode(self.x, self.label, draw)

    def loss(self, kl_weight: float = 1.0, seed: int = 0) -> Losses:
        torch.manual_seed(seed)
        return self.model.loss(self.x, self.label, kl_weight)


@pytest.fixture
def make_case() -> Callable[..., Case]:
    """Builds a Case from a family's name and fields of its ModelSpec."""

    def make(family: str, seed: int = 0, **fields: object) -> Case:
        spec = ModelSpec(
            **{"family": family, "image_shape": (1, 8, 8), "widths": (8,), "latent_dim": 2}
            | {"classes": 4, "activation": "silu"}
            | fields
        )
        model = build_model(spec, seed)
        generator = torch.Generator().manual_seed(seed)
        x = torch.rand(BATCH, *spec.image_shape, generator=generator)
        label = torch.arange(BATCH) % spec.classes if model.needs_label else None
        return Case(model, x, label)

    return make
