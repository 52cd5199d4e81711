"""Atlases: what the browser blends is near what the server decodes, and it says how near."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from explorer.components.latent_pad import PadPlane
from explorer.components.latent_pad.atlas import SIDE, Atlas, AtlasMaker


def images(points: np.ndarray) -> np.ndarray:
    """A smooth picture of each point: (n, 1, 2, 3)."""
    x, y = points.T
    pixels = [np.sin(x), np.cos(y), np.sin(x * y), x / 10, y / 10, 0 * x]
    return (0.5 + 0.5 * np.stack(pixels, axis=1)).reshape(-1, 1, 2, 3)


def unpacked(atlas: Atlas) -> np.ndarray:
    return np.frombuffer(gzip.decompress(atlas.file.content), np.uint8).reshape(
        SIDE, SIDE, *atlas.shape
    )


def test_the_corners_are_decoded_exactly_and_the_first_row_is_the_top() -> None:
    atlas = AtlasMaker(images).of((-1.0, 2.0, 0.0, 4.0))
    pixels = unpacked(atlas)
    corners = np.array([[-1.0, 4.0], [2.0, 4.0], [-1.0, 0.0], [2.0, 0.0]])
    exact = np.rint(255 * images(corners))
    for pixel, wanted in zip(
        (pixels[0, 0], pixels[0, -1], pixels[-1, 0], pixels[-1, -1]), exact, strict=True
    ):
        np.testing.assert_array_equal(pixel, wanted)


def test_the_error_is_that_of_the_worst_place() -> None:
    box = (-8.0, 8.0, -8.0, 8.0)
    atlas = AtlasMaker(images).of(box)
    pixels = unpacked(atlas).astype(float)
    random = np.random.default_rng(5)
    row, column = random.integers(SIDE - 1, size=(2, 400))
    down, right = random.uniform(size=(2, 400, 1, 1, 1))
    blend = (1 - down) * ((1 - right) * pixels[row, column] + right * pixels[row, column + 1])
    blend += down * ((1 - right) * pixels[row + 1, column] + right * pixels[row + 1, column + 1])
    step = 16 / (SIDE - 1)
    x = -8 + step * (column + right[:, 0, 0, 0])
    y = 8 - step * (row + down[:, 0, 0, 0])
    difference = blend - 255 * images(np.stack([x, y], axis=1))
    worst = np.sqrt(np.square(difference).reshape(400, -1).mean(axis=1)).max()
    assert atlas.error > 1.0
    assert worst == pytest.approx(atlas.error, rel=0.25)


def test_a_finer_atlas_errs_less() -> None:
    maker = AtlasMaker(images)
    assert maker.of((0.0, 2.0, 0.0, 2.0)).error < 0.5 * maker.of((-8.0, 8.0, -8.0, 8.0)).error


def test_an_atlas_is_made_once() -> None:
    calls: list[int] = []

    def counting(points: np.ndarray) -> np.ndarray:
        calls.append(len(points))
        return images(points)

    maker = AtlasMaker(counting)
    first = maker.of((0.0, 1.0, 0.0, 1.0))
    assert maker.of((0.0, 1.0, 0.0, 1.0)) is first
    assert calls[:2] == [1, SIDE**2], "one tells how large an image is"
    assert len(calls) == 3, "the corners, and the places at which the error is measured"


def test_home_holds_nearly_all_codes_and_the_prior() -> None:
    codes = np.random.default_rng(0).normal(size=(1000, 2)) * [5.0, 0.1]
    codes[0] = [1e6, 0.0]
    for prior in (False, True):
        plane = PadPlane("P", codes, np.zeros(1000, int), prior=prior)
        xmin, xmax, ymin, ymax = plane.home
        assert xmax < 100, "one stray code does not count"
        assert xmin < -12
        assert (ymax > 3) == prior
        assert (ymin < -3) == prior


@pytest.mark.parametrize("count", [0, 1])
def test_a_plane_without_codes_has_a_home(count: int) -> None:
    for prior in (False, True):
        plane = PadPlane("P", np.zeros((count, 2)), np.zeros(count, int), prior=prior)
        xmin, xmax, ymin, ymax = plane.home
        assert xmin < xmax
        assert ymin < ymax
