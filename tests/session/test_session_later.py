"""Background results: a page does not wait for them, and shows them when they are ready."""

from __future__ import annotations

import threading
import time
from itertools import count

import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer.models.pauses import with_pauses
from explorer.session import backroom
from explorer.session.backroom import USUAL_SECONDS, Backroom, Order
from explorer.session.results import Results

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
    room = Backroom(Results(most_kept=2))
    gate = threading.Event()
    slow = room.ask("slow", Order(gate.wait))
    others = [room.ask(key, Order(lambda key=key: key)) for key in range(4)]
    assert room.ask("slow", Order(lambda: None)) is slow
    gate.set()
    assert [other.result(60) for other in others] == [0, 1, 2, 3]
    room.ask("one more", Order(lambda: None)).result(60)
    assert room.ask(0, Order(lambda: "anew")).result(60) == "anew"


def test_the_wait_is_guessed_first_and_then_known():
    room, gate = Backroom(), threading.Event()

    def wait() -> None:
        assert gate.wait(60)
        time.sleep(0.5)

    assert room.seconds_until("first") == 0.0, "nothing to wait for"
    first = room.ask("first", Order(wait, like="a", guess=100.0))
    second = room.ask("second", Order(wait, like="a", guess=100.0))
    third = room.ask("third", Order(lambda: None, like="b", guess=150.0))
    time.sleep(0.3)
    assert 90 < room.seconds_until("first") < 99.8, "the time that has passed is subtracted"
    assert 190 < room.seconds_until("second") < 199.8, "what comes first is added"
    assert 340 < room.seconds_until("third") < 349.8
    assert room.seconds_until("fourth") == pytest.approx(room.seconds_until("third"), abs=0.5)
    gate.set()
    first.result(60)
    # The second takes about as long as the first, less what has passed in the meantime.
    assert 150 <= room.seconds_until("third") < 163
    second.result(60)
    third.result(60)
    assert 0.5 <= room.expected(Order(wait, like="a", guess=100.0)) < 5
    assert room.expected(Order(wait, like="c")) == USUAL_SECONDS
    assert room.seconds_until("anything") == 0.0


def test_what_fails_or_is_given_up_is_not_waited_for():
    def fail() -> None:
        raise ValueError("no")

    room, gate = Backroom(), threading.Event()
    running = room.ask("running", Order(gate.wait, guess=0.0))
    assert room.ask("given up", Order(fail, guess=50.0)).cancel()
    room.forget("given up")
    failing = room.ask("failing", Order(fail, guess=5.0))
    assert room.seconds_until("failing") <= 5.0
    gate.set()
    assert running.result(60)
    assert failing.exception(60)
    assert room.seconds_until("anything") == 0.0


def test_only_so_many_durations_are_kept(monkeypatch):
    monkeypatch.setattr(backroom, "MOST_KINDS", 3)
    room = Backroom()
    for kind in range(9):
        room.ask(kind, Order(lambda: None, like=kind, guess=50.0)).result(60)
    assert [kind for kind in range(9) if room.expected(Order(lambda: None, kind, 50.0)) < 50] == [
        6,
        7,
        8,
    ]


def test_a_page_says_how_long_it_will_take(number):
    def asking(number: int) -> None:
        import streamlit as st

        from explorer import session
        from tests.session.test_session_later import slowly

        first = session.later(("timed", number), lambda: slowly(number), guess=20.0)
        then = session.later(("then", number), lambda: 3, guess=5.0)
        st.text(f"{round(first.about)} {round(then.about)} {then.value}")
        session.await_later()

    at = AppTest.from_function(asking, args=(number,)).run(timeout=60)
    assert shown(at) == "20 25 None"
    time.sleep(1.2)
    first, then, _ = shown(at.run(timeout=60)).split()
    assert 10 <= int(first) < 20
    assert int(then) == int(first) + 5
    GATES[number].set()
    until_shown(at, "0 0 3")


def test_visitors_take_turns():
    room, gate, made = Backroom(), threading.Event(), []
    room.ask("running", Order(lambda: gate.wait(60), visitor="greedy"))
    for number in range(4):
        room.ask(number, Order(lambda number=number: made.append(number), visitor="greedy"))
    for name in "ab":
        room.ask(name, Order(lambda name=name: made.append(name), guess=1.0, visitor="modest"))
    assert room.seconds_until("a") < room.seconds_until(1), "and the wait that is told says so"
    last = room.ask("last", Order(lambda: made.append("last"), visitor="greedy"))
    gate.set()
    last.result(60)
    assert made == ["a", "b", 0, 1, 2, 3, "last"]


def test_equally_long_ones_of_two_visitors_alternate():
    room, gate, made = Backroom(), threading.Event(), []
    room.ask("running", Order(lambda: gate.wait(60), visitor="third"))
    for visitor in ("one", "two"):
        for number in range(3):
            key = f"{visitor} {number}"
            last = room.ask(key, Order(lambda key=key: made.append(key), key, 2.0, visitor))
    gate.set()
    last.result(60)
    assert made == ["one 0", "two 0", "one 1", "two 1", "one 2", "two 2"]


