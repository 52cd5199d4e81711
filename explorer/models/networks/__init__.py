"""Network architectures. To add one, write a new file and add a line to NETWORKS."""

from explorer.models.networks.base import ACTIVATIONS, Network
from explorer.models.networks.conv import ConvDecoder, ConvEncoder
from explorer.models.networks.mlp import MLPDecoder, MLPEncoder

__all__ = ["ACTIVATIONS", "NETWORKS", "Network"]

NETWORKS: dict[str, Network] = {
    "mlp": Network(MLPEncoder, MLPDecoder),
    "conv": Network(ConvEncoder, ConvDecoder),
}
