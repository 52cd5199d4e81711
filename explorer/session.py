"""The only owner of session state, query parameters and Streamlit's caches.

All state a user sets is declared in ``Setting`` and stands in the URL under that name, so that a
link brings back the screen. Widgets are bound to the URL by Streamlit; the pad's marks, which are
no widget, are written there by ``remember_pad``. Models and data sets are loaded once per server.
"""

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

import streamlit as st

from explorer.checkpoints import (
    Checkpoint,
    CheckpointError,
    checkpoint_names,
    find_checkpoint,
    load_checkpoint,
    read_spec,
)
from explorer.components.latent_pad import PadState, Pin
from explorer.datasets import DATASETS, ImageDataset, data_folder, load_dataset
from explorer.specs import CheckpointSpec

T = TypeVar("T")


class Setting(StrEnum):
    """Everything a user can set, by its name in the URL."""

    MODEL = "model"
    PINS = "pins"
    HIDDEN = "hide"
    LAYERS = "layers"
    PATH = "path"
    STEPS = "steps"
    DATASET = "data"
    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"
    COMPARE_PINS = "marks"
    COMPARE_SEED = "draws"
    SERIES = "series"
    KL_WEIGHT = "beta"
    SAMPLED_MODEL = "from"
    SOURCE = "source"
    SEED = "seed"
    COUNT = "count"
    TEMPERATURE = "temperature"
    COMPONENTS = "components"
    DRAW = "draw"


def choose(
    setting: Setting,
    label: str,
    options: Sequence[T],
    *,
    default: T | None = None,
    show: Callable[[T], str] = str,
    help: str | None = None,
    collapsed: bool = False,
) -> T:
    """A drop-down list bound to the URL. An option the URL names wrongly is ignored."""
    return st.selectbox(
        label,
        options,
        index=0 if default is None else list(options).index(default),
        format_func=show,
        key=setting.value,
        bind="query-params",
        help=help,
        label_visibility="collapsed" if collapsed else "visible",
    )


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
    return picked or options[0]  # an empty value in the URL gives None, required or not


def slide(
    setting: Setting,
    label: str,
    low: float,
    high: float,
    default: float,
    step: float,
    help: str | None = None,
) -> Any:
    """A slider bound to the URL; gives the type of its arguments back."""
    return st.slider(
        label, low, high, default, step, key=setting.value, bind="query-params", help=help
    )


def slide_along(
    setting: Setting,
    label: str,
    options: Sequence[T],
    default: T,
    show: Callable[[T], str] = str,
    help: str | None = None,
) -> T:
    """A slider over given options, bound to the URL."""
    return st.select_slider(
        label,
        options,
        default,
        format_func=show,
        key=setting.value,
        bind="query-params",
        help=help,
    )


