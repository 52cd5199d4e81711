"""The projector probe on models of which it is known what they let through."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from explorer.analysis.geometry import probe, projector_gain, shuffled, why_no_probe
from explorer.models import FAMILIES, View, build_model
from explorer.specs import ModelSpec
from tests.support.toys import TOYS

IMAGES = np.random.default_rng(0).uniform(size=(20, 1, 4, 4)).astype(np.float32)
SIZES = np.array([0.1, 1.0, 5.0])


def projector(stretch: float = 1.0) -> View:
    """A linear autoencoder: the orthogonal projection onto a plane, times ``stretch``."""
    spec = ModelSpec(family="ae", image_shape=(1, 4, 4), widths=(), link="identity")
    model = build_model(spec, seed=0)
    axes = torch.linalg.qr(torch.randn(16, 2, generator=torch.Generator().manual_seed(0)))[0]
    with torch.no_grad():
        for part, weight in ((model.encoder, axes.T), (model.decoder, stretch * axes)):
            (layer,) = (one for one in part.modules() if isinstance(one, torch.nn.Linear))
            layer.weight.copy_(weight)
            layer.bias.zero_()
    return model.view()


@pytest.mark.parametrize("stretch", [1.0, 0.25])
def test_a_linear_projector_keeps_its_plane_and_nothing_else(stretch: float) -> None:
    gain = projector_gain(projector(stretch), IMAGES, SIZES)
    np.testing.assert_allclose(gain.tangent, stretch, rtol=1e-4)
    np.testing.assert_allclose(gain.normal, 0, atol=1e-4)
    np.testing.assert_allclose(gain.tangent_error, 0, atol=1e-5)
    assert gain.images == 20


def test_noise_has_the_size_and_the_direction_that_are_said() -> None:
    view = projector()
    found = probe(view, IMAGES, 2.5)
    (layer,) = (one for one in view.model.decoder.modules() if isinstance(one, torch.nn.Linear))
    axes = layer.weight.detach().numpy()  # (16, 2)
    along, across = (
        (noisy - found.images).reshape(20, 16) for noisy in (found.tangent, found.normal)
    )
    for noise in (along, across):
        np.testing.assert_allclose(np.linalg.norm(noise, axis=1), 2.5, rtol=1e-4)
    np.testing.assert_allclose(along @ axes @ axes.T, along, atol=1e-4)
    np.testing.assert_allclose(across @ axes, 0, atol=1e-4)
    np.testing.assert_allclose(found.normal_back, found.back, atol=1e-4)
    back = (found.tangent_back - found.back).reshape(20, 16)
    np.testing.assert_allclose(back, along, atol=1e-4)


def test_the_standard_error_shrinks_as_it_should() -> None:
    spec = ModelSpec(family="ae", image_shape=(1, 4, 4), widths=(16,))
    view = build_model(spec, seed=3).view()
    many = np.random.default_rng(1).uniform(size=(1600, 1, 4, 4)).astype(np.float32)
    few, all_ = (projector_gain(view, part, SIZES[1:2]) for part in (many[:100], many))
    assert few.tangent_error[0] == pytest.approx(4 * all_.tangent_error[0], rel=0.4)
    assert abs(few.tangent[0] - all_.tangent[0]) < 4 * few.tangent_error[0]


def test_it_is_reproducible_and_one_image_is_enough() -> None:
    first, second = (projector_gain(projector(), IMAGES[:1], SIZES, seed=4) for _ in range(2))
    np.testing.assert_array_equal(first.normal, second.normal)
    np.testing.assert_array_equal(first.normal_error, 0)


@pytest.mark.parametrize("family", [*FAMILIES, *TOYS])
@pytest.mark.parametrize("dimensions", [1, 3])
def test_every_family_is_probed_or_says_why_not(
    monkeypatch: pytest.MonkeyPatch, family: str, dimensions: int
) -> None:
    for name, toy in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, toy)
    spec = ModelSpec(family=family, image_shape=(1, 4, 4), widths=(8,), latent_dim=dimensions)
    view = build_model(spec).view()
    if why_no_probe(view):
        with pytest.raises(ValueError, match="no gradients"):
            projector_gain(view, IMAGES, SIZES)
        return
    gain = projector_gain(shuffled(view, seed=1), IMAGES, SIZES)
    for values in (gain.tangent, gain.normal, gain.tangent_error, gain.normal_error):
        assert values.shape == (3,)
        assert np.isfinite(values).all()


def test_the_control_has_the_same_weights_in_another_order() -> None:
    view = projector()
    model = view.model
    control, again, other = (shuffled(view, seed).model for seed in (0, 0, 1))
    assert control.spec == model.spec
    for name, weight in model.named_parameters():
        ours = control.get_parameter(name)
        assert torch.equal(ours.flatten().sort().values, weight.flatten().sort().values)
        assert torch.equal(ours, again.get_parameter(name))
    first = next(model.parameters())
    for one in (control, other):
        assert not torch.equal(next(one.parameters()), first)
    assert not torch.equal(next(control.parameters()), next(other.parameters()))
