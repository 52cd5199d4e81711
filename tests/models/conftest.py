"""Every family, the toys among them, as a small model with a batch of images."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import pytest
import torch
from torch import Tensor

from explorer.datasets import Images
from explorer.models import FAMILIES, Losses, Model, Terms, View, build_model
from explorer.specs import ModelSpec
from tests.support.toys import TOYS

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
    """A model and a batch to try it on."""

    model: Model
    x: Tensor
    label: Tensor

    @property
    def images(self) -> Images:
        """The batch as stored images."""
        return Images((255 * self.x).round().to(torch.uint8), self.label)

    def terms(self, seed: int = 0) -> Terms:
        return self.model.terms(self.x, self.label, torch.Generator().manual_seed(seed))

    def loss(self, kl_weight: float = 1.0, seed: int = 0) -> Losses:
        torch.manual_seed(seed)
        return self.model.loss(self.x, self.label, kl_weight)

    def views(self) -> Iterator[View]:
        """Every view of the model."""
        controls = self.model.controls()
        for options in product(*(control.options[:3] for control in controls)):
            names = [control.name for control in controls]
            yield self.model.view(self.images, **dict(zip(names, options, strict=True)))

    def labels_for(self, view: View) -> Tensor:
        """The batch's labels, all of the class that the view is about, if it is about one."""
        return self.label if view.about is None else torch.full_like(self.label, view.about)


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
        return Case(model, x, torch.arange(BATCH) % spec.classes)

    return make
