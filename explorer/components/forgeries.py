"""Values of widgets that no page has sent.

Streamlit trusts the browser: a slider that is said to hold a word, or a widget with a name that it
would never give, ends the run of the page with a traceback in the server's log. Here a value of
another type than its widget's counts as not sent, so the widget shows what it showed before.
"""

from __future__ import annotations

from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.session_state import Serialized, WStates

GIVEN = "$$ID-"  # how all names of widgets begin
_read, _take = WStates.__getitem__, WStates.set_widget_from_proto


def ignore_forgeries() -> None:
    """Ignore forged values from now on."""
    WStates.__getitem__ = _genuine  # type: ignore[method-assign]
    WStates.set_widget_from_proto = _take_named  # type: ignore[method-assign,assignment]


def _genuine(states: WStates, name: str) -> Any:
    """The value of a widget.

    Raises:
        KeyError: the widget has none, or not one of its type.
    """
    state, about = states.states.get(name), states.widget_metadata.get(name)
    if (
        isinstance(state, Serialized)
        and about is not None
        and state.value.WhichOneof("value") not in (None, about.value_type)  # None: cleared
    ):
        raise KeyError(name)
    try:
        return _read(states, name)
    except (TypeError, ValueError, IndexError, OverflowError, RecursionError):  # such as no JSON
        raise KeyError(name) from None


def _take_named(states: WStates, widget_state: WidgetState) -> None:
    """Take in the value of a widget whose name the server may have given."""
    if widget_state.id.startswith(GIVEN):
        _take(states, widget_state)
