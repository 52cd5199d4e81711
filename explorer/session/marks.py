"""A pad's marks in the URL, which are not widgets: pins, hidden classes, shown layers, frame."""

from collections.abc import Callable, Collection, Sequence

import streamlit as st

from explorer.analysis.geometry import Box
from explorer.components.latent_pad import Film, PadPlane, PadState, PathStyle, Pin, latent_pad
from explorer.components.latent_pad.atlas import Atlas
from explorer.figures import Colour
from explorer.session.later import later
from explorer.session.links import note
from explorer.session.settings import Setting

FIRST_LAYERS = ("points", "prior")


def _read(setting: str) -> str | None:
    """The value in the URL of a setting that is not a widget. A change of page empties the URL;
    then the last value that it had."""
    text = st.query_params.get(setting, st.session_state.get(_kept(setting)))
    if text is not None:
        _write(setting, text)
    return text


def read_word(setting: Setting) -> str | None:
    """The value in the URL of a setting that is not a widget; None if it never had one."""
    return _read(setting)


def _write(setting: str, text: str) -> None:
    st.session_state[_kept(setting)] = text
    if st.query_params.get(setting) != text:
        st.query_params[setting] = text


def remember(setting: Setting, word: str) -> None:
    """Write to the URL what a visitor chose outside the pad, as if it came from a link. May be
    called from a callback; the pad takes the value over in the next run."""
    _write(setting, word)


def _kept(setting: str) -> str:
    return f"{setting}: what the URL said last"


def read_pins(setting: Setting, default: Sequence[Pin]) -> tuple[Pin, ...]:
    """The pins in the URL, or the default if there are none; unreadable ones are left out.

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
    """Write the pins to the URL; an empty list too, so that a cleared plane stays cleared."""
    _write(setting, _pins_text(pins))


def _pins_text(pins: Sequence[Pin]) -> str:
    return ";".join(
        f"{pin.plane},{pin.x:.7g},{pin.y:.7g}" + ("" if pin.point is None else f",{pin.point}")
        for pin in pins
    )


def _classes_text(hidden: Collection[int]) -> str:
    return ",".join(str(c) for c in sorted(hidden))


def _layers_text(layers: Collection[str]) -> str:
    return ",".join(sorted(layers))


def read_set(setting: str, default: Sequence[str]) -> frozenset[str]:
    """A set of words in the URL, separated by commas."""
    text = _read(setting)
    return frozenset(default if text is None else text[:400].split(","))


def show_pad(
    shown: Sequence[PadPlane | Film],
    *,
    classes: Sequence[str],
    palette: Sequence[str | Colour],
    key: str,
    height: int | None = None,
    pins: Setting | None = None,
    first_pins: Sequence[Pin] = (),
    hidden: str = Setting.HIDDEN,
    frame: Setting | None = None,
    first_frame: int = 0,
    path: PathStyle | None = None,
    marks: Callable[[PadPlane, PadState], PadPlane] | None = None,
    first_layers: Sequence[str] = FIRST_LAYERS,
) -> PadState:
    """A pad whose marks are kept in the URL; hidden classes and shown layers apply to all pages.

    Args:
        shown: what the pad shows.
        classes: names of the classes.
        palette: their colours.
        key: distinguishes this pad from others.
        height: of a plane, in CSS pixels; by default as many as the window allows.
        pins: the URL parameter for the pins; None for a pad whose pins are not kept.
        first_pins: the pins if the URL has none.
        hidden: the URL parameter for hidden classes; a pad whose colours are not classes has
            another one.
        frame: the URL parameter for the frame, which is given by its name in the first film.
        first_frame: the frame if the URL has none.
        path: the film strip through the pins, if there is one.
        marks: adds to a plane the marks that depend on the pins.
        first_layers: the layers shown if the URL has none.
    """
    names = next((film.names for film in shown if isinstance(film, Film)), ())
    given = read_state(pins, first_pins, frame, names, first_frame, first_layers, hidden)
    tall = "" if height else "tall together " if len(shown) > 1 else "tall "
    with st.container(key=f"pad of {tall}{key}"):  # where the style sheet finds it
        state = latent_pad(
            shown,
            classes=classes,
            palette=palette,
            pins=given.pins,
            hidden=given.hidden,
            layers=given.layers,
            frame=given.frame,
            path=path,
            marks=marks,
            links=_links(pins or frame, hidden),
            make_atlas=_atlas_later,
            height=height,
            key=key,
        )
    write_state(state, given, pins, frame, names, hidden)
    _note_state(state, pins, frame, names, hidden)
    return state


def _links(mine: Setting | None, hidden: str) -> dict[str, str]:
    """The URL parameters that the browser writes itself; ``mine`` is one that only this pad has."""
    common = {"hidden": str(hidden), "layers": Setting.LAYERS.value}
    return common | ({"zoom": f"{mine}-zoom", "walk": f"{mine}-walk"} if mine else {})


def _note_state(
    state: PadState, pins: Setting | None, frame: Setting | None, names: Sequence[str], hidden: str
) -> None:
    """Note all marks for links, also those that are as at first."""
    if pins:
        note(pins, _pins_text(state.pins))
    if frame:
        note(frame, names[state.frame])
    note(hidden, _classes_text(state.hidden))
    note(Setting.LAYERS, _layers_text(state.layers))


def _atlas_later(plane: PadPlane, box: Box) -> Atlas | None:
    """An atlas made in the background: for large images it takes seconds."""
    maker = plane.atlases
    if maker is None:
        return None
    return later(("atlas", plane.key, *box), lambda: maker.of(box)).value


def read_state(
    pins: Setting | None,
    first_pins: Sequence[Pin] = (),
    frame: Setting | None = None,
    names: Sequence[str] = (),
    first_frame: int = 0,
    first_layers: Sequence[str] = FIRST_LAYERS,
    hidden: str = Setting.HIDDEN,
) -> PadState:
    """A pad's marks as the URL gives them."""
    greyed = read_set(hidden, ())
    return PadState(
        read_pins(pins, first_pins) if pins else (),
        frozenset(int(part) for part in greyed if part.isascii() and part.isdigit()),
        read_set(Setting.LAYERS, first_layers),
        _read_name(frame, names, first_frame) if frame else first_frame,
    )


def _read_name(setting: Setting, names: Sequence[str], default: int) -> int:
    """The index of the name in the URL; the default if the name is unknown."""
    text = _read(setting)
    return list(names).index(text) if text is not None and text in names else default


def write_state(
    state: PadState,
    given: PadState,
    pins: Setting | None,
    frame: Setting | None = None,
    names: Sequence[str] = (),
    hidden: str = Setting.HIDDEN,
) -> None:
    """Write to the URL what the visitor changed on the pad."""
    if pins and state.pins != given.pins:
        write_pins(pins, state.pins)
    if state.hidden != given.hidden:
        _write(hidden, _classes_text(state.hidden))
    if state.layers != given.layers:
        _write(Setting.LAYERS, _layers_text(state.layers))
    if frame and state.frame != given.frame:
        _write(frame, names[state.frame])
