"""What all sessions share is made once, and bounded in bytes."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pytest
import torch

from explorer.datasets import load_dataset
from explorer.runs.checkpoints import GALLERY, load_checkpoint
from explorer.session import sharing
from explorer.session.sharing import SharedThings, shared
from explorer.session.sizes import size_of, sizes_of

MB = 2**20


def grey(count: int) -> np.ndarray:
    return np.zeros(count * MB, np.uint8)


@pytest.fixture(autouse=True)
def weighed_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "WEIGHED_EVERY", 0.0)


def test_what_was_not_asked_for_longest_is_forgotten_first() -> None:
    things, made = SharedThings(most_bytes=10 * MB), []

    def get(name: str) -> None:
        things.get(name, lambda: (made.append(name), grey(3))[1])

    for name in ("a", "b", "c", "a", "d", "a", "c", "d", "b"):
        get(name)
    assert made == ["a", "b", "c", "d", "b"]


def test_a_single_thing_beyond_the_limit_is_kept_until_the_next() -> None:
    things = SharedThings(most_bytes=MB)
    large = things.get("large", lambda: grey(5))
    assert things.get("large", lambda: None) is large
    del large
    things.get("small", lambda: grey(0))
    assert things.get("large", lambda: None) is None


def test_what_somebody_still_holds_is_not_made_again() -> None:
    things = SharedThings(most_bytes=4 * MB)
    held = things.get("held", lambda: grey(3))
    for name in ("other", "another"):
        things.get(name, lambda: grey(3))
    assert things.get("held", lambda: grey(3)) is held
    assert isinstance(things.get("another", lambda: "made again"), np.ndarray), "kept as well"
    things.get("third", lambda: grey(3))
    del held
    assert things.get("held", lambda: "made again") == "made again"


def test_things_that_grow_are_weighed_again() -> None:
    things = SharedThings(most_bytes=10 * MB)
    first: dict[str, np.ndarray] = things.get("first", dict)
    things.get("second", dict)
    first["later"] = grey(20)
    things.get("third", dict)
    assert things.get("first", lambda: "made again") == "made again"


def test_many_small_things_are_bounded_too() -> None:
    things = SharedThings(most_entries=3)
    for number in range(9):
        things.get(number, lambda: "x")
    assert things.get(5, lambda: "made again") == "made again"


def test_a_thing_is_made_once_for_all_who_ask_at_the_same_time() -> None:
    things, calls, gate = SharedThings(), [], threading.Event()

    def make() -> object:
        calls.append(1)
        gate.wait(30)
        return object()

    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(things.get("one", make))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    other = things.get("other", lambda: "at once")
    gate.set()
    for thread in threads:
        thread.join(30)
    assert other == "at once"
    assert len(calls) == 1
    assert len(set(map(id, found))) == 1


def test_what_fails_is_tried_again() -> None:
    things = SharedThings()
    with pytest.raises(ValueError, match="no"):
        things.get("one", lambda: (_ for _ in ()).throw(ValueError("no")))
    assert things.get("one", lambda: 1) == 1


def test_arguments_that_follow_from_others_do_not_count() -> None:
    calls = []

    @shared
    def square(number: int, _own: object, power: int = 2) -> int:
        calls.append(number)
        return int(number**power)

    assert square(3, object()) == square(3, _own=[]) == square(number=3, _own={}, power=2) == 9
    assert square(3, None, 3) == 27
    assert calls == [3, 3]


@dataclass
class Holder:
    """Something of ours that grows."""

    one: np.ndarray
    known: dict = field(default_factory=dict)


Holder.__module__ = "explorer.somewhere"


def test_sizes_count_arrays_at_any_depth_and_each_once() -> None:
    array = grey(1)
    assert size_of([array, array[3:], {1: array}, partial(print, array)]) == MB
    assert size_of(array[:10]) == MB, "a part keeps the whole"
    assert size_of(Holder(array, {"x": grey(2)})) // MB == 3
    weight = torch.zeros(MB // 4)
    assert size_of([weight, weight.view(2, -1)]) == MB
    assert list(sizes_of([array, [array, "ten letter"]])) == [MB, 10]
    loop: list = [array]
    loop.append(loop)
    assert size_of(loop) == MB


def test_a_model_weighs_what_its_weights_and_codes_do() -> None:
    checkpoint = load_checkpoint(GALLERY / "mnist-vae")
    wanted = sum(4 * one.numel() for one in checkpoint.model.parameters())
    wanted += checkpoint.codes.mean.nbytes + checkpoint.codes.scale.nbytes
    assert wanted <= size_of(checkpoint) < 1.2 * wanted
    assert size_of([load_dataset("digits")]) == 0
