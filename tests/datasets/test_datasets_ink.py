"""Drawings become images as the data sets' makers would have made them; pictures become ink."""

from __future__ import annotations

import io
import itertools
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from scipy import ndimage

from explorer.datasets import DATASETS, ImageDataset, InkFrame, load_dataset
from explorer.datasets import ink as drawing
from explorer.datasets.ink import MAX_BYTES, PictureError, centred, rasterise, read_picture
from tests.datasets.test_datasets_real import real_files

MNIST = (1, 28, 28)
SEVEN = [[(0.3, 0.2), (0.7, 0.2)], [(0.7, 0.2), (0.45, 0.8)]]


def box_of(image: np.ndarray) -> tuple[int, int, int, int]:
    """First and one past the last row and column (H, W) with ink."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


def middle_of_mass(image: np.ndarray) -> np.ndarray:
    """Row and column of the centre of mass (H, W), in pixels from the upper left corner."""
    return np.array(ndimage.center_of_mass(image)) + 0.5


# ---- drawing


def test_a_stroke_is_as_wide_as_the_pen_and_round_at_its_ends() -> None:
    ink = rasterise([[(0.2, 0.5), (0.8, 0.5)]], pen=0.1, side=200)
    assert ink.dtype == np.float32
    top, bottom, left, right = box_of(ink > 0.5)
    assert right - left == pytest.approx(200, abs=1.5)
    assert bottom - top == pytest.approx(20, abs=1.5)
    corner = ink[top : top + 2, left : left + 2]
    assert corner.max() < 0.5, "a square end would have ink there"
    assert ink[(top + bottom) // 2, (left + right) // 2] == 1
    assert ink[(ink > 0) & (ink < 1)].size > 0, "the rim is anti-aliased"


def test_strokes_and_joints_cover_one_another() -> None:
    together = rasterise(SEVEN, pen=0.1)
    joined = rasterise([[(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)]], pen=0.1)
    np.testing.assert_array_equal(together, joined)
    corner = together[8:14, 186:192]  # around the joint, whose outer side is round
    assert (corner > 0.9).all()


def test_nothing_is_cut_off_at_the_edge() -> None:
    ink = rasterise([[(0, 0), (1, 0), (1, 1)]])
    rim = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    assert not rim.any()


def test_a_dot_is_as_wide_as_the_pen() -> None:
    top, bottom, left, right = box_of(rasterise([[(0.2, 0.9)]], pen=0.1, side=200) > 0.5)
    assert (bottom - top, right - left) == pytest.approx((20, 20), abs=1)


@pytest.mark.parametrize("strokes", [[], [[]], [[], []]])
def test_without_a_point_there_is_nothing_to_draw(strokes: list[Any]) -> None:
    with pytest.raises(ValueError, match="needs a stroke"):
        rasterise(strokes)


@pytest.mark.parametrize("scale", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("name", DATASETS)
def test_a_drawing_means_the_same_wherever_and_however_large_it_is(name: str, scale: float) -> None:
    source = DATASETS[name]

    def image(by: float, x0: float, y0: float) -> np.ndarray:
        strokes = [[(x0 + by * x, y0 + by * y) for x, y in stroke] for stroke in SEVEN]
        return centred(rasterise(strokes, source.ink.pen), source.ink, source.image_shape)

    reference, other = image(1, 0, 0), image(scale, 0.1 * (1 - scale), 0.9 * (1 - scale))
    assert np.abs(reference - other).mean() < 0.02
    assert np.abs(reference - np.roll(reference, 2, axis=2)).mean() > 0.05, "that would be seen"


@given(
    st.lists(
        st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=6),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=40, deadline=None)
def test_any_drawing_lies_as_its_data_set_wants(strokes: list[list[tuple[float, float]]]) -> None:
    for source in DATASETS.values():
        ink = source.ink
        image = centred(rasterise(strokes, ink.pen), ink, source.image_shape)
        assert image.shape == source.image_shape
        assert image.dtype == np.float32
        assert 0 <= image.min() <= image.max() <= 1
        top, bottom, left, right = box_of(image[0])
        side = source.image_shape[1]
        whole = centred(rasterise(strokes, ink.pen), InkFrame(1, "box"), source.image_shape)
        if image.sum() < 0.99 * ink.box**2 * whole.sum():
            continue  # far from its centre of mass, and cut off as a few in MNIST are
        assert max(bottom - top, right - left) == round(ink.box * side)
        if ink.centre == "mass":
            below = middle_of_mass(image[0]) - side // 2
            assert (below > -0.01).all()
            assert (below < 1.01).all()
        else:
            assert abs(top + bottom - side) <= 1
            assert abs(left + right - side) <= 1


# ---- placing


def test_the_aspect_ratio_stays() -> None:
    image = centred(np.ones((40, 10), np.float32), InkFrame(), MNIST)[0]
    top, bottom, left, right = box_of(image)
    assert (bottom - top, right - left) == (20, 5)
    assert image.sum() == pytest.approx(100)


def test_the_centre_of_mass_comes_to_the_middle_not_that_of_the_box() -> None:
    lopsided = np.full((40, 40), 0.2, np.float32)
    lopsided[:, :4] = 1
    lopsided[-4:, :] = 1
    image = centred(lopsided, InkFrame(), MNIST)[0]
    assert (np.floor(middle_of_mass(image)) == 14).all()
    left, right = box_of(image)[2:]
    assert abs(left + right - 28) > 3
    image = centred(lopsided, InkFrame(centre="box"), MNIST)[0]
    assert box_of(image) == (4, 24, 4, 24)


def test_pixels_are_averages_over_their_areas() -> None:
    ink = np.random.default_rng(0).random((80, 80)).astype(np.float32)
    image = centred(ink, InkFrame(centre="box"), MNIST)[0]
    expected = ink.reshape(20, 4, 20, 4).mean(axis=(1, 3))
    np.testing.assert_allclose(image[4:24, 4:24], expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1), (3, 5), (28, 28), (1024, 700)])
def test_ink_of_any_shape_fits(shape: tuple[int, int]) -> None:
    for frame in (InkFrame(), InkFrame(box=1, centre="box")):
        image = centred(np.ones(shape, np.float32), frame, MNIST)
        assert image.shape == MNIST
        assert image.max() > 0


def test_all_channels_are_alike_and_sides_may_differ() -> None:
    image = centred(rasterise(SEVEN), InkFrame(box=0.5), (3, 32, 64))
    assert image.shape == (3, 32, 64)
    assert (image == image[:1]).all()
    top, bottom, left, right = box_of(image[0])
    assert max(bottom - top, right - left) == 16


def test_without_ink_there_is_nothing_to_place() -> None:
    with pytest.raises(ValueError, match="no ink"):
        centred(np.zeros((5, 5), np.float32), InkFrame(), MNIST)


# ---- the frames are measured facts


def placed_again(dataset: ImageDataset, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Test images (N, H, W), and how they come back from being centred."""
    images = dataset.test.floats().numpy()[:count, 0]
    frame = DATASETS[dataset.name].ink
    again = [centred(image, frame, (1, *image.shape))[0] for image in images]
    return images, np.stack(again)


