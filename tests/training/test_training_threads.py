"""Threads are given back, whatever happened meanwhile."""

from __future__ import annotations

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
