"""Results too slow for a page to wait for: computed in the background, shown when ready."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import Generic, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.session.backroom import USUAL_SECONDS, Backroom, Order

T = TypeVar("T")

LOOK_SECONDS = 0.3  # between two checks for results
_AWAITED = "what this page waits for"


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """The state of a computation.

    Attributes:
        ready: whether it has ended.
        value: its result; None until it is ready, or if it failed.
        trouble: a sentence that says why it failed; empty if it did not.
        about: if it is not ready, the expected number of seconds until it is, with those for
            which other computations come first.
    """

    ready: bool
    value: T | None = None
    trouble: str = ""
    about: float = 0.0


@cache
def _backroom() -> Backroom:
    return Backroom()


def later(
    key: tuple[Hashable, ...],
    compute: Callable[[], T],
    *,
    like: Hashable = None,
    guess: float = USUAL_SECONDS,
) -> Outcome[T]:
    """The state of the computation that ``key`` names, such as (what, a checkpoint's digest).

    The page goes on without the result. A new computation starts only in ``await_later``, at the
    end of the page, so that it does not take the processor from a page being drawn; the page runs
    again when the result is ready. ``compute`` runs in a thread and must not use Streamlit. A
    ValueError, whose message is written for visitors, comes back as ``trouble``; any other
    exception is raised here.

    Args:
        key: names the computation.
        compute: makes the result.
        like: computations with the same value take about equally long; by default those whose key
            begins with the same item.
        guess: how many seconds, as long as none like it has been made on this machine.
    """
    room = _backroom()
    future = room.find(key)
    if future is None or not future.done():
        awaited: dict[Hashable, Order] = st.session_state.setdefault(_AWAITED, {})
        awaited[key] = Order(compute, key[0] if like is None else like, guess, _visitor())
        about = room.seconds_until(key)
        if future is None:  # it comes after what this page has asked for before
            about += sum(room.expected(awaited[one]) for one in awaited if not room.find(one))
        return Outcome(ready=False, about=about)
    try:
        return Outcome(ready=True, value=future.result())
    except ValueError as error:
        return Outcome(ready=True, trouble=str(error))
    except BaseException:
        room.forget(key)
        raise


def _visitor() -> str:
    context = get_script_run_ctx()
    return context.session_id if context else ""


def await_later() -> None:
    """To be called at the end of a page: starts the computations that the page asked for, drops
    those that it asked for before, and runs the page again when one is ready."""
    awaited: dict[Hashable, Order] = st.session_state.pop(_AWAITED, {})
    _backroom().only_wanted(_visitor(), awaited)
    if awaited:
        futures = {key: _backroom().ask(key, order) for key, order in awaited.items()}
        st.fragment(run_every=LOOK_SECONDS)(_look)(futures)


def _look(futures: dict[Hashable, Future]) -> None:
    _backroom().still_wanted(_visitor(), futures)
    if any(future.done() for future in futures.values()):
        st.rerun()
