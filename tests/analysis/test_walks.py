"""What a drawing does in a latent space, against formulas written out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from explorer.analysis.walks import walk
from explorer.datasets import ImageDataset
from explorer.models.latent import Codes, decode_means, encode_images
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from explorer.specs import ModelSpec
from tests.support.toys import TOYS


@pytest.fixture
def growing(digits: ImageDataset) -> np.ndarray:
    """Three images (3, 1, 8, 8), each some rows of the same one."""
    image = digits.test.floats()[0].numpy()
    return np.stack([np.where(np.arange(8)[:, None] < rows, image, 0) for rows in (3, 5, 8)])


@pytest.mark.parametrize("name", ["digits-vae", "digits-collapsed"])
def test_each_posterior_is_compared_with_the_one_before(name: str, growing: np.ndarray) -> None:
    checkpoint = load_checkpoint(find_checkpoint(name))
    walked = walk(checkpoint.model.view(), growing, checkpoint.codes, 10)
    with torch.no_grad():
        level = checkpoint.model.view().encode(torch.from_numpy(growing))
    mean, scale = level.mean.numpy(), level.width.numpy()
    assert len(walked) == 3
    np.testing.assert_allclose(walked.codes.mean, mean, atol=0.02)  # rounded to 8 bits
    np.testing.assert_allclose(walked.images, growing, atol=1 / 500)
    for last in (1, 2):
        step = mean[last] - mean[last - 1]
        assert walked.moved[last] == pytest.approx(np.hypot(*step), abs=0.02)
        expected = np.hypot(*(step / scale[last - 1]))
        assert walked.moved_in_scales[last] == pytest.approx(expected, rel=0.05, abs=0.05)
    assert np.isnan(walked.moved[0])
    assert np.isnan(walked.moved_in_scales[0])
    kl = (0.5 * (scale**2 + mean**2 - 1) - np.log(scale)).sum(axis=1)
    np.testing.assert_allclose(walked.kl, kl, atol=0.05)
    decoded = decode_means(checkpoint.model.view(), walked.codes.mean)
    np.testing.assert_array_equal(walked.decoded, decoded)
    errors = np.square(walked.images - decoded).reshape(3, -1).sum(axis=1)
    np.testing.assert_allclose(walked.squared_error, errors, rtol=1e-5)


def test_a_real_image_lies_where_it_lay_and_its_neighbours_vote(digits: ImageDataset) -> None:
    checkpoint = load_checkpoint(find_checkpoint("digits-vae"))
    images = digits.test.floats()[:50].numpy()
    walked = walk(checkpoint.model.view(), images, checkpoint.codes, 10)
    np.testing.assert_allclose(walked.codes.mean, checkpoint.codes.mean[:50], atol=0.01)
    distance = np.linalg.norm(checkpoint.codes.mean - walked.codes.mean[7], axis=1)
    nearest = checkpoint.codes.labels[np.argsort(distance)[:10]]
    np.testing.assert_allclose(walked.votes[7], np.bincount(nearest, minlength=10) / 10)
    np.testing.assert_allclose(walked.votes.sum(axis=1), 1)
    assert (walked.votes.argmax(axis=1) == digits.test.labels[:50].numpy()).mean() > 0.7


def test_without_a_posterior_there_are_no_scales_and_no_kl(growing: np.ndarray) -> None:
    checkpoint = load_checkpoint(find_checkpoint("digits-ae"))
    walked = walk(checkpoint.model.view(), growing, checkpoint.codes, 10)
    assert (walked.moved[1:] > 0).all()
    assert np.isnan(walked.moved_in_scales).all()
    assert np.isnan(walked.kl).all()


def test_few_held_out_codes_and_missing_classes_do(tiny_folder: Path, growing: np.ndarray) -> None:
    view = load_checkpoint(tiny_folder).model.view()
    held_out = Codes(np.zeros((2, 2), np.float32), np.ones((2, 2), np.float32), np.array([3, 7]))
    votes = walk(view, growing, held_out, 10).votes
    assert votes.shape == (3, 10)
    np.testing.assert_allclose(votes[:, [3, 7]], 0.5)


def test_one_image_is_a_walk_too(tiny_folder: Path, growing: np.ndarray) -> None:
    checkpoint = load_checkpoint(tiny_folder)
    walked = walk(checkpoint.model.view(), growing[:1], checkpoint.codes, 10)
    assert len(walked) == 1
    assert np.isnan(walked.moved).all()


def test_a_conditional_model_takes_a_drawing_for_the_class_that_was_chosen(
    growing: np.ndarray, digits: ImageDataset
) -> None:
    spec = ModelSpec(family="toy-cvae", image_shape=(1, 8, 8), widths=(8,))
    model = TOYS["toy-cvae"](spec).eval()
    walks = []
    for choice in "37":
        view = model.view(None, **{"class": choice})
        walked = walk(view, growing, encode_images(view, digits.test), 10)
        with torch.no_grad():
            label = torch.full((3,), int(choice))
            expected = model.encode(torch.from_numpy(walked.images), label)
        np.testing.assert_allclose(walked.codes.mean, expected.mean, atol=1e-5)
        np.testing.assert_allclose(walked.kl, expected.kl().sum(1).detach(), rtol=1e-4)
        walks.append(walked)
    assert not np.allclose(walks[0].codes.mean, walks[1].codes.mean)


def test_without_classes_nobody_votes(growing: np.ndarray, tiny_folder: Path) -> None:
    view = load_checkpoint(tiny_folder).model.view()
    held_out = Codes(np.zeros((4, 2), np.float32), np.ones((4, 2), np.float32), np.full(4, -1))
    assert walk(view, growing, held_out, 0).votes.shape == (3, 0)
