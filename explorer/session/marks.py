"""A pad's marks in the URL: pins, hidden classes and shown layers, which are no widgets."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from explorer.components.latent_pad import PadState, Pin
from explorer.session.settings import Setting


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
