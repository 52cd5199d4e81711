"""Everything a user can set, and the widgets that keep it in the URL."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, TypeVar

import streamlit as st
from streamlit.elements.lib.mutable_tab_container import TabContainer

from explorer.session.links import note
from explorer.session.words import plain

T = TypeVar("T")

_LONGEST = 200  # letters of what a link asked for that are repeated


class Setting(StrEnum):
    """Everything a user can set, by its name in the URL."""

    MODEL = "model"
    PINS = "pins"
    HIDDEN = "hide"
    LAYERS = "layers"
    COLOUR = "colour"
    PATH = "path"
    STEPS = "steps"
    TAB = "tab"
    REPLAY = "replay"
    DATASET = "data"
    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"
    COMPARE_PINS = "marks"
    COMPARE_SEED = "draws"
    SERIES = "series"
    KL_WEIGHT = "beta"
    VIEW = "view"
    SWEEP_TAB = "along"
    LAB_TAB = "lab"
    RUN = "run"
    SWEPT_RUN = "sweep"
    SAMPLED_MODEL = "from"
    SOURCE = "source"
    SEED = "seed"
    COUNT = "count"
    TEMPERATURE = "temperature"
    COMPONENTS = "components"
    BY_HAND = "by-hand"
    DRAW = "draw"
    DRAWN_MODEL = "encoder"
    INFORMED_MODEL = "of"
    INFORMATION_TAB = "about"
    INFORMATION_PINS = "image"
    JUDGED_IMAGES = "images"
    OBSERVED = "observed"
    INPUT = "input"
    STROKES = "strokes"
    FIELD = "field"
    HOLE_PART = "part"
    HOLE_PINS = "hunt"
    HOLE_DISTANCE = "far"
    HOLE_ENTROPY = "unclear"
    HOLE_RATIO = "empty"
    OVER_SEEDS = "seeds"
    GEOMETRY_MODEL = "geo-model"
    GEOMETRY_PINS = "geo-pins"
    GEOMETRY_FIELD = "geo-field"
    INDICATRICES = "geo-ellipses"
    GEOMETRY_TAB = "geo-tab"
    NOISE = "geo-noise"
    DETAIL = "detail"
    LIVE_FAMILY = "live-model"
    LIVE_KL_WEIGHT = "live-beta"
    LIVE_SCALE = "live-sigma"
    LIVE_DIMENSIONS = "live-dims"
    LIVE_SPEED = "live-speed"
    LIVE_SEED = "live-seed"


def choose(
    setting: Setting,
    label: str,
    options: Sequence[T],
    *,
    default: T | None = None,
    show: Callable[[T], str] = str,
    help: str | None = None,
) -> T:
    """A drop-down list bound to the URL. If the URL asks for something that is not among the
    options, the page says so and stops until another one is chosen: it must not show something else
    in its place."""
    missing = _missing(setting, [show(option) for option in options])
    first = 0 if default is None else list(options).index(default)
    chosen = st.selectbox(
        label,
        options,
        index=None if missing else first,
        format_func=show,
        key=setting.value,
        bind="query-params",
        placeholder="Choose one",
        help=help,
    )
    if chosen is None:
        st.info(
            f"The link asks for {label.lower()} “{plain(missing)}”, which is not here. "
            "Choose one from the menu."
        )
        st.stop()
    st.session_state.pop(_asked(setting), None)
    note(setting, show(chosen))
    return chosen


def _missing(setting: Setting, shown: Sequence[str]) -> str | None:
    """What the URL has asked for since the page was opened, if it is not among what is here."""
    wanted = st.query_params.get(setting)
    if wanted and wanted not in shown and setting.value not in st.session_state:
        st.session_state[_asked(setting)] = wanted[:_LONGEST]
    missing: str | None = st.session_state.get(_asked(setting))
    return missing


def _asked(setting: Setting) -> str:
    return f"{setting}: what a link asked for, which is not here"


def pick(
    setting: Setting,
    label: str,
    options: Sequence[str],
    show: Callable[[str], str] = str,
    help: str | None = None,
) -> str:
    """A few options side by side, bound to the URL; the first is the default."""
    picked = st.segmented_control(
        label,
        options,
        default=options[0],
        format_func=show,
        key=setting.value,
        bind="query-params",
        required=True,
        help=help,
    )
    chosen = picked or options[0]  # an empty value in the URL gives None, required or not
    note(setting, show(chosen))
    return chosen


def set_widget(setting: Setting, value: str) -> None:
    """Set a widget from a callback: it shows the value in the next run."""
    st.session_state[setting.value] = value


def switch(setting: Setting, label: str, help: str | None = None) -> bool:
    """An on/off switch bound to the URL, off at first."""
    on = st.toggle(label, key=setting.value, bind="query-params", help=help)
    note(setting, str(on).lower())
    return on


def tabs(setting: Setting, labels: Sequence[str]) -> Sequence[TabContainer]:
    """Tabs bound to the URL; only the one that is ``open`` needs filling."""
    made = st.tabs(labels, key=setting.value, on_change="rerun", bind="query-params")
    for label, tab in zip(labels, made, strict=True):
        if tab.open:
            note(setting, label)
    return made


def slide(
    setting: Setting,
    label: str,
    low: float,
    high: float,
    default: float,
    step: float,
    help: str | None = None,
) -> Any:
    """A slider bound to the URL; returns a number of the same type as its arguments."""
    value = st.slider(
        label, low, high, default, step, key=setting.value, bind="query-params", help=help
    )
    note(setting, str(value))
    return value


def number(setting: Setting, label: str, low: int, high: int, default: int, help: str = "") -> int:
    """A field for a whole number, bound to the URL."""
    typed = st.number_input(  # with floats: with integers Streamlit fails on ?seed=inf
        label,
        float(low),
        float(high),
        float(default),
        step=1.0,
        format="%.0f",
        key=setting.value,
        bind="query-params",
        help=help or None,
    )
    note(setting, f"{typed:.0f}")
    return int(typed)
