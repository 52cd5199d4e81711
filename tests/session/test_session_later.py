"""Background results: a page does not wait for them, and shows them when they are ready."""

from __future__ import annotations

import threading
import time
from itertools import count

import pytest
from streamlit.testing.v1 import AppTest

from explorer.session.later import Backroom

NUMBERS = count()  # a key is computed once per server, and all tests are one server
GATES: dict[int, threading.Event] = {}
CALLS: list[int] = []


def slowly(number: int) -> str:
    CALLS.append(number)
    assert GATES[number].wait(60)
    return f"result {number}"


def page(number: int, wrong: str = "") -> None:
    import streamlit as st

    from explorer import session
    from tests.session.test_session_later import slowly

    def fail() -> str:
        raise ValueError(wrong)

    outcome = session.later(("test", number), fail if wrong else lambda: slowly(number))
    st.text(outcome.value if outcome.value else outcome.trouble or "not yet")
    session.await_later()


def shown(at: AppTest) -> str:
    assert not at.exception
    return str(at.text[0].value)


def until_shown(at: AppTest, words: str) -> None:
    end = time.monotonic() + 60
    while shown(at) != words:
        assert time.monotonic() < end, shown(at)
        at.run(timeout=60)


@pytest.fixture
def number():
    number = next(NUMBERS)
    GATES[number] = threading.Event()
    yield number
    GATES[number].set()


def test_the_page_continues_and_shows_the_result_when_ready(number):
    at = AppTest.from_function(page, args=(number,)).run(timeout=60)
    assert shown(at) == "not yet"
    assert shown(at.run(timeout=60)) == "not yet"
    GATES[number].set()
    until_shown(at, f"result {number}")
    another = AppTest.from_function(page, args=(number,)).run(timeout=60)
    assert shown(another) == f"result {number}", "it is there for all visitors"
    assert CALLS.count(number) == 1


def test_nothing_begins_before_the_page_has_ended(number):
    def asking(number: int) -> None:
        import streamlit as st

        from explorer import session
        from tests.session.test_session_later import CALLS, slowly

        session.later(("test", number), lambda: slowly(number))
        st.text(f"begun {CALLS.count(number)}")

    GATES[number].set()
    at = AppTest.from_function(asking, args=(number,)).run(timeout=60)
    assert shown(at.run(timeout=60)) == "begun 0"
    until_shown(AppTest.from_function(page, args=(number,)).run(timeout=60), f"result {number}")


def test_a_failed_computation_gives_the_reason(number):
    at = AppTest.from_function(page, args=(number, "there is no such place")).run(timeout=60)
    until_shown(at, "there is no such place")


def test_old_results_are_dropped_and_unfinished_ones_kept():
    room = Backroom(most_kept=2)
    gate = threading.Event()
    slow = room.ask("slow", gate.wait)
    others = [room.ask(key, lambda key=key: key) for key in range(4)]
    assert room.ask("slow", lambda: None) is slow
    gate.set()
    assert [other.result(60) for other in others] == [0, 1, 2, 3]
    room.ask("one more", lambda: None).result(60)
    assert room.ask(0, lambda: "anew").result(60) == "anew"
