"""An address and a session state without a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import streamlit as st


class Address:
    """Query parameters and session state without a browser."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.words: dict[str, str] = {}
        self.kept: dict[str, str] = {}
        patch.setattr(st, "query_params", self.words)
        patch.setattr(st, "session_state", self.kept)

    def fresh(self, **words: str) -> None:
        """Start a new visit from a link with these query parameters."""
        self.kept.clear()
        self.words.clear()
        self.words.update(words)


@pytest.fixture(scope="module")
def address() -> Iterator[Address]:
    """Shared by all examples of a module; each starts a new visit, or writes before it reads."""
    with pytest.MonkeyPatch.context() as patch:
        yield Address(patch)
