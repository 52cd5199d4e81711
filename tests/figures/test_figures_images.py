"""Pictures: every pixel of an image becomes a sharp square, and nothing else is painted."""

from __future__ import annotations

import io
from urllib.request import urlopen

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from explorer.figures import (
    barred,
    data_url,
    enlarge,
    gif,
    grey_levels,
    mosaic,
    png,
    signed,
    thumbnail,
    to_bytes,
)
from explorer.figures.images import MIN_ZOOM


def images(count: int, channels: int = 1, height: int = 2, width: int = 3) -> np.ndarray:
    """Images no two pixels of which agree."""
    shape = (count, channels, height, width)
    return np.linspace(0.02, 1, int(np.prod(shape))).reshape(shape).astype(np.float32)


def test_grey_values_become_bytes_by_rounding() -> None:
    given_values = np.array([0, 0.5, 1, 100 / 255, 99.4 / 255]).reshape(1, 1, 1, 5)
    assert to_bytes(given_values)[0, 0].tolist() == [[v] * 3 for v in (0, 128, 255, 100, 99)]


def test_what_lies_beyond_black_and_white_is_clipped() -> None:
    wild = np.array([-1, 2, np.inf, -np.inf, np.nan]).reshape(1, 1, 1, 5)
    assert to_bytes(wild)[0, 0, :, 0].tolist() == [0, 255, 255, 0, 0]


def test_grey_levels_keep_the_shape_and_are_what_pictures_are_painted_with() -> None:
    some = images(2)
    levels = grey_levels(some)
    assert levels.dtype == np.uint8
    assert levels.shape == some.shape
    assert np.array_equal(to_bytes(some)[..., 0], levels[:, 0])


def test_a_change_is_orange_where_pixels_get_brighter_and_blue_where_darker() -> None:
    change = np.array([2.0, 0.0, -2.0, np.nan]).reshape(1, 1, 1, 4)
    brighter, same, darker, unknown = signed(change)[0, :, 0].T
    assert brighter[0] > brighter[2]
    assert darker[2] > darker[0]
    assert same == pytest.approx(unknown)
    assert np.ptp(same) == 0


def test_half_a_change_is_half_way_to_the_full_colour() -> None:
    change = np.array([1.0, 0.5, 0.0]).reshape(1, 1, 1, 3)
    full, half, none = signed(change)[0, :, 0].T
    assert half == pytest.approx((full + none) / 2)
    assert signed(change, largest=2.0)[0, :, 0, 0] == pytest.approx(half)


def test_a_change_of_colour_counts_by_the_mean_of_its_channels() -> None:
    change = np.array([3.0, 0.0, -3.0]).reshape(1, 3, 1, 1)
    assert np.ptp(signed(change)) == 0
    assert signed(np.zeros((1, 1, 1, 1))) == pytest.approx(signed(change))


def test_colours_keep_their_channels() -> None:
    red = np.zeros((1, 3, 1, 1))
    red[0, 0] = 1
    assert to_bytes(red)[0, 0, 0].tolist() == [255, 0, 0]


@given(
    count=st.integers(1, 12),
    columns=st.integers(1, 15),
    zoom=st.integers(1, 5),
    gap=st.integers(0, 4),
    channels=st.sampled_from([1, 3]),
)
def test_a_mosaic_holds_each_image_in_its_place_and_nothing_else(
    count: int, columns: int, zoom: int, gap: int, channels: int
) -> None:
    given_images = images(count, channels)
    picture = mosaic(given_images, columns, zoom, gap)
    across = min(columns, count)
    rows = -(-count // across)
    height, width = 2 * zoom, 3 * zoom
    assert picture.dtype == np.uint8
    assert picture.shape == (
        rows * height + (rows - 1) * gap,
        across * width + (across - 1) * gap,
        4,
    )
    left = picture.copy()
    for index, pixels in enumerate(to_bytes(given_images)):
        top, start = (index // across) * (height + gap), (index % across) * (width + gap)
        tile = picture[top : top + height, start : start + width]
        for row in range(2):
            for column in range(3):
                square = tile[row * zoom : (row + 1) * zoom, column * zoom : (column + 1) * zoom]
                assert (square == [*pixels[row, column], 255]).all()
        left[top : top + height, start : start + width] = 0
    assert not left.any(), "gaps and the unfilled end are transparent black"


@pytest.mark.parametrize(("count", "columns"), [(0, 3), (3, 0), (3, -1)])
def test_a_mosaic_of_nothing_is_refused(count: int, columns: int) -> None:
    with pytest.raises(ValueError, match="at least one image and one column"):
        mosaic(images(3)[:count], columns)


def test_enlarging_repeats_pixels() -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    large = enlarge(pixels, 3)
    assert large.shape == (6, 6, 3)
    np.testing.assert_array_equal(large[1::3, 1::3], pixels)


@pytest.mark.parametrize(("side", "size", "zoom"), [(28, 280, 10), (8, 280, 35), (28, 100, 8)])
def test_a_thumbnail_is_a_whole_zoom_of_at_least_eight(side: int, size: int, zoom: int) -> None:
    assert zoom >= MIN_ZOOM
    assert thumbnail(images(1, 1, side, side)[0], size).shape == (side * zoom, side * zoom, 3)


@pytest.mark.parametrize("channels", [3, 4])
def test_png_keeps_every_value(channels: int) -> None:
    picture = np.arange(5 * 7 * channels, dtype=np.uint8).reshape(5, 7, channels)
    opened = Image.open(io.BytesIO(png(picture)))
    assert opened.format == "PNG"
    np.testing.assert_array_equal(np.asarray(opened), picture)


def test_a_bar_stands_to_the_left_in_its_colour() -> None:
    picture = np.full((4, 3, 4), 7, np.uint8)
    found = barred(picture, "#4f6bed", 2)
    assert found.shape[:2] == (4, 5 + found.shape[1] - 5)
    np.testing.assert_array_equal(found[:, :2], np.broadcast_to([0x4F, 0x6B, 0xED, 255], (4, 2, 4)))
    np.testing.assert_array_equal(found[:, -3:], picture)


def test_a_film_runs_there_and_back_and_takes_its_time() -> None:
    film = Image.open(io.BytesIO(gif(images(5), zoom=2, seconds=1.0)))
    assert film.n_frames == 8, "five there, three back"
    assert film.info["duration"] == 200
    assert film.info["loop"] == 0
    assert film.size == (6, 4)
    levels = []
    for frame in range(film.n_frames):
        film.seek(frame)
        levels.append(np.asarray(film.convert("RGB")).astype(int).mean())
    assert levels[:5] == sorted(levels[:5])
    np.testing.assert_allclose(levels[5:], levels[3:0:-1], atol=2)


def test_a_picture_travels_inside_its_address() -> None:
    content = bytes(range(256))
    with urlopen(data_url(content)) as answer:
        assert answer.read() == content
        assert answer.headers.get_content_type() == "image/png"
