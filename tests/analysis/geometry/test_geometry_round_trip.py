import numpy as np
import pytest
import torch

from explorer.analysis.geometry import round_trip
from explorer.models import build_model
from explorer.models.latent import recode
from explorer.specs import ModelSpec


@pytest.fixture
def isometry():
    """A linear autoencoder whose decoder is an isometry and whose encoder is its transpose."""
    spec = ModelSpec(family="ae", image_shape=(1, 4, 4), widths=(), link="identity")
    model = build_model(spec, seed=0)
    (decoder,) = (layer for layer in model.decoder.modules() if isinstance(layer, torch.nn.Linear))
    encoder = [layer for layer in model.encoder.modules() if isinstance(layer, torch.nn.Linear)]
    axes = torch.linalg.qr(torch.randn(16, 2, generator=torch.Generator().manual_seed(0)))[0]
    with torch.no_grad():
        decoder.weight.copy_(axes)
        decoder.bias.zero_()
        for layer in encoder:
            layer.weight.zero_()
            layer.bias.zero_()
            layer.weight[:2].copy_(axes.T)
    return model.view()


def test_a_perfect_autoencoder_brings_each_code_back(isometry):
    codes = np.random.default_rng(0).normal(size=(50, 2)) * 10
    np.testing.assert_allclose(recode(isometry, codes), codes, atol=1e-4)
    np.testing.assert_allclose(round_trip(isometry, codes), 0, atol=1e-4)


def test_a_planted_error_is_found_where_it_is(isometry):
    (decoder,) = (m for m in isometry.model.decoder.modules() if isinstance(m, torch.nn.Linear))
    with torch.no_grad():
        decoder.weight[:, 1] *= 0.5  # the second coordinate comes back halved
    codes = np.array([[3.0, 0.0], [3.0, 4.0], [0.0, -8.0]])
    np.testing.assert_allclose(round_trip(isometry, codes), [0, 2, 4], atol=1e-4)


def test_no_codes_come_back_as_none(isometry):
    assert round_trip(isometry, np.zeros((0, 2))).shape == (0,)