class Slices:
    """A computation in many parts, of which a test sees when they are made."""

    def __init__(self, made: list[str], name: str, parts: int = 2000) -> None:
        self.made, self.name, self.parts = made, name, parts

    def __call__(self) -> str:
        for _ in with_pauses(range(self.parts)):
            self.made.append(self.name)
            time.sleep(0.001)
        return self.name


def test_what_is_short_goes_first_even_if_something_long_has_begun():
    room, made = Backroom(), []
    long = room.ask("long", Order(Slices(made, "long"), "l", 60.0, visitor="greedy"))
    while not made:
        time.sleep(0.001)
    short = room.ask("short", Order(lambda: "short", "s", 0.1, visitor="modest"))
    assert room.seconds_until("short") < 1.0
    assert short.result(60) == "short"
    assert not long.done()
    assert 50 < room.seconds_until("long") <= 60
    assert long.result(60) == "long"
    assert made == ["long"] * 2000, "it went on from where it was"


def test_a_stream_of_short_ones_does_not_keep_a_long_one_waiting_forever():
    room, made = Backroom(), []
    long = room.ask("long", Order(Slices(made, "long", 200), "l", 0.5, visitor="patient"))
    for number in count():
        if long.done():
            break
        room.ask(number, Order(lambda: time.sleep(0.05), "s", 0.05, visitor="busy")).result(60)
    assert number < 30


def test_what_has_begun_ends_when_nobody_waits_for_it_any_more():
    """Seven large requests of a visitor who has left kept everybody waiting for over a minute."""
    room, made = Backroom(forgotten=0.5), []
    left = [
        room.ask(n, Order(Slices(made, f"left {n}", 10**6), n, 11.0, visitor="gone"))
        for n in range(7)
    ]
    began = time.monotonic()
    mine = room.ask("mine", Order(Slices(made, "mine", 10), "m", 20.0, visitor="here"))
    while not mine.done():
        assert time.monotonic() - began < 30
        room.still_wanted("here", ["mine"])
        time.sleep(0.05)
    assert mine.result() == "mine"
    assert all(one.done() for one in left)
    assert {room.find(n) for n in range(7)} == {None}


def test_a_session_waits_for_what_its_page_shows_now_and_nothing_else():
    room, gate, made = Backroom(), threading.Event(), []
    room.ask("running", Order(lambda: gate.wait(60), visitor="other"))
    for threshold in range(9):
        room.ask(threshold, Order(lambda t=threshold: made.append(t), visitor="me"))
        room.only_wanted("me", [threshold])
    room.ask(4, Order(lambda: made.append(4), visitor="other"))
    room.only_wanted("me", [8])
    gate.set()
    room.ask("last", Order(lambda: None, like="z", guess=99.0, visitor="me")).result(60)
    assert sorted(made) == [4, 8], "what somebody else waits for is made"


def test_what_is_computed_in_a_pause_has_its_own_gradients():
    """Each computation has a thread of its own, so no mode of torch reaches another."""
    room = Backroom()

    def without() -> bool:
        with torch.inference_mode():
            for _ in with_pauses(range(300)):
                time.sleep(0.001)
        return torch.is_inference_mode_enabled()

    long = room.ask("long", Order(without, "l", 60.0, visitor="a"))
    time.sleep(0.05)
    weight = torch.ones(3, requires_grad=True)
    short = room.ask(
        "s", Order(lambda: torch.autograd.grad(weight.sum(), weight)[0], "s", 0.1, "b")
    )
    assert short.result(60).tolist() == [1, 1, 1]
    assert not long.done()
    assert long.result(60) is False


def test_what_no_open_page_asks_for_any_more_is_not_begun():
    room, gate, made = Backroom(forgotten=0.5), threading.Event(), []
    room.ask("running", Order(lambda: gate.wait(60)))
    left = room.ask("left", Order(lambda: made.append("left")))
    waited = room.ask("waited for", Order(lambda: made.append("waited for")))
    for _ in range(10):
        time.sleep(0.1)
        room.still_wanted(None, ["waited for", "never asked for"])
    gate.set()
    waited.result(60)
    assert left.cancelled()
    assert room.find("left") is None, "it can be asked for again"
    room.ask("left", Order(lambda: made.append("left"))).result(60)
    assert made == ["waited for", "left"]


def test_what_waits_for_something_that_another_holds_is_not_waited_for_forever(monkeypatch):
    """Two computations of one subject may need the same part of it, which is made once."""
    monkeypatch.setattr(backroom, "STUCK", 0.2)
    room, held, has_it = Backroom(), threading.Lock(), threading.Event()

    def hold() -> str:
        with held:
            has_it.set()
            for _ in with_pauses(range(300)):
                time.sleep(0.001)
        return "first"

    def want() -> str:
        with held:
            return "second"

    first = room.ask("first", Order(hold, "f", 60.0, visitor="a"))
    assert has_it.wait(60)
    second = room.ask("second", Order(want, "s", 0.1, visitor="b"))
    assert second.result(30) == "second"
    assert first.result(30) == "first"
