"""Fully connected decoders as plain arrays, which a browser can evaluate."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from explorer.models.likelihoods import LIKELIHOODS
from explorer.models.networks.mlp import MLPDecoder
from explorer.specs import ModelSpec


@dataclass(frozen=True, eq=False)
class DenseDecoder:
    """A fully connected decoder as plain arrays.

    Attributes:
        layers: weights (out, in) and biases (out,) float32; the first takes a code (d,), the last
            gives one number per pixel.
        activation: between layers; a name in ACTIVATIONS.
        link: maps the last layer to pixel means: identity, sigmoid or continuous-bernoulli.
        image_shape: channels, height and width.
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    activation: str
    link: str
    image_shape: tuple[int, int, int]


def dense_decoder(
    decoder: nn.Module, spec: ModelSpec, condition: Tensor | None = None
) -> DenseDecoder | None:
    """A decoder network that outputs the likelihood's raw parameter, as plain arrays; None if it
    is not a stack of linear layers with one kind of activation.

    Args:
        decoder: the network.
        spec: of the model; it names activation, link and likelihood.
        condition: (k,) constant inputs appended to the code, such as a one-hot class. Their
            contribution is added to the first layer's bias.
    """
    if not isinstance(decoder, MLPDecoder):
        return None
    linear = [layer for layer in decoder.layers if isinstance(layer, nn.Linear)]
    layers = [(_array(layer.weight), _array(layer.bias)) for layer in linear]
    if condition is not None:
        weight, bias = layers[0]
        inputs = weight.shape[1] - len(condition)
        layers[0] = (weight[:, :inputs].copy(), bias + weight[:, inputs:] @ _array(condition))
    likelihood = LIKELIHOODS[spec.likelihood]
    link = spec.link if likelihood.mean_link == "link" else likelihood.mean_link
    return DenseDecoder(tuple(layers), spec.activation, link, spec.image_shape)


def _array(values: Tensor) -> np.ndarray:
    return values.detach().float().cpu().numpy()
