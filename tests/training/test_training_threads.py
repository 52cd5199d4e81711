"""Threads are given back, whatever happened meanwhile."""

from __future__ import annotations

import threading

import pytest
import torch

from explorer.training.threads import one_thread


def fail() -> None:
    with one_thread():
        assert torch.get_num_threads() == 1
        raise ValueError("on purpose")


@pytest.mark.slow
def test_threads_are_given_back_after_an_error():
    before = torch.get_num_threads()
    with pytest.raises(ValueError, match="on purpose"):
        fail()
    assert torch.get_num_threads() == before


def test_contexts_of_two_threads_leave_the_process_as_it_was() -> None:
    """One that began within the other's took its 1 for the usual number, and restored that."""
    before = torch.get_num_threads()
    first_in, second_in, first_out = (threading.Event() for _ in range(3))

    def first() -> None:
        with one_thread():
            first_in.set()
            assert second_in.wait(30)
        first_out.set()

    def second() -> None:
        assert first_in.wait(30)
        with one_thread():
            second_in.set()
            assert first_out.wait(30)
            assert torch.get_num_threads() == 1

    found: list[int] = []
    for bodies in ((first, second), (lambda: found.append(torch.get_num_threads()),)):
        threads = [threading.Thread(target=body) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert found == [before]
    assert torch.get_num_threads() == before
