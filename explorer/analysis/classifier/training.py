"""Training a classifier."""

import math
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from explorer.analysis.classifier.network import (
    Classifier,
    ClassifierSpec,
    Layers,
    batch_size,
    logits,
)
from explorer.datasets import HeldOut, ImageDataset, Images
from explorer.models.pauses import with_pauses
from explorer.training.threads import one_thread

_WARM_UP = 0.15  # fraction of the steps in which the rate rises


def train_classifier(dataset: ImageDataset, spec: ClassifierSpec | None = None) -> Classifier:
    """A classifier trained on ``dataset.train``, with its temperature fitted on ``validation`` and
    its accuracy measured on ``test``. It uses its own random generator, so any thread may call it.

    Raises:
        ValueError: the images have no classes.
    """
    if not dataset.classes:
        raise ValueError(f"the images of {dataset.name} have no classes to distinguish")
    with one_thread():
        return _trained(dataset, spec or ClassifierSpec())


def _trained(dataset: ImageDataset, spec: ClassifierSpec) -> Classifier:
    generator = torch.Generator().manual_seed(spec.seed)
    layers = _initial(layer_sizes(dataset, spec), generator)
    parameters = [value for layer in layers for value in layer]
    optimiser = torch.optim.AdamW(parameters, weight_decay=spec.weight_decay, fused=True)
    images = dataset.train
    batch = min(spec.batch_size, max(1, len(images) // 4))
    for step in with_pauses(range(spec.steps)):
        for group in optimiser.param_groups:
            group["lr"] = spec.learning_rate * _rate(step / spec.steps)
        index = torch.randint(len(images), (batch,), generator=generator)
        optimiser.zero_grad()
        with torch.enable_grad():
            part = images[index]
            cross_entropy(logits(layers, part.floats().flatten(1)), part.labels).backward()
        optimiser.step()
    final = tuple((_rounded(weight), _rounded(bias)) for weight, bias in layers)
    temperature = _fitted_temperature(_all_logits(final, dataset.validation), dataset.validation)
    right = _all_logits(final, dataset.test).argmax(1) == dataset.test.labels
    return Classifier(final, temperature, float(right.float().mean()))


def _rounded(values: Tensor) -> Tensor:
    """The values as they are stored, in float16."""
    return values.detach().half().float()


def layer_sizes(dataset: HeldOut, spec: ClassifierSpec) -> list[int]:
    """Units of each layer, from pixels to classes."""
    return [math.prod(dataset.image_shape), *spec.widths, len(dataset.classes)]


def _initial(sizes: list[int], generator: torch.Generator) -> Layers:
    """Weights drawn as in He et al. 2015 for ReLU, and zero biases."""
    layers = []
    for inputs, outputs in pairwise(sizes):
        weight = torch.randn(outputs, inputs, generator=generator) * math.sqrt(2 / inputs)
        layers.append((weight.requires_grad_(), torch.zeros(outputs, requires_grad=True)))
    return tuple(layers)


def _rate(share: float) -> float:
    """One-cycle learning rate relative to its peak (Smith & Topin 2018)."""
    if share < _WARM_UP:
        return share / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (share - _WARM_UP) / (1 - _WARM_UP)))


@torch.no_grad()
def _all_logits(layers: Layers, images: Images) -> Tensor:
    size = batch_size(images.pixels[0].numel())
    parts = (images[at : at + size] for at in range(0, len(images), size))
    return torch.cat([logits(layers, part.floats().flatten(1)) for part in parts])


def _fitted_temperature(values: Tensor, images: Images) -> float:
    """The temperature with the least cross-entropy, from 1/4 to 16 in steps of 5 %."""
    choices = torch.exp(torch.arange(math.log(0.25), math.log(16), 0.05)).tolist()
    return min(choices, key=lambda t: float(cross_entropy(values / t, images.labels)))
