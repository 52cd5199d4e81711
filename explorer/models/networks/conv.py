"""Convolutional encoder and decoder."""

from torch import Tensor, nn

from explorer.models.networks.base import ACTIVATIONS, join
from explorer.specs import ModelSpec


def _stage_sizes(size: int, stages: int) -> list[int]:
    """Side lengths after each stage, starting with the image's; stages halve and round up."""
    sizes = [size]
    for _ in range(stages):
        sizes.append((sizes[-1] + 1) // 2)
    return sizes


class ConvEncoder(nn.Module):
    """Strided 3×3 convolutions, each halving the image, then one linear layer."""

    def __init__(self, spec: ModelSpec, outputs: int, condition: int = 0) -> None:
        super().__init__()
        channels, height, width = spec.image_shape
        stages: list[nn.Module] = []
        for inner in spec.widths:
            stages += [nn.Conv2d(channels, inner, 3, stride=2, padding=1)]
            stages += [ACTIVATIONS[spec.activation]()]
            channels = inner
        self.stages = nn.Sequential(*stages)
        rows, columns = (_stage_sizes(side, len(spec.widths))[-1] for side in (height, width))
        self.head = nn.Linear(channels * rows * columns + condition, outputs)

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        return self.head(join(self.stages(x).flatten(1), condition))


class ConvDecoder(nn.Module):
    """One linear layer, then transposed convolutions back through the encoder's sizes."""

    def __init__(self, spec: ModelSpec, inputs: int, condition: int = 0) -> None:
        super().__init__()
        channels, height, width = spec.image_shape
        rows = _stage_sizes(height, len(spec.widths))[::-1]
        columns = _stage_sizes(width, len(spec.widths))[::-1]
        widths = [*reversed(spec.widths), channels]
        self.start = (widths[0], rows[0], columns[0])
        self.head = nn.Linear(inputs + condition, widths[0] * rows[0] * columns[0])
        activation = ACTIVATIONS[spec.activation]
        stages: list[nn.Module] = []
        for stage in range(len(spec.widths)):
            # An odd side n was reduced to (n + 1) / 2, so it needs no extra pixel.
            extra = [sides[stage + 1] - (2 * sides[stage] - 1) for sides in (rows, columns)]
            stages += [
                activation(),
                nn.ConvTranspose2d(
                    widths[stage],
                    widths[stage + 1],
                    3,
                    stride=2,
                    padding=1,
                    output_padding=(extra[0], extra[1]),
                ),
            ]
        self.stages = nn.Sequential(*stages)

    def forward(self, z: Tensor, condition: Tensor | None = None) -> Tensor:
        return self.stages(self.head(join(z, condition)).unflatten(1, self.start))
