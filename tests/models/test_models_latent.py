"""From images to codes and back: numpy in and out, in batches, by seed."""

import numpy as np
import pytest
import torch

from explorer.datasets import Images
from explorer.models import FAMILIES, View, build_model
from explorer.models.latent import BATCH, decode_draws, decode_means, encode_images, prior_draws
from explorer.specs import ModelSpec

N = BATCH + 100  # more than a batch, and an odd rest


@pytest.fixture(scope="module")
def images() -> Images:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (N, 1, 4, 4), dtype=torch.uint8, generator=generator)
    return Images(pixels, torch.arange(N) % 10)


def _view(family: str = "vae", **fields: object) -> View:
    spec = {"family": family, "image_shape": (1, 4, 4), "widths": (8,), "latent_dim": 3}
    return build_model(ModelSpec(**spec | fields)).view()


@pytest.mark.parametrize("family", FAMILIES)
def test_codes_are_those_of_the_view(family: str, images: Images) -> None:
    view = _view(family)
    codes = encode_images(view, images)
    with torch.no_grad():
        posterior = view.encode(images.floats(), images.labels)
    assert len(codes) == N
    np.testing.assert_allclose(codes.mean, posterior.mean, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(codes.scale, posterior.width, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(codes.labels, images.labels)
    assert (codes.mean.dtype, codes.scale.dtype, codes.labels.dtype) == (
        np.float32,
        np.float32,
        np.int64,
    )
    assert (codes.scale > 0).all() == view.stochastic


def test_labels_of_codes_are_a_copy(images: Images) -> None:
    few = Images(images.pixels[:5].clone(), images.labels[:5].clone())
    codes = encode_images(_view(), few)
    codes.labels[:] = -1
    assert few.labels.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("family", FAMILIES)
def test_decoded_means_are_those_of_the_view(family: str) -> None:
    view = _view(family)
    z = np.random.default_rng(0).normal(size=(N, view.dim))
    decoded = decode_means(view, z)
    assert decoded.shape == (N, 1, 4, 4)
    assert decoded.dtype == np.float32
    with torch.no_grad():
        expected = view.decode(torch.from_numpy(z).float()).mean
    np.testing.assert_allclose(decoded, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("z", [np.zeros((0, 3)), np.zeros((0, 3), np.float32)])
def test_no_codes_are_no_images(z: np.ndarray) -> None:
    assert decode_means(_view(), z).shape == (0, 1, 4, 4)


def test_codes_may_be_read_only_lists_or_of_any_precision() -> None:
    frozen = np.ones((2, 3))
    frozen.flags.writeable = False
    for z in (frozen, [[1, 1, 1], [1, 1, 1]], np.ones((2, 3), np.float16)):
        np.testing.assert_array_equal(decode_means(_view(), z), decode_means(_view(), frozen))


def test_draws_follow_their_seed_and_the_mean_of_the_view() -> None:
    view = _view(likelihood_scale=0.1)
    z = np.zeros((N, 3))
    first, again, other = (decode_draws(view, z, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert first.shape == (N, 1, 4, 4)
    assert not np.array_equal(first[:100], first[BATCH:])  # the second batch draws on
    error = 0.1 / N**0.5
    assert (np.abs(first.mean(0) - decode_means(view, z[:1])[0]) < 5 * error).all()
    np.testing.assert_allclose(first.std(0), 0.1, rtol=0.1)


def test_prior_draws_follow_their_seed_and_temperature() -> None:
    view = _view()
    z = prior_draws(view, 20_000, seed=3)
    assert z.shape == (20_000, 3)
    assert z.dtype == np.float32
    np.testing.assert_allclose(z.mean(0), 0, atol=0.04)
    np.testing.assert_allclose(np.cov(z.T), np.eye(3), atol=0.05)
    np.testing.assert_array_equal(z, prior_draws(view, 20_000, seed=3))
    np.testing.assert_allclose(prior_draws(view, 20_000, 3, temperature=0.5), z / 2)
    assert (prior_draws(view, 20_000, seed=4) != z).any()


def test_one_seed_gives_every_model_of_a_dimension_the_same_draws() -> None:
    draws = prior_draws(_view("vae"), 10, seed=1)
    np.testing.assert_array_equal(draws, prior_draws(_view("ae", widths=(3,)), 10, seed=1))


def test_nothing_here_touches_the_global_generator_or_the_mode_of_training(images) -> None:
    """The model is left in evaluation mode, where layers such as dropout are off."""
    view = _view()
    view.model.train()
    torch.manual_seed(0)
    before = torch.get_rng_state()
    codes = encode_images(view, images)
    decode_means(view, codes.mean)
    decode_draws(view, codes.mean, seed=0)
    prior_draws(view, 5, seed=0)
    assert torch.equal(torch.get_rng_state(), before)
    assert not view.model.training