def test_mnist_comes_back_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = real_files("MNIST")
    if raw is None:
        pytest.skip("the files of MNIST are not here")
    monkeypatch.setenv("EXPLORER_DATA", str(raw.parents[1]))
    images, again = placed_again(load_dataset("mnist"), 1000)
    same = np.abs(images - again).max(axis=(1, 2)) < 1e-3
    assert same.mean() >= 0.998


def test_fashion_comes_back_but_for_half_a_pixel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = real_files("FashionMNIST")
    if raw is None:
        pytest.skip("the files of Fashion-MNIST are not here")
    monkeypatch.setenv("EXPLORER_DATA", str(raw.parents[1]))
    images, again = placed_again(load_dataset("fashion-mnist"), 500)
    shifts = [middle_of_mass(a) - middle_of_mass(b) for a, b in zip(images, again, strict=True)]
    assert np.quantile(np.abs(shifts), 0.95) <= 0.51


def test_digits_come_back_but_for_half_a_pixel(digits: ImageDataset) -> None:
    images, again = placed_again(digits, 400)
    shifts = [middle_of_mass(a) - middle_of_mass(b) for a, b in zip(images, again, strict=True)]
    assert np.quantile(np.abs(shifts), 0.95) <= 0.51
    assert (np.abs(images - again).max(axis=(1, 2)) < 1e-3).mean() > 0.7
    wrong = centred(images[0], InkFrame(), (1, 8, 8))
    assert np.abs(images[0] - wrong[0]).mean() > 0.1, "MNIST's frame is another"


