"""What is being computed, as all pages show it: a quiet pulse, and how long it will take.

It must not look like what is not defined, which is a dash with its reason.
"""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from explorer import session

T = TypeVar("T")

_MINUTE = 60.0


def about(seconds: float) -> str:
    """A rough duration: ``about 5 s``, ``about 2 min``."""
    if seconds < 10:
        return f"about {max(1, round(seconds))} s"
    if seconds < 1.5 * _MINUTE:
        return f"about {5 * round(seconds / 5)} s"
    return f"about {round(seconds / _MINUTE)} min"


def pulsing(words: str) -> str:
    """Words in Markdown that Streamlit lets fade in and out, unless the visitor prefers less
    motion."""
    return f":shimmer[{words}]"


def computing(seconds: float) -> str:
    """Words in Markdown for a result that will be there in so many seconds."""
    return pulsing(f"computing, {about(seconds)}")


def shown(outcome: session.Outcome[T], tell: Callable[[T], str], nothing: str) -> str:
    """A result in Markdown in a place that is meant for a number, ``nothing`` if it failed, or that
    it is being computed."""
    if outcome.value is not None:
        return tell(outcome.value)
    return nothing if outcome.ready else f":small[{computing(outcome.about)}]"


def show_pending(what: str, outcome: session.Outcome) -> None:
    """Say in a caption that something is being computed, or why it failed."""
    st.caption(outcome.trouble or f"{what}: {computing(outcome.about)}")
