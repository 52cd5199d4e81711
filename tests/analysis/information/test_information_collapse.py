"""Collapse: predicted thresholds against planted data, trained models and the real MNIST."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from explorer.analysis.information import collapse
from explorer.analysis.information.collapse import (
    Bracket,
    measured_brackets,
    predicted_thresholds,
    undefined,
)
from explorer.datasets import ImageDataset, Images, load_dataset
from explorer.models import LIKELIHOODS
from explorer.specs import ModelSpec, RunSpec
from explorer.training.loop import Trainer
from tests.datasets.test_datasets_real import real_files


def images(pixels: Any) -> Images:
    """Rows of pixels (N, P) as images 1×1×P."""
    values = torch.as_tensor(np.asarray(pixels, dtype=np.uint8))
    return Images(values[:, None, None], torch.zeros(len(values), dtype=torch.long))


def blocks(*grey: tuple[int, int, int]) -> Images:
    """Blocks of pixels that are dark or bright together, each independent of the others.

    Args:
        grey: per block how many pixels, and their two levels.
    """
    states = np.stack(np.meshgrid(*[[0, 1]] * len(grey), indexing="ij"), -1).reshape(-1, len(grey))
    columns = [
        np.repeat(np.take(levels, states[:, k])[:, None], count, axis=1)
        for k, (count, *levels) in enumerate(grey)
    ]
    return images(np.concatenate(columns, axis=1))


def model(likelihood: str, scale: float = 1.0, latent_dim: int = 2, **more: Any) -> ModelSpec:
    return ModelSpec(likelihood=likelihood, likelihood_scale=scale, latent_dim=latent_dim, **more)


# A block of n pixels at μ ± δ has the one eigenvalue n δ² / V(μ).
PLANTED = blocks((3, 100, 155), (8, 107, 148), (5, 60, 60))
SPREAD = np.array([8, 3]) * np.array([20.5, 27.5]) ** 2 / 255**2  # n δ², largest first


@pytest.mark.parametrize("scale", [0.1, 0.5, 1.0])
def test_gaussian_thresholds_are_eigenvalues_over_the_variance(scale: float) -> None:
    found = predicted_thresholds(PLANTED, model("gaussian", scale))
    np.testing.assert_allclose(found, SPREAD / scale**2, rtol=1e-5)


def test_bernoulli_thresholds_count_the_pixels_that_go_together() -> None:
    """On black and white pixels each varies just as its own variance says: V = p(1 − p) = C."""
    found = predicted_thresholds(PLANTED, model("bernoulli"))
    np.testing.assert_allclose(found, [8, 3], rtol=1e-6)
    rare = np.full((1000, 12), 3)
    rare[495:505, :5] = 250  # one image in a hundred
    rare[500:, 5:] = 200  # every second one, and of those every second one
    found = predicted_thresholds(images(rare), model("bernoulli"))
    np.testing.assert_allclose(found, [7, 5], rtol=1e-6)


def test_dimensions_beyond_those_of_the_data_never_live() -> None:
    found = predicted_thresholds(PLANTED, model("bernoulli", latent_dim=4))
    np.testing.assert_allclose(found[2:], 0, atol=1e-6)
    alike = images(np.full((4, 6), 9))
    assert predicted_thresholds(alike, model("gaussian")).tolist() == [0, 0]
    more = predicted_thresholds(PLANTED, model("gaussian", latent_dim=20))
    assert more.shape == (20,), "more dimensions than pixels"


def test_all_images_count_whatever_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (1001, 6)) // np.arange(1, 7)
    covariance = np.cov(pixels.T / 255, bias=True)
    expected = np.linalg.eigvalsh(covariance)[::-1]
    monkeypatch.setattr(collapse, "_NUMBERS", 600)
    found = predicted_thresholds(images(pixels), model("gaussian", latent_dim=6))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    monkeypatch.setattr(collapse, "MOST_IMAGES", 400)
    fewer = predicted_thresholds(images(pixels), model("gaussian", latent_dim=6))
    assert (fewer != found).any()
    np.testing.assert_allclose(fewer, expected, rtol=0.3)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_large_and_many_images_have_the_thresholds_of_the_whole_covariance(
    likelihood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the covariance, by products of images, and by subspace iteration: the same to 1e-3."""
    random = np.random.default_rng(0)
    factors = random.standard_normal((300, 9)) * np.linspace(3, 1, 9)
    grey = 128 + 20 * (factors @ random.standard_normal((9, 200))) + random.normal(0, 5, (300, 200))
    given = images(grey.clip(0, 255))
    spec = model(likelihood, 0.5, latent_dim=4)
    exact = predicted_thresholds(given, spec)
    assert exact[-1] > 0.1
    monkeypatch.setattr(collapse, "_NUMBERS", 5_000)
    monkeypatch.setattr(collapse, "_SMALL", 0)
    np.testing.assert_allclose(predicted_thresholds(given, spec), exact, rtol=1e-3)
    few = Images(given.pixels[:150], given.labels[:150])
    by_pixels = predicted_thresholds(few, spec)
    monkeypatch.setattr(collapse, "_SMALL", 160)
    np.testing.assert_allclose(predicted_thresholds(few, spec), by_pixels, rtol=1e-3)


