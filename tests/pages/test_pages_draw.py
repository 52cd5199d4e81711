"""Draw: drawings and uploaded pictures are encoded in the same way as the data set's images."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw

from explorer.analysis.geometry import Plane
from explorer.analysis.walks import Walk, walk
from explorer.datasets import DATASETS
from explorer.datasets.ink import MAX_BYTES, centred, rasterise, read_picture
from explorer.figures import mosaic
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from tests.pages.conftest import Open, OpenPage

MODEL = "digits-vae"
SEVEN = [[[0.3, 0.2], [0.7, 0.2]], [[0.7, 0.2], [0.45, 0.8]], [[0.4, 0.5], [0.65, 0.5]]]
LINK = "8c5kjg5k.jg5kcim8.b4dwi2dw"


def draw(page: OpenPage, strokes: object) -> OpenPage:
    """Set the strokes drawn by the visitor, and rerun."""
    page.at.session_state["draw pad"] = {"strokes": strokes}
    return page.run().assert_well()


def expected(name: str, strokes: list[list[list[float]]]) -> Walk:
    """The model's output for the drawing after each stroke."""
    checkpoint = load_checkpoint(find_checkpoint(name))
    source = DATASETS[checkpoint.spec.run.dataset]
    images = [
        centred(rasterise(strokes[:count], source.ink.pen), source.ink, source.image_shape)
        for count in range(1, len(strokes) + 1)
    ]
    return walk(checkpoint.model.view(), np.array(images), checkpoint.codes, 10)


