"""Widgets as the server describes them to the browser, and what a visitor may do with them."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.WidgetStates_pb2 import WidgetState

KINDS = (
    "button",
    "button_group",
    "checkbox",
    "number_input",
    "selectbox",
    "slider",
    "text_input",
)
_MOST_STEPS = 10  # of a slider or a number, in one move


@dataclass(frozen=True)
class Widget:
    """A widget on a page: its id, what it is called, its kind, and its description."""

    id: str
    label: str
    kind: str
    proto: Any
    options: tuple[str, ...] = ()

    @property
    def parameter(self) -> str:
        """The query parameter that it is bound to; empty if to none."""
        return getattr(self.proto, "query_param_key", "")


def widgets_in(delta: Delta) -> Iterator[Widget]:
    """The widget that a message puts on the page, if it is one that a visitor can use."""
    if delta.WhichOneof("type") == "add_block":
        block = delta.add_block
        if block.WhichOneof("type") == "tab_container" and block.tab_container.id:
            yield Widget(
                block.tab_container.id, "tabs", "tabs", block.tab_container
            )  # as yet empty
        return
    kind = delta.new_element.WhichOneof("type")
    if delta.WhichOneof("type") == "new_element" and kind in KINDS:
        proto = getattr(delta.new_element, kind)
        if not proto.disabled:
            options = getattr(proto, "options", ())
            names = tuple(one if isinstance(one, str) else one.content for one in options)
            yield Widget(proto.id, proto.label, kind, proto, names)


def pressed(widget: Widget) -> WidgetState:
    """The state of a button that is being pressed."""
    return WidgetState(id=widget.id, trigger_value=True)


def typed(widget: Widget, text: str | float) -> WidgetState:
    """The state of a field into which something was typed."""
    if widget.kind == "number_input":
        return WidgetState(id=widget.id, double_value=float(text))
    return WidgetState(id=widget.id, string_value=str(text))


def moved(widget: Widget, chance: random.Random) -> tuple[WidgetState, str] | None:
    """Another state of a widget, chosen at random, and its words in the URL; None for what cannot
    be moved, such as a button."""
    state, proto = WidgetState(id=widget.id), widget.proto
    match widget.kind:
        case "checkbox":
            state.bool_value = chance.random() < 0.5
            return state, str(state.bool_value).lower()
        case "selectbox" | "tabs" if widget.options:
            state.string_value = chance.choice(widget.options)
            return state, state.string_value
        case "button_group" if widget.options:
            state.string_array_value.data[:] = [chance.choice(widget.options)]
            return state, state.string_array_value.data[0]
        case "slider" if widget.options:
            state.string_array_value.data[:] = [chance.choice(widget.options)]
            return state, state.string_array_value.data[0]
        case "slider" if len(proto.default) == 1:
            value = _stepped(proto.default[0], proto.step, proto.min, proto.max, chance)
            state.double_array_value.data[:] = [value]
            return state, f"{value:.7g}"
        case "number_input":
            low = proto.min if proto.has_min else -math.inf
            high = proto.max if proto.has_max else math.inf
            value = _stepped(proto.default, proto.step or 1.0, low, high, chance)
            state.double_value = value
            return state, f"{value:.7g}"
    return None


def _stepped(value: float, step: float, low: float, high: float, chance: random.Random) -> float:
    return min(high, max(low, value + step * chance.randint(-_MOST_STEPS, _MOST_STEPS)))
