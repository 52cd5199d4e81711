"""The pad's Python half: bundling, packing, what it believes of the browser, who wins."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.analysis.geometry import Plane
from explorer.components.files import DIGEST_BYTES
from explorer.components.latent_pad import (
    Companion,
    Dots,
    Ellipses,
    Field,
    Film,
    PadPlane,
    PadState,
    Pin,
    Shades,
    Trail,
)
from explorer.components.latent_pad.atlas import AtlasMaker
from explorer.components.latent_pad.describe import atlas_at_once, describe_film
from explorer.components.latent_pad.payload import check
from explorer.components.latent_pad.state import (
    MAX_PINS,
    Memory,
    Message,
    frame_of,
    read_message,
    requested_state,
    settle,
)
from explorer.models import DenseDecoder, build_model
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from explorer.specs import ModelSpec

ENDLESS = Field("f", np.zeros((2, 2)), (0.0, math.inf, 0.0, 1.0))
FRAMES = [(2, 2), (3, None), (-1, None), (True, None), ("1", None)]
CODES = [np.array([[0.0, 0.0], [1.0, 2.0], [np.nan, 0.0]])]


# ---- packing


def plane(n: int = 5, **fields: Any) -> PadPlane:
    rng = np.random.default_rng(0)
    return PadPlane("P", rng.normal(size=(n, 2)), rng.integers(0, 3, n), **fields)


@pytest.mark.parametrize("with_scales", [False, True])
@pytest.mark.parametrize("n", [0, 1, 5])
def test_packing_keeps_every_number(n: int, with_scales: bool) -> None:
    given = plane(n, scales=np.full((n, 2), 0.25) if with_scales else None)
    body = given.file.content[DIGEST_BYTES:]
    assert len(body) == n * (13 if with_scales else 9)
    codes = np.frombuffer(body, "<f4", 2 * n).reshape(n, 2)
    np.testing.assert_array_equal(codes, given.codes.astype("f4"))
    np.testing.assert_array_equal(np.frombuffer(body, np.uint8)[-n:] if n else [], given.labels)
    if with_scales:
        halves = np.frombuffer(body, "<f2", 2 * n, 8 * n)
        np.testing.assert_array_equal(halves * given.scale_unit, np.full(2 * n, 0.25))


def test_a_decoder_is_sent_in_half_the_bytes_if_that_loses_nothing() -> None:
    stored = load_checkpoint(find_checkpoint("digits-vae")).model.view().dense_decoder()
    trained = build_model(ModelSpec(image_shape=(1, 8, 8)), seed=1).view().dense_decoder()
    huge = DenseDecoder(((np.full((1, 2), 1e6), np.zeros(1)),), "relu", "identity", (1, 1, 1))
    for decoder, bits in ((stored, 16), (trained, 32), (huge, 32)):
        assert decoder
        given = plane(decoder=decoder)
        assert given.decoder_bits == bits
        assert given.decoder_file
        sent = np.frombuffer(given.decoder_file.content[DIGEST_BYTES:], f"<f{bits // 8}")
        numbers = [part.ravel() for pair in decoder.layers for part in pair]
        np.testing.assert_array_equal(sent.astype("f4"), np.concatenate(numbers))


def test_scales_of_any_size_keep_three_digits() -> None:
    scales = np.array([[1e-9, 2e-10], [3e-9, 1e-9]])
    for unit in (1.0, 1e9, 1e18):
        given = PadPlane("P", np.zeros((2, 2)), np.zeros(2, int), scales * unit)
        halves = np.frombuffer(given.file.content, "<f2", 4, DIGEST_BYTES + 16).astype(float)
        np.testing.assert_allclose(halves * given.scale_unit, unit * scales.ravel(), rtol=1e-3)


def test_codes_of_many_dimensions_are_seen_in_their_plane() -> None:
    random = np.random.default_rng(0)
    codes, scales = random.normal(size=(20, 5)), random.uniform(0.1, 1, (20, 5))
    surface = Plane.of(codes)
    given = PadPlane("P", codes, np.zeros(20, int), scales, surface)
    np.testing.assert_allclose(given.points, surface.to_plane(codes))
    seen = np.frombuffer(given.file.content, "<f2", 40, DIGEST_BYTES + 160) * given.scale_unit
    np.testing.assert_allclose(seen, surface.scale_to_plane(scales).ravel(), rtol=2e-3)
    np.testing.assert_array_equal(given.code_of(Pin(0, 9, 9, 3)), codes[3])
    place = surface.from_plane([[0.5, -1.0]])[0]
    np.testing.assert_allclose(given.code_of(Pin(0, 0.5, -1.0)), place)


def test_the_digest_tells_apart_what_samples_would_not() -> None:
    codes = np.zeros((200_000, 2))
    changed = codes.copy()
    changed[50_000] = 1.0
    labels = np.zeros(200_000, dtype=int)
    digests = {PadPlane("P", c, labels).file.content[:DIGEST_BYTES] for c in (codes, changed)}
    assert len(digests) == 2


def test_codes_too_large_for_the_browser_become_infinite_without_a_warning() -> None:
    packed = PadPlane("P", np.array([[1e300, 0.0]]), np.array([0])).file.content
    assert math.isinf(np.frombuffer(packed, "<f4", 1, DIGEST_BYTES)[0])


@pytest.mark.parametrize(
    ("bad", "classes", "palette", "reason"),
    [
        (PadPlane("P", np.zeros((3, 3)), np.zeros(3, int)), ["a"], ["#000000"], r"\(N, 2\)"),
        (PadPlane("P", np.zeros((3, 2)), np.zeros(2, int)), ["a"], ["#000000"], "labels"),
        (PadPlane("P", np.zeros((1, 2)), np.array([1])), ["a"], ["#000000"], "outside"),
        (PadPlane("P", np.zeros((1, 2)), np.array([-1])), ["a"], ["#000000"], "outside"),
        (plane(scales=np.zeros((5, 1))), ["a", "b", "c"], ["#000000"] * 3, "scales"),
        (
            plane(shades=Shades("s", np.zeros(4), (0, 1))),
            list("abc"),
            ["#000000"] * 3,
            "5 codes but",
        ),
        (
            plane(field=Field("f", np.zeros((2, 2)), (0, math.inf, 0, 1))),
            list("abc"),
            ["#000000"] * 3,
            "box",
        ),
        (
            plane(field=Field("f", np.zeros((2, 2)), (0, 1, 0, 1), kinds=(("k", "red"),))),
            list("abc"),
            ["#000000"] * 3,
            "k is coloured",
        ),
        (
            plane(dots=Dots("d", np.zeros((2, 2)), np.array([0]), [("k", "#000000")])),
            list("abc"),
            ["#000000"] * 3,
            "2 dots",
        ),
        (
            plane(dots=Dots("d", np.zeros((1, 2)), np.array([0]), [("k", "blue")])),
            list("abc"),
            ["#000000"] * 3,
            "k is coloured",
        ),
        (plane(opening=(0, math.nan, 0, 1)), list("abc"), ["#000000"] * 3, "shown at first"),
        (plane(), ["a", "b", "c"], ["#000000"], "colours"),
        (
            plane(trails=[Trail(np.zeros((2, 2)), colour="red")]),
            list("abc"),
            ["#000000"] * 3,
            "#rr",
        ),
        (plane(), ["a", "b", "c"], ["red;}"] * 3, "#rrggbb"),
        (plane(), ["a"] * 300, ["#000000"] * 300, "at most"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    bad: PadPlane, classes: list[str], palette: list[str], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        check([Film([bad], "", [""])], classes, palette)


def test_shades_travel_apart_from_the_codes() -> None:
    values = np.array([0.5, np.nan, -2.0, 1e9, 3.0])
    given = plane()
    shades = Shades("s", values, (0, 1))
    over = given.varied(shades=shades)
    sent = np.frombuffer(shades.file.content, "<f4", offset=DIGEST_BYTES)
    np.testing.assert_array_equal(sent, values.astype("<f4"))
    assert over.file is given.file


def test_another_field_under_a_plane_packs_nothing_anew() -> None:
    given = plane(decoder=None)
    given.seen[Pin(0, 1, 1)] = {"decoded": "known"}
    field = Field("f", np.ones((2, 2)), (0, 1, 0, 1))
    over = given.varied(field=field)
    assert over.field is field
    assert given.field is None
    assert over.file is given.file
    assert over.seen is given.seen
    assert over.home == given.home


def test_a_plane_may_open_on_a_part_of_itself() -> None:
    given = plane(note="computing")
    part = (-1.0, 1.0, -2.0, 2.0)
    over = given.varied(opening=part)
    assert over.home == part
    assert over.varied(opening=None).home == given.home != part
    frames = describe_film(Film([given, over], "", ["", ""]), 0, None, "here", atlas_at_once)
    assert [frame["opening"] for frame in frames["frames"]] == [None, list(part)]
    assert [frame["note"] for frame in frames["frames"]] == ["computing"] * 2


def test_dots_are_drawn_in_the_plane_without_those_that_are_nowhere() -> None:
    codes = np.random.default_rng(0).normal(size=(20, 5))
    bare = PadPlane("P", codes, np.zeros(20, int), surface=Plane.of(codes))
    some, kinds = codes[:4].copy(), [("no", "#111111"), ("yes", "#222222")]
    some[1, 3] = np.nan
    marked = bare.varied(dots=Dots("draws", some, np.array([0, 0, 1, 0]), kinds))
    (frame,) = describe_film(Film([marked], "", [""]), 0, None, "here", atlas_at_once)["frames"]
    dots = frame["dots"]
    np.testing.assert_allclose(dots["points"], bare.points[[0, 2, 3]], rtol=1e-4)
    assert (dots["title"], dots["values"]) == ("draws", [0, 1, 0])
    assert dots["kinds"] == [["no", "#111111", "#111111"], ["yes", "#222222", "#222222"]]
    assert marked.file is bare.file


@pytest.mark.parametrize(
    ("film", "reason"),
    [
        (Film([], "epoch", []), "0 frames"),
        (Film([plane()], "epoch", ["1", "2"]), "2 names"),
        (Film([plane(5), plane(6)], "epoch", ["1", "2"]), "different numbers"),
    ],
)
def test_films_that_do_not_hang_together_are_refused(film: Film, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check([film], ["a", "b", "c"], ["#000000"] * 3)


def test_marks_are_drawn_in_the_plane_and_share_what_was_made_for_its_codes() -> None:
    random = np.random.default_rng(0)
    codes = random.normal(size=(20, 5))
    bare = PadPlane("P", codes, np.zeros(20, int), surface=Plane.of(codes))
    trail = Trail(codes[:3], name="way", colour="#12a179", dots=False)
    radii = np.array([[1.0, 2.0], [np.inf, 1.0]])
    rings = Ellipses(np.array([[0.0, 1.0], [2.0, 3.0]]), radii, np.array([0.5, 0.0]))
    atlas = AtlasMaker(lambda points: np.zeros((len(points), 1, 2, 2))).of((-1.0, 1.0, -1.0, 1.0))
    marked = bare.varied(
        trails=[trail], ellipses=[rings], indicatrix=0.5, companion=Companion("other", atlas)
    )
    assert marked.file is bare.file
    assert marked.seen is bare.seen
    (frame,) = describe_film(Film([marked], "", [""]), 0, None, "here", atlas_at_once)["frames"]
    (drawn,), (ellipses,) = frame["trails"], frame["ellipses"]
    np.testing.assert_allclose(drawn["points"], bare.points[:3])
    assert (drawn["name"], drawn["colour"], drawn["dots"]) == ("way", "#12a179", False)
    assert ellipses["rows"] == [[0.0, 1.0, 1.0, 2.0, 0.5]], "one without an end is left out"
    assert frame["indicatrix"] == 0.5
    assert (frame["companion"]["title"], frame["companion"]["atlas"]["error"]) == ("other", 0)
    json.dumps(frame, allow_nan=False)


# ---- what the browser says


def pins_of(*raw: Any) -> tuple[Pin, ...]:
    message = read_message({"pins": list(raw)}, CODES, 3)
    assert message is not None
    return message.state.pins


def test_a_good_message_is_read_whole() -> None:
    raw = {
        "revision": 4,
        "pins": [[0, 1.5, -2]],
        "hidden": [2, 0],
        "layers": ["points", "grid"],
    }
    assert read_message(raw, CODES, 3) == Message(
        PadState((Pin(0, 1.5, -2.0),), frozenset({0, 2}), frozenset({"points", "grid"})), 4
    )


def test_a_pinned_image_lies_where_its_code_is() -> None:
    assert pins_of([0, 99, 99, 1]) == (Pin(0, 1.0, 2.0, 1),)


@pytest.mark.parametrize(
    "pin",
    [
        None,
        "A",
        [],
        {},
        [1, 0, 0],
        [-1, 0, 0],
        [True, 0, 0],
        [0.0, 0, 0],
        [0, math.nan, 0],
        [0, 0, math.inf],
        [0, "0", 0],
        [0, None, 0],
        [0, 10**400, 0],
        [0, 0, 0, 3],
        [0, 0, 0, -1],
        [0, 0, 0, 1.0],
        [0, 0, 0, 2],  # that code is not finite
    ],
)
def test_a_bad_pin_is_dropped_and_the_others_stay(pin: Any) -> None:
    good = [0, 1, 1]
    assert pins_of(good, pin, good) == (Pin(0, 1.0, 1.0), Pin(0, 1.0, 1.0))


def test_the_number_of_pins_is_bounded() -> None:
    assert len(pins_of(*[[0, 0, 0]] * 10_000)) == MAX_PINS


@pytest.mark.parametrize("raw", [None, 3, "x", [], [1]])
def test_what_is_no_message_is_none(raw: Any) -> None:
    assert read_message(raw, CODES, 3) is None


@pytest.mark.parametrize("part", [None, 3, "pins", {}, [None], [[]], [math.nan], [-1], [{}], ["x"]])
def test_bad_parts_of_a_message_are_empty(part: Any) -> None:
    raw = {"revision": part, "pins": part, "hidden": part, "layers": part}
    state = PadState(layers=frozenset())
    expected_revision = 3 if part == 3 else None
    assert read_message(raw, CODES, 3) == Message(state, expected_revision)


def test_a_state_survives_the_round_trip_through_json() -> None:
    state = PadState((Pin(0, 0.1, -1e-12), Pin(0, 1.0, 2.0, 1)), frozenset({1}), frozenset())
    message = read_message(json.loads(json.dumps(state.to_json())), CODES, 3)
    assert message == Message(state)


def test_what_a_page_asks_for_is_cleaned_too() -> None:
    asked = PadState(
        (Pin(0, 0, 0), Pin(7, 0, 0)), frozenset({1, 9}), frozenset({"points", "x"}), frame=5
    )
    state = requested_state(asked, CODES, 3)
    assert state == PadState((Pin(0, 0.0, 0.0),), frozenset({1}), frozenset({"points"}))


@pytest.mark.parametrize(
    ("raw", "frame"), [(2, 2), (3, None), (-1, None), (True, None), ("1", None)]
)
def test_a_frame_is_one_of_the_film(raw: Any, frame: int | None) -> None:
    assert frame_of({"frame": raw}, 3) == frame
    message = read_message({"frame": raw}, CODES, 3, n_frames=3)
    assert message is not None
    assert message.state.frame == (frame or 0)


@pytest.mark.parametrize(
    ("raw", "view"),
    [
        ([0, 1, -1, 2], (0.0, 1.0, -1.0, 2.0)),
        ([1, 0, 0, 1], None),
        ([0, 0, 0, 1], None),
        ([1e9, 1e9 + 1, 0, 1], None),
        ([0, 1, 0], None),
        ([0, 1, 0, math.nan], None),
        ([0, 1, 0, 10**400], None),
        ([0, 1, 0, "1"], None),
        ("abcd", None),
        (None, None),
    ],
)
def test_a_view_to_be_decoded_is_a_box_that_floats_can_tell_apart(raw: Any, view: Any) -> None:
    message = read_message({"views": [raw, [0, 1, 0, 1]]}, CODES, 3)
    assert message is not None
    assert message.views == (view,), "one for each plane, and no more"


# ---- who wins

NONE = PadState()
ONE = PadState((Pin(0, 0.0, 0.0),))
TWO = PadState((Pin(0, 0.0, 0.0), Pin(0, 1.0, 1.0)))
OTHER = PadState((Pin(0, 5.0, 5.0),))


def run(memory: Memory | None, asked: PadState, said: PadState | None, at: int = 0) -> Memory:
    return settle(memory, asked, None if said is None else Message(said, at))


def test_a_page_that_passes_constants_never_undoes_a_click() -> None:
    memory = run(None, NONE, None)
    for said in (ONE, TWO, NONE, ONE):
        memory = run(memory, NONE, said)
        assert memory.known == said
    assert memory.revision == 0


def test_an_echo_that_lags_behind_by_a_run_is_no_takeover() -> None:
    memory = run(None, NONE, None)
    memory = run(memory, NONE, ONE)  # the page puts ONE into the URL …
    memory = run(memory, ONE, TWO)  # … while the visitor has gone on to TWO
    assert (memory.known, memory.revision) == (TWO, 0)
    memory = run(memory, TWO, TWO)
    assert (memory.known, memory.revision) == (TWO, 0)


def test_a_page_that_asks_for_something_new_takes_over() -> None:
    memory = run(run(None, NONE, None), NONE, TWO)
    memory = run(memory, OTHER, TWO)
    assert (memory.known, memory.revision) == (OTHER, 1)
    memory = run(memory, OTHER, TWO, at=0)  # sent before the browser saw the takeover
    assert (memory.known, memory.revision) == (OTHER, 1)
    memory = run(memory, OTHER, ONE, at=1)
    assert (memory.known, memory.revision) == (ONE, 1)


def test_clearing_in_python_works_whatever_was_clicked() -> None:
    memory = run(run(None, ONE, None), ONE, TWO)
    memory = run(memory, NONE, TWO)
    assert (memory.known, memory.revision) == (NONE, 1)


def test_a_takeover_of_one_field_leaves_the_others_to_the_visitor() -> None:
    visitor = PadState(TWO.pins, frozenset({1}), frozenset({"points"}))
    memory = run(run(None, NONE, None), NONE, visitor)
    memory = run(memory, PadState(hidden=frozenset({2})), visitor)
    assert memory.known == PadState(TWO.pins, frozenset({2}), frozenset({"points"}))


def test_a_pad_that_comes_back_shows_what_it_showed() -> None:
    memory = run(run(None, NONE, None), NONE, TWO)
    assert run(memory, NONE, None).known == TWO


# ---- Streamlit

SCRIPT = """
import numpy as np
import streamlit as st
from explorer.components.latent_pad import PadPlane, Pin, latent_pad