def pair(walked: Walk) -> np.ndarray:
    """The picture of the encoder's input and its reconstruction."""
    images = np.stack([walked.images[-1], walked.decoded[-1]])
    return mosaic(images, 2, 448 // images.shape[-1], gap=16)


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("name", [MODEL, "mnist-vae", "tiny-1d", "tiny-16d", "tiny-ae"])
def test_each_stroke_is_encoded_and_shown_in_the_plane(open_page: Open, name: str) -> None:
    page = open_page("Draw", encoder=name).assert_well()
    assert page.frame()["trails"] == []
    checkpoint = load_checkpoint(find_checkpoint(name))
    plane = Plane.of(checkpoint.codes.mean)
    for count in (1, 3):
        draw(page, SEVEN[:count])
        walked = expected(name, SEVEN[:count])
        (trail,) = page.frame()["trails"]
        np.testing.assert_allclose(trail["points"], plane.to_plane(walked.codes.mean), atol=1e-5)
        if checkpoint.model.capabilities.stochastic:
            scales = plane.scale_to_plane(walked.codes.scale)
            np.testing.assert_allclose(trail["scales"], scales, atol=1e-5)
        else:
            assert trail["scales"] is None
        np.testing.assert_array_equal(page.picture("what the encoder sees"), pair(walked))


def test_the_table_says_how_far_each_stroke_moved_the_code(open_page: Open) -> None:
    page = draw(open_page("Draw", encoder=MODEL), SEVEN)
    table, walked = page.at.dataframe[0].value, expected(MODEL, SEVEN)
    assert table["Strokes"].tolist() == ["1", "1–2", "1–3"]
    for title, values in (
        ("Code moved by", walked.moved),
        ("in posterior σ", walked.moved_in_scales),
        ("KL, nats", walked.kl),
        ("Squared error", walked.squared_error),
    ):
        np.testing.assert_allclose(table[title].to_numpy(float), values, rtol=1e-5)
    said = table["Looks like"].iloc[-1]
    counts = re.findall(r"(\d) \((\d+)(?: of 10)?\)", said)
    votes = {int(label): int(count) for label, count in counts}
    assert sum(votes.values()) == 10
    assert votes == {label: 10 * v for label, v in enumerate(walked.votes[-1]) if v}
    assert list(votes.values()) == sorted(votes.values(), reverse=True)
    assert f"Looks like: {said}" in page.words()
    assert re.fullmatch(r"\d \(\d+ of 10\)(, \d \(\d\))*", said)


def test_without_a_posterior_its_columns_are_left_out(open_page: Open) -> None:
    page = draw(open_page("Draw", encoder="digits-ae"), SEVEN)
    titles = set(page.at.dataframe[0].value)
    assert "Code moved by" in titles
    assert not titles & {"in posterior σ", "KL, nats"}


def test_a_drawing_is_stored_in_the_address_and_restored(open_page: Open) -> None:
    page = draw(open_page("Draw", encoder=MODEL), SEVEN)
    assert dict(page.at.query_params) == {"encoder": MODEL, "strokes": LINK}
    other = open_page("Draw", encoder=MODEL, strokes=LINK).assert_well()
    assert other.frame()["trails"] == page.frame()["trails"]
    assert page.frame()["trails"][0]["marked"], "one's own digit is found among thousands"
    np.testing.assert_array_equal(other.picture("encoder"), page.picture("encoder"))


def test_undone_and_cleared_strokes_do_not_come_back(open_page: Open) -> None:
    page = open_page("Draw", encoder=MODEL, strokes=LINK).assert_well()
    assert len(page.frame()["trails"][0]["points"]) == 3
    draw(page, SEVEN[:2])
    assert len(page.run().frame()["trails"][0]["points"]) == 2
    draw(page, [])
    assert page.run().frame()["trails"] == []
    assert "strokes" not in page.at.query_params
    assert "Draw a stroke" in page.words()


def test_a_drawing_survives_a_change_of_model_or_page(open_page: Open) -> None:
    page = draw(open_page("Draw", encoder=MODEL), SEVEN)
    page.at.selectbox[0].set_value("digits-collapsed")
    page.run().assert_well()
    np.testing.assert_array_equal(
        page.picture("encoder"), pair(expected("digits-collapsed", SEVEN))
    )
    del page.at.session_state["draw pad"]  # as after a visit to another page
    page.at.query_params.clear()
    assert len(page.run().assert_well().frame()["trails"][0]["points"]) == 3


def uploaded(page: OpenPage, content: bytes, name: str = "seven.png") -> OpenPage:
    page.at.file_uploader[0].upload(name, content, "image/png")
    return page.run().assert_well()


def picture(kind: str = "PNG") -> bytes:
    image = Image.new("L", (200, 200), 240)
    ImageDraw.Draw(image).line([(60, 40), (140, 40), (90, 160)], 20, 16, joint="curve")
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_an_uploaded_picture_is_encoded(open_page: Open, kind: str) -> None:
    page = open_page("Draw", encoder=MODEL, input="picture").assert_well()
    assert page.frame()["trails"] == []
    content = picture(kind)
    uploaded(page, content)
    checkpoint, source = load_checkpoint(find_checkpoint(MODEL)), DATASETS["digits"]
    image = centred(read_picture(content), source.ink, source.image_shape)
    walked = walk(checkpoint.model.view(), image[None], checkpoint.codes, 10)
    np.testing.assert_array_equal(page.picture("encoder"), pair(walked))
    np.testing.assert_allclose(page.frame()["trails"][0]["points"], walked.codes.mean, atol=1e-5)
    assert set(page.at.dataframe[0].value) == {
        "KL, nats",
        "Squared error",
        "Looks like",
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "neither"),
        (b"GIF89a", "neither"),
        (picture()[:200], "damaged"),
        (picture() + b"\0" * MAX_BYTES, "longer than 2 MB"),
    ],
    ids=["empty", "GIF", "cut short", "too long"],
)
def test_a_file_that_is_not_a_picture_is_rejected_with_a_sentence(
    open_page: Open, content: bytes, reason: str
) -> None:
    page = uploaded(open_page("Draw", encoder=MODEL, input="picture"), content)
    (error,) = page.at.error
    assert reason in error.value
    assert error.value.endswith(".")
    assert "Traceback" not in error.value
    assert page.frame()["trails"] == []


@pytest.mark.parametrize("strokes", ["x", None, {}, [[["a", 1]]], [[]], [[[1e999, -5]]] * 500])
def test_invalid_data_from_the_browser_does_no_harm(open_page: Open, strokes: object) -> None:
    page = draw(open_page("Draw", encoder=MODEL), strokes)
    assert not page.at.error


@pytest.mark.parametrize("name", ["mnist-vae", MODEL, "fashion-vae"])
def test_the_page_says_how_a_drawing_is_placed(open_page: Open, name: str) -> None:
    words = open_page("Draw", encoder=name).assert_well().words()
    facts = {"mnist-vae": ("20×20", "centre of mass"), MODEL: ("8×8", "bounding box")}
    for fact in facts.get(name, ("28×28", "bounding box")):
        assert fact in words
