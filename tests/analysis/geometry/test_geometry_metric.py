"""The pullback metric against surfaces whose geometry is known, and against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.geometry import Plane, directions, metric, tangent_images
from explorer.models import FAMILIES, LIKELIHOODS, NotDefined, build_model
from explorer.models.latent import decode_means
from explorer.specs import ModelSpec
from tests.analysis.geometry.surfaces import HalfSphere, Slope
from tests.support.toys import TOYS

RADII = np.array([0.0, 0.3, 0.6, 0.9])


def on_disc() -> np.ndarray:
    """Codes at RADII, each in five directions: (20, 2)."""
    angles = np.arange(5)[:, None]
    return np.stack([RADII * np.cos(angles), RADII * np.sin(angles)], axis=-1).reshape(-1, 2)


def test_the_area_element_of_the_half_sphere() -> None:
    found = metric(HalfSphere().view(), on_disc())
    expected = np.tile(1 / np.sqrt(1 - RADII**2), 5)
    np.testing.assert_allclose(found.magnification, expected, rtol=1e-4)
    np.testing.assert_allclose(found.condition, expected, rtol=1e-4)


def test_a_slope_is_the_same_everywhere() -> None:
    found = metric(Slope().view(), on_disc())
    np.testing.assert_allclose(found.gram, np.tile([[5, -2], [-2, 2]], (20, 1, 1)), rtol=1e-5)
    np.testing.assert_allclose(found.magnification, np.sqrt(6), rtol=1e-5)


def test_ellipses_hold_steps_of_the_same_change() -> None:
    """On the sphere a step towards the rim counts more than one along it."""
    radii, angles = metric(HalfSphere().view(), [[0.8, 0.0], [0.0, 0.8]]).indicatrices(0.1)
    np.testing.assert_allclose(radii, [[0.06, 0.1], [0.06, 0.1]], rtol=1e-4)
    np.testing.assert_allclose(np.cos(angles) ** 2, [1, 0], atol=1e-6)
    here = metric(Slope().view(), [[0.0, 0.0]])
    ((first, second),), (angle,) = here.indicatrices(0.5)
    for length, turn in ((first, 0.0), (second, np.pi / 2)):
        step = length * np.array([np.cos(angle + turn), np.sin(angle + turn)])
        assert step @ here.gram[0] @ step == pytest.approx(0.25)


def test_where_nothing_changes_an_ellipse_has_no_end() -> None:
    model = build_model(ModelSpec(image_shape=(1, 2, 2), widths=(), family="ae", link="identity"))
    model.decoder.layers[0].weight.data[:, 1] = 0
    found = metric(model.view(), np.zeros((1, 2)))
    assert found.condition == [np.inf]
    assert found.magnification == [0]
    assert np.isinf(found.indicatrices(1.0)[0][0, 1])


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("family", ["ae", "vae", "toy-cvae", "toy-hvae"])
@pytest.mark.parametrize("network", ["mlp", "conv"])
def test_tangent_images_are_those_of_finite_differences(
    monkeypatch: pytest.MonkeyPatch, family: str, likelihood: str, network: str
) -> None:
    for name, kind in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, kind)
    spec = ModelSpec(
        family=family,
        image_shape=(1, 6, 6),
        widths=(8,),
        activation="tanh",
        network=network,
        likelihood=likelihood,
    )
    view = build_model(spec, seed=1).view()
    random = np.random.default_rng(0)
    codes, axes = random.normal(size=(2, 3, view.dim))
    found = tangent_images(view, codes, axes)
    assert found.shape == (3, len(axes), 1, 6, 6)
    step = 1e-2
    for k, axis in enumerate(axes):
        ends = [decode_means(view, codes + sign * step * axis) for sign in (1, -1)]
        np.testing.assert_allclose(found[:, k], (ends[0] - ends[1]) / (2 * step), atol=2e-4)
    flat = found.reshape(3, len(axes), -1)
    gram = np.einsum("nip,njp->nij", flat, flat)
    np.testing.assert_allclose(metric(view, codes, axes).gram, gram, rtol=1e-4, atol=1e-7)


def test_a_decoder_without_gradients_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FAMILIES, "toy-no-gradients", TOYS["toy-no-gradients"])
    spec = ModelSpec(family="toy-no-gradients", image_shape=(1, 4, 4), widths=(4,))
    with pytest.raises(NotDefined, match="no gradients"):
        metric(build_model(spec).view(), np.zeros((1, 2)))


@pytest.mark.parametrize(("dimensions", "shown"), [(1, 1), (2, 2), (5, 2)])
def test_a_plane_shows_one_direction_or_two(dimensions: int, shown: int) -> None:
    codes = np.random.default_rng(0).normal(size=(20, dimensions))
    assert directions(Plane.of(codes)).shape == (shown, dimensions)