@pytest.mark.slow
def test_the_covariance_of_large_images_is_never_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 3×64×64 pixels it would fill 1.2 GB; what is multiplied stays thin."""
    pixels = np.random.default_rng(0).integers(0, 256, (2500, 64 * 64 * 3), dtype=np.uint8)
    largest = []
    real = torch.linalg.qr

    def seen(matrix: torch.Tensor) -> Any:
        largest.append(matrix.numel())
        return real(matrix)

    monkeypatch.setattr(torch.linalg, "qr", seen)
    monkeypatch.setattr(collapse, "_ROUNDS", 3)
    found = predicted_thresholds(images(pixels), model("gaussian", latent_dim=3))
    assert found.shape == (3,)
    assert (found > 0).all()
    assert max(largest) < 300_000


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (model("laplace"), "Laplace"),
        (model("continuous-bernoulli"), "Continuous Bernoulli"),
        (model("gaussian", options={"free_bits": 0.5}), "free bits"),
        (model("gaussian", family="ae"), "no KL term"),
    ],
)
def test_where_there_is_no_threshold_it_says_why(spec: ModelSpec, words: str) -> None:
    assert words in (undefined(spec) or "")
    with pytest.raises(ValueError, match=words):
        predicted_thresholds(PLANTED, spec)


def test_every_other_likelihood_has_one() -> None:
    have = {name for name in LIKELIHOODS if undefined(model(name)) is None}
    assert have == {"gaussian", "bernoulli"}


def trained_kl(likelihood: str, weight: float, pixels: np.ndarray) -> np.ndarray:
    """KL per dimension, largest first, of a 2-D VAE trained on images of these pixels (N, P)."""
    data = images(pixels)
    fields = {
        "image_shape": tuple(data.pixels.shape[1:]),
        "classes": 1,
        "likelihood": likelihood,
        "widths": (),
        "epochs": 40,
        "batch_size": 100,
        "learning_rate": 0.05,
        "kl_weight": weight,
        "kl_schedule": "linear",
        "kl_warmup": 0.5,
        "precision": "float32",
        "compiled": "no",
    }
    dataset = ImageDataset("planted", ("all",), data[:200], train=data, validation=data[:200])
    *_, last = Trainer(RunSpec().replace(fields), dataset, torch.device("cpu"))
    return np.sort(last.record.held_out.kl[0])[::-1]


@pytest.fixture
def one_thread() -> Iterator[None]:
    """What is so small is no faster with more, and far slower beside other work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
@pytest.mark.usefixtures("one_thread")
def test_bernoulli_models_lose_their_dimensions_at_the_thresholds() -> None:
    """Two groups of pixels that mostly agree among themselves."""
    random = np.random.default_rng(0)
    ink = [random.random((1000, 1)) < 0.5, random.random((1000, 1)) < 0.3]
    noise = random.random((1000, 20)) < 0.2
    pixels = 255 * (np.repeat(np.concatenate(ink, axis=1), [14, 6], axis=1) ^ noise)
    first, second = predicted_thresholds(images(pixels), model("bernoulli"))
    assert first > 1.5 * second > 1.5
    for weight, alive in ((0.8 * second, 2), ((first * second) ** 0.5, 1), (1.2 * first, 0)):
        kl = trained_kl("bernoulli", weight, pixels)
        assert (kl > 0.02).sum() == alive, (weight, kl)


@pytest.mark.slow
def test_thresholds_of_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = real_files("MNIST")
    if raw is None:
        pytest.skip("MNIST is not here")
    monkeypatch.setenv("EXPLORER_DATA", str(raw.parents[1]))
    train = load_dataset("mnist").train
    gaussian = predicted_thresholds(train, model("gaussian"))
    np.testing.assert_allclose(gaussian, [5.12, 3.74], atol=0.01)
    np.testing.assert_allclose(
        predicted_thresholds(train, model("gaussian", 0.5)), 4 * gaussian, rtol=1e-9
    )
    np.testing.assert_allclose(
        predicted_thresholds(train, model("bernoulli")), [33.49, 24.10], atol=0.02
    )


def test_brackets_say_between_which_weights_a_dimension_died() -> None:
    weights = [0, 1, 4, 12, 16, 24]
    assert measured_brackets(weights, [2, 2, 2, 2, 1, 0], 2) == [Bracket(16, 24), Bracket(12, 16)]
    assert measured_brackets(weights, [2, 2, 1, 2, 1, 1], 2) == [Bracket(24, None), Bracket(12, 16)]
    assert measured_brackets(weights, [0] * 6, 1) == [Bracket(None, 0)]