codes = np.array([[0.0, 0.0], [1.0, 2.0]])
planes = [PadPlane("VAE", codes, np.array([0, 1]))]
pins = [Pin(0, 3.0, 4.0)] if st.checkbox("link") else []
state = latent_pad(planes, classes=["a", "b"], palette=["#112233", "#445566"], pins=pins, key="pad")
st.json(state.to_json())
"""


@pytest.mark.slow
def test_importing_the_pad_does_not_import_streamlit() -> None:
    code = "import sys, explorer.components.latent_pad; assert 'streamlit' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


def test_the_pad_in_an_app() -> None:
    from streamlit.testing.v1 import AppTest

    at = AppTest.from_string(SCRIPT).run()
    assert not at.exception
    proto = at.get("bidi_component")[0].proto
    data = json.loads(proto.json)
    (frame,) = data["films"][0]["frames"]
    assert frame["count"] == 2
    assert frame["points"].startswith("/")
    assert len(proto.json) < 1200, "heavy data must not ride beside the marks"

    pin = [0, 1.0, 1.0]
    at.session_state["pad"] = {"pad": {"revision": 0, "pins": [pin], "layers": ["points"]}}
    at.run()
    state = {"pins": [pin], "hidden": [], "layers": ["points"], "frame": 0}
    assert json.loads(at.json[0].value) == state

    at.checkbox[0].check().run()
    assert json.loads(at.json[0].value)["pins"] == [[0, 3.0, 4.0]]
    assert not at.exception
