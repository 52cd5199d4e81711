"""Fully connected encoder and decoder."""

from torch import Tensor, nn

from explorer.models.networks.base import dense, join
from explorer.specs import ModelSpec


class MLPEncoder(nn.Module):
    """Fully connected: pixels → widths → outputs."""

    def __init__(self, spec: ModelSpec, outputs: int, condition: int = 0) -> None:
        super().__init__()
        channels, height, width = spec.image_shape
        pixels = channels * height * width
        self.layers = dense([pixels + condition, *spec.widths, outputs], spec.activation)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        return self.layers(join(x.flatten(1), condition))


class MLPDecoder(nn.Module):
    """Fully connected, the encoder's widths in reverse: inputs → widths → pixels."""

    def __init__(self, spec: ModelSpec, inputs: int, condition: int = 0) -> None:
        super().__init__()
        self.shape = spec.image_shape
        channels, height, width = spec.image_shape
        pixels = channels * height * width
        self.layers = dense([inputs + condition, *reversed(spec.widths), pixels], spec.activation)

    def forward(self, z: Tensor, condition: Tensor | None = None) -> Tensor:
        return self.layers(join(z, condition)).unflatten(1, self.shape)