def number(setting: Setting, label: str, low: int, high: int, default: int, help: str = "") -> int:
    """A whole number typed in, bound to the URL."""
    typed = st.number_input(  # of floats, since of integers Streamlit fails on ?seed=inf
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
    return int(typed)


def _read(setting: Setting) -> str | None:
    """What the URL says of a setting that is no widget; a change of page empties the URL, and then
    what it said last."""
    text = st.query_params.get(setting.value, st.session_state.get(_kept(setting)))
    if text is not None:
        _write(setting, text)
    return text


def _write(setting: Setting, text: str) -> None:
    st.session_state[_kept(setting)] = text
    if st.query_params.get(setting.value) != text:
        st.query_params[setting.value] = text


def _kept(setting: Setting) -> str:
    return f"{setting.value}: what the URL said last"


def read_pins(setting: Setting, default: Sequence[Pin]) -> tuple[Pin, ...]:
    """The pins the URL names, or the default if it names none; what cannot be read is left out.

    A pin is written ``plane,x,y`` or ``plane,x,y,point``; pins are separated by ``;``.
    """
    text = _read(setting)
    if text is None:
        return tuple(default)
    pins = (_read_pin(part) for part in text[:4000].split(";"))
    return tuple(pin for pin in pins if pin is not None)


def _read_pin(text: str) -> Pin | None:
    plane, *rest = text.split(",")
    try:
        x, y = float(rest[0]), float(rest[1])
        return Pin(int(plane), x, y, int(rest[2]) if len(rest) > 2 else None)
    except (ValueError, IndexError):
        return None


def write_pins(setting: Setting, pins: Sequence[Pin]) -> None:
    """Put the pins into the URL; an empty list too, so that a cleared plane stays cleared."""
    words = (
        f"{pin.plane},{pin.x:.7g},{pin.y:.7g}" + ("" if pin.point is None else f",{pin.point}")
        for pin in pins
    )
    _write(setting, ";".join(words))


def read_set(setting: Setting, default: Sequence[str]) -> frozenset[str]:
    """A set of words in the URL, separated by commas."""
    text = _read(setting)
    return frozenset(default if text is None else text[:400].split(","))


@dataclass(frozen=True)
class PadSettings:
    """What a pad on a page was last told by the visitor or the link."""

    pins: tuple[Pin, ...]
    hidden: frozenset[int]
    layers: frozenset[str]


def pad_settings(
    pins: Setting | None, default_pins: Sequence[Pin], default_layers: Sequence[str]
) -> PadSettings:
    """The pad's marks as the URL has them; classes hidden and layers shown hold on every page.

    ``pins`` is None for a pad whose pins mean nothing and are not kept.
    """
    hidden = read_set(Setting.HIDDEN, ())
    return PadSettings(
        read_pins(pins, default_pins) if pins else (),
        frozenset(int(part) for part in hidden if part.isascii() and part.isdigit()),
        read_set(Setting.LAYERS, default_layers),
    )


def remember_pad(pins: Setting | None, state: PadState, given: PadSettings) -> None:
    """Put into the URL what the visitor changed on the pad."""
    if pins and state.pins != given.pins:
        write_pins(pins, state.pins)
    if state.hidden != given.hidden:
        _write(Setting.HIDDEN, ",".join(str(c) for c in sorted(state.hidden)))
    if state.layers != given.layers:
        _write(Setting.LAYERS, ",".join(sorted(state.layers)))


@st.cache_resource
def freeze_garbage_collector() -> None:
    """Take what is loaded at start-up out of garbage collection, once per server.

    Streamlit collects after every run of the script; without this each collection walks all of
    torch, and many sessions wait for one another.
    """
    gc.collect()
    gc.freeze()


@dataclass(frozen=True)
class Listed:
    """A checkpoint in a menu: its spec, or why it cannot be read."""

    name: str
    spec: CheckpointSpec | None
    problem: str | None


def listed_checkpoints() -> list[Listed]:
    """All checkpoints, the broken ones with their reason."""
    entries = []
    for name in checkpoint_names():
        try:
            entries.append(Listed(name, _spec(name, _stamp(name)), None))
        except CheckpointError as error:
            entries.append(Listed(name, None, str(error)))
    return entries


def checkpoint(name: str) -> Checkpoint:
    """A checkpoint, loaded once per server and shared by all sessions, which only read it.

    Raises:
        CheckpointError: it cannot be read.
    """
    return _checkpoint(name, _stamp(name))


def _stamp(name: str) -> int:
    """When the checkpoint was written: a new one under an old name is another cache entry."""
    try:
        return (find_checkpoint(name) / "spec.json").lstat().st_mtime_ns
    except OSError:
        return 0


@st.cache_data(show_spinner=False)
def _spec(name: str, stamp: int) -> CheckpointSpec:
    return read_spec(find_checkpoint(name))


@st.cache_resource(show_spinner=False, max_entries=64)
def _checkpoint(name: str, stamp: int) -> Checkpoint:
    return load_checkpoint(find_checkpoint(name))


def local_dataset(name: str) -> ImageDataset | None:
    """A data set, loaded once per server, or None if its files would have to be fetched first.

    Raises:
        DatasetUnavailable: its files are there but broken.
    """
    return _dataset(name) if DATASETS[name].is_here(data_folder()) else None


def fetch_dataset(name: str) -> None:
    """Fetch a data set's files, with a bar that shows how far it is.

    Raises:
        DatasetUnavailable: they cannot be had.
    """
    bar = st.progress(0.0, f"Getting {DATASETS[name].title}")

    def report(text: str, share: float) -> None:
        bar.progress(share, text)

    try:
        load_dataset(name, report)
    finally:
        bar.empty()


@st.cache_resource(show_spinner=False)
def _dataset(name: str) -> ImageDataset:
    return load_dataset(name)


def cached(function: Callable[..., T]) -> Callable[..., T]:
    """Keep what a function of names and numbers computed; shared by all sessions."""
    return st.cache_data(show_spinner=False, max_entries=256)(function)
