"""The benchmark of a class: a short lesson must pass, and what it looks for is found if planted."""

from __future__ import annotations

import random

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.bench.classroom import Lesson
from explorer.bench.classroom.lesson import faults_in, give, timed
from explorer.bench.classroom.marks import Lookout, Marks
from explorer.bench.wire.page import Page

SHORT = Lesson(visitors=6, minutes=20 / 60, idle_minutes=0, think=(0.5, 1.5))


@pytest.mark.slow
def test_a_short_lesson_has_no_faults() -> None:
    said: list[str] = []
    rows = {row["name"]: row for row in give(SHORT, said.append).rows}
    head = rows["6 visitors, 0.333333 minutes"]
    assert head["errors"] == head["faults_in_log"] == head["seen_of_others"] == 0, said
    assert head["own_kept"] > 0
    assert head["runs_that_train"] >= 2
    assert rows["all reruns"]["times"] > 20
    assert rows["all reruns"]["median_s"] <= rows["all reruns"]["p95_s"]
    before, after = rows["server before"], rows["server 0 minutes later"]
    assert before.keys() == after.keys() >= {"server_mb", "threads", "descriptors"}


# What it looks for


def marks(count: int) -> list[Marks]:
    chance = random.Random(0)
    return [Marks.of(number, chance) for number in range(count)]


def test_no_two_visitors_have_a_mark_in_common() -> None:
    values = [value for one in marks(30) for value in (one.pins, one.seed, one.name)]
    assert len({*values}) == len(values)


def test_marks_of_another_are_found_wherever_they_are() -> None:
    own, other = marks(2)
    texts = [
        f'{{"pins": [{{"x": {other.x}, "y": {other.y}}}]}}',
        f"0,{other.x},{other.y}",
        f"dataset=digits;seed={other.seed}",
        f"'{other.name}' is not a checkpoint name",
    ]
    for text in texts:
        message = ForwardMsg()
        message.delta.new_element.bidi_component.json = text
        lookout = Lookout([other])
        lookout.look(message)
        assert len(lookout.found) == 1, text
        lookout = Lookout([own])
        lookout.look(message)
        assert not lookout.found


def test_marks_in_an_address_are_found() -> None:
    (other,) = marks(1)
    for query in (
        f"pins=0%2C{other.x}%2C{other.y}",
        f"run=dataset%3Ddigits%3Bseed%3D{other.seed}",
    ):
        message = ForwardMsg()
        message.page_info_changed.query_string = query
        lookout = Lookout([other])
        lookout.look(message)
        assert lookout.found, query


def test_an_exception_on_a_page_is_a_fault() -> None:
    page = Page()
    message = ForwardMsg()
    message.delta.new_element.exception.type = "KeyError"
    message.delta.new_element.exception.message = "planted"
    page.hear(message)
    message = ForwardMsg()
    message.delta.new_element.alert.body = "Traceback (most recent call last)"
    page.hear(message)
    assert [fault.split(":")[0] for fault in page.faults] == [
        "KeyError",
        "a message shows a traceback",
    ]


def test_faults_in_a_log_are_found() -> None:
    log = (
        "fine\nTraceback (most recent call last):\nERROR:    Exception in ASGI application\nTERRORS"
    )
    assert len(faults_in(log)) == 2


def test_what_never_happened_has_no_duration() -> None:
    assert timed("x", []) == {"name": "x", "times": 0}
    assert timed("x", [1.0, 3.0])["median_s"] == 2.0
