"""Threads are given back, whatever happened meanwhile."""

from __future__ import annotations

import pytest
import torch

from explorer.threads import one_thread


def test_threads_are_given_back_after_an_error():
    before = torch.get_num_threads()
    inside = []

    def fail() -> None:
        with one_thread():
            inside.append(torch.get_num_threads())
            raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        fail()
    assert inside == [1]
    assert torch.get_num_threads() == before
