"""The estimate of how long a run takes: what it counts, and what it leaves alone."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from explorer.models import FAMILIES, NETWORKS, blank_model, build_model
from explorer.specs import ModelSpec
from explorer.training import estimate
from explorer.training.estimate import flop_per_image

WIDTHS = (8, 16)


def counted_by_torch(model: ModelSpec) -> int:
    with torch.device("meta"):
        blank = build_model(model)
        images, labels = torch.zeros((8, *model.image_shape)), torch.zeros(8).long()
        with FlopCounterMode(display=False) as counter:
            blank.loss(images, labels, 1.0).total.backward()
    return counter.get_total_flops() // 8


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 16, 24)])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_operations_are_those_that_torch_counts(family, network, shape):
    model = ModelSpec(
        family=family, network=network, image_shape=shape, latent_dim=7, widths=WIDTHS
    )
    assert flop_per_image(model) == counted_by_torch(model)


def test_counting_changes_nothing_for_others(monkeypatch):
    """A counter that listened to the whole process broke the gradients of other threads."""

    def listeners() -> int:
        shared = vars(torch.nn.modules.module).values()
        return sum(len(one) for one in shared if isinstance(one, OrderedDict))

    seen = []

    def watched(spec: ModelSpec) -> torch.nn.Module:
        model = blank_model(spec)
        loss = model.loss
        model.loss = lambda *args: (seen.append(listeners()), loss(*args))[1]
        return model

    monkeypatch.setattr(estimate, "blank_model", watched)
    before = listeners()
    assert flop_per_image(ModelSpec(image_shape=(1, 4, 4), widths=(5, 3))) > 0
    assert seen == [before]
