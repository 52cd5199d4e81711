"""Encoders and decoders of any depth, image and condition."""

import pytest
import torch

from explorer.models import NETWORKS
from explorer.models.networks import ACTIVATIONS
from explorer.specs import ModelSpec

each_network = pytest.mark.parametrize("network", NETWORKS)


def _spec(**fields: object) -> ModelSpec:
    return ModelSpec(**{"image_shape": (2, 5, 6), "widths": (4,), **fields})


@each_network
@pytest.mark.parametrize("widths", [(5,), (4, 3), (3, 3, 3, 3, 3)], ids=str)
@pytest.mark.parametrize("image_shape", [(1, 1, 1), (1, 8, 8), (3, 7, 10), (2, 2, 33)], ids=str)
def test_the_decoder_gives_images_of_the_shape_that_the_encoder_took(
    network, widths, image_shape
) -> None:
    """Also where stages halve the picture down to one pixel and further."""
    spec = _spec(image_shape=image_shape, widths=widths)
    encoder, decoder = NETWORKS[network].encoder(spec, 6, 0), NETWORKS[network].decoder(spec, 3, 0)
    assert encoder(torch.rand(4, *image_shape)).shape == (4, 6)
    assert decoder(torch.randn(4, 3)).shape == (4, *image_shape)


@each_network
def test_a_condition_reaches_the_output_on_either_side(network) -> None:
    spec = _spec()
    x, z = torch.rand(3, 2, 5, 6), torch.randn(3, 2)
    for module, given in (
        (NETWORKS[network].encoder(spec, 2, 4), x),
        (NETWORKS[network].decoder(spec, 2, 4), z),
    ):
        condition = torch.randn(3, 4, requires_grad=True)
        (gradient,) = torch.autograd.grad(module(given, condition).sum(), condition)
        assert (gradient != 0).all()


@each_network
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_pixel_and_every_code_counts(network, activation) -> None:
    spec = _spec(activation=activation, widths=(32,))
    torch.manual_seed(0)
    x, z = torch.rand(16, 2, 5, 6, requires_grad=True), torch.randn(16, 3, requires_grad=True)
    for module, given in (
        (NETWORKS[network].encoder(spec, 3, 0), x),
        (NETWORKS[network].decoder(spec, 3, 0), z),
    ):
        (gradient,) = torch.autograd.grad(module(given).square().sum(), given)
        assert (gradient.abs().amax(0) > 0).all()


def test_without_hidden_layers_the_mlp_is_linear() -> None:
    """What the known answers of probabilistic PCA rest on."""
    spec = _spec(widths=())
    network = NETWORKS["mlp"]
    x, y = torch.rand(2, 1, 2, 5, 6)
    for module, a, b in (
        (network.encoder(spec, 4, 0), x, y),
        (network.decoder(spec, 60, 0), x.flatten(1), y.flatten(1)),
    ):
        middle = module((a + b) / 2)
        torch.testing.assert_close(middle, (module(a) + module(b)) / 2, atol=1e-5, rtol=1e-5)


def test_the_mlp_decoder_mirrors_the_encoder() -> None:
    spec = _spec(widths=(7, 5))
    encoder, decoder = NETWORKS["mlp"].encoder(spec, 2, 0), NETWORKS["mlp"].decoder(spec, 2, 0)
    shapes = [[tuple(p.shape) for p in m.parameters() if p.ndim == 2] for m in (encoder, decoder)]
    assert shapes == [[(7, 60), (5, 7), (2, 5)], [(5, 2), (7, 5), (60, 7)]]