# ---- pictures


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def written(paper: int = 235, pen: int = 30, size: tuple[int, int] = (300, 200)) -> Image.Image:
    """A seven on paper, right of the middle."""
    picture = Image.new("L", size, paper)
    ImageDraw.Draw(picture).line([(150, 40), (230, 40), (180, 170)], pen, 14, joint="curve")
    return picture


def as_mnist(content: bytes) -> np.ndarray:
    return centred(read_picture(content), InkFrame(), MNIST)[0]


PICTURE = written()
EXPECTED = as_mnist(encoded(PICTURE))
RGBA = Image.merge("RGBA", [*[Image.new("L", PICTURE.size)] * 3, PICTURE.point(lambda v: 255 - v)])
TURNED = Image.Exif()
TURNED[0x0112] = 6  # the camera lay on its side: turn by 90° clockwise
SAME: dict[str, bytes] = {
    "grey": encoded(PICTURE),
    "inverted": encoded(PICTURE.point(lambda value: 255 - value)),
    "RGB": encoded(PICTURE.convert("RGB")),
    "palette": encoded(PICTURE.convert("P")),
    "transparent": encoded(RGBA),
    "16 bits": encoded(Image.fromarray(np.asarray(PICTURE).astype(np.uint16) * 257)),
    "animated": encoded(PICTURE, save_all=True, append_images=[Image.new("L", PICTURE.size, 235)]),
    "JPEG": encoded(PICTURE, "JPEG", quality=85),
    "colour JPEG": encoded(PICTURE.convert("RGB"), "JPEG", quality=85),
    "CMYK JPEG": encoded(PICTURE.convert("RGB").convert("CMYK"), "JPEG", quality=90),
    "on its side": encoded(PICTURE.rotate(90, expand=True), "JPEG", exif=TURNED, quality=85),
    "on its side as PNG": encoded(PICTURE.rotate(90, expand=True), exif=TURNED),
    "faint": encoded(written(paper=230, pen=150)),
    "large": encoded(PICTURE.resize((2400, 1600))),
}


def test_what_is_expected_is_a_seven() -> None:
    assert EXPECTED[6:9].sum() > 15, "the bar"
    assert EXPECTED[20:24, 17:].sum() == 0
    assert (np.floor(middle_of_mass(EXPECTED)) == 14).all()


@pytest.mark.parametrize("kind", SAME)
def test_the_same_picture_reads_alike_however_it_is_stored(kind: str) -> None:
    image = as_mnist(SAME[kind])
    assert np.abs(image - EXPECTED).mean() < 0.02
    assert np.corrcoef(image.ravel(), EXPECTED.ravel())[0, 1] > 0.98


def test_a_16_bit_picture_keeps_its_greys() -> None:
    ramp = np.zeros((40, 40), np.uint16)
    ramp[10:30, 10:30] = np.linspace(20_000, 60_000, 20).astype(np.uint16)
    ink = read_picture(encoded(Image.fromarray(ramp)))
    np.testing.assert_allclose(ink[15, 10:30], np.linspace(1 / 3, 1, 20), atol=1e-3)


def test_paper_with_noise_and_a_shadow_is_paper() -> None:
    rng = np.random.default_rng(0)
    grey = np.asarray(PICTURE.convert("F")) + rng.normal(0, 4, (200, 300))
    grey -= np.linspace(0, 25, 300)
    picture = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    for content in (encoded(picture), encoded(picture, "JPEG", quality=80)):
        assert np.abs(as_mnist(content) - EXPECTED).mean() < 0.03


def test_an_image_of_mnist_itself_comes_through_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = real_files("MNIST")
    if raw is None:
        pytest.skip("the files of MNIST are not here")
    monkeypatch.setenv("EXPLORER_DATA", str(raw.parents[1]))
    images = load_dataset("mnist").test.pixels[:200, 0].numpy()
    back = np.stack([as_mnist(encoded(Image.fromarray(image))) for image in images])
    assert (np.abs(back - images / 255).max(axis=(1, 2)) < 0.02).mean() > 0.95


def header_only(width: int, height: int) -> bytes:
    """A PNG that claims to be so large, with hardly any content."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    ihdr = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "neither a PNG nor a JPEG"),
    "text": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "neither a PNG nor a JPEG"),
    "GIF": (encoded(PICTURE, "GIF"), "neither a PNG nor a JPEG"),
    "BMP": (encoded(PICTURE, "BMP"), "neither a PNG nor a JPEG"),
    "WebP": (encoded(PICTURE, "WEBP"), "neither a PNG nor a JPEG"),
    "TIFF": (encoded(PICTURE, "TIFF"), "neither a PNG nor a JPEG"),
    "half a PNG": (SAME["large"][: len(SAME["large"]) // 2], "damaged"),
    "half a JPEG": (SAME["JPEG"][: len(SAME["JPEG"]) // 2], "damaged"),
    "no content": (header_only(300, 200), "damaged"),
    "too wide": (header_only(4097, 1), "larger than 4096×4096"),
    "too high": (header_only(1, 4097), "larger than 4096×4096"),
    "a bomb": (header_only(12_000, 12_000), "larger than 4096×4096"),
    "a huge bomb": (header_only(2**31 - 1, 2**31 - 1), "larger than 4096×4096"),
    "too long": (SAME["grey"] + b"\0" * MAX_BYTES, "longer than 2 MB"),
    "white": (encoded(Image.new("L", (50, 50), 255)), "blank"),
    "black": (encoded(Image.new("RGB", (50, 50))), "blank"),
    "clear": (encoded(Image.new("RGBA", (50, 50))), "blank"),
    "one pixel": (encoded(Image.new("L", (1, 1), 100)), "blank"),
    "hardly any contrast": (encoded(written(paper=200, pen=190)), "blank"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_anything_else_is_refused_in_one_sentence(kind: str) -> None:
    content, reason = REFUSED[kind]
    with pytest.raises(PictureError, match=reason) as refused:
        read_picture(content)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 120


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(_: Any) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(drawing, "_decoded", decoded)
    for kind in ("too wide", "too high", "a bomb", "a huge bomb", "too long"):
        with pytest.raises(PictureError, match="er than"):
            read_picture(REFUSED[kind][0])


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_damage_does_more_than_be_refused(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from([SAME["grey"], SAME["JPEG"], SAME["palette"]])))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        ink = read_picture(bytes(content))
    except PictureError:
        return
    assert np.isfinite(ink).all()
    assert 0 <= ink.min() <= ink.max() <= 1
    assert centred(ink, InkFrame(), MNIST).shape == MNIST


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"):
        with pytest.raises(PictureError):
            read_picture(start + content)


def test_a_figure_that_touches_the_border_is_not_taken_for_paper() -> None:
    for left, top in itertools.product((0, 20), (0, 20)):
        picture = Image.new("L", (60, 60), 255)
        ImageDraw.Draw(picture).rectangle((left, top, left + 20, top + 39), 0)
        ink = read_picture(encoded(picture))
        assert ink[top + 5, left + 5] == 1
        assert ink[59, 59] == 0
