"""What the pad and Python exchange: pins, hidden classes, shown layers, the frame.

This module is independent of Streamlit. Values from the browser are untrusted and pass through
:func:`read_message`; :func:`settle` decides which side wins if both have changed something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.geometry import Box

LAYERS = ("grid", "field", "prior", "contours", "points", "ellipses", "dots")
MAX_PINS = 26  # one per letter
_REVISIONS = 2**53  # JavaScript's integers are exact up to here
_FARTHEST = 1e30  # pins beyond it are dropped: decoders compute in float32, which ends at 3e38

Codes = Sequence[NDArray[Any]]  # one (N, 2) array per plane


@dataclass(frozen=True)
class Pin:
    """A place picked on a plane; ``point`` is the index of the image pinned there, if any."""

    plane: int
    x: float
    y: float
    point: int | None = None

    def to_json(self) -> list[float]:
        """As short as possible, since all pins are sent whenever one is set."""
        place = [self.plane, self.x, self.y]
        return place if self.point is None else [*place, self.point]


@dataclass(frozen=True)
class PadState:
    """What the pad shows besides its data: pins in the order A, B, C…, hidden classes, layers, and
    the frame at which its films rest."""

    pins: tuple[Pin, ...] = ()
    hidden: frozenset[int] = frozenset()
    layers: frozenset[str] = frozenset({"points", "prior"})
    frame: int = 0

    def to_json(self) -> dict[str, Any]:
        """The state as it is sent to the browser, in the form in which it comes back."""
        return {
            "pins": [pin.to_json() for pin in self.pins],
            "hidden": sorted(self.hidden),
            "layers": [name for name in LAYERS if name in self.layers],
            "frame": self.frame,
        }


@dataclass(frozen=True)
class Message:
    """A state sent by the browser, and the last takeover that it had seen by then.

    ``views`` are the parts of the planes to be decoded at a finer resolution, None for the whole.
    """

    state: PadState
    revision: int | None = None
    views: tuple[Box | None, ...] = ()


@dataclass(frozen=True)
class Memory:
    """What a session remembers of a pad between reruns.

    ``asked`` is what the page passed last time, ``known`` is what the pad shows as far as Python
    can tell, and ``revision`` counts how often Python has overruled the browser.
    """

    asked: PadState
    known: PadState
    revision: int = 0


def settle(memory: Memory | None, asked: PadState, message: Message | None) -> Memory:
    """Decide what the pad shows now, field by field.

    The browser's state stands until the page *changes* an argument to something that the browser
    did not just send. A page that always passes the same thing therefore never undoes a click,
    and neither does one that passes back, one rerun late, what the pad had returned (the usual
    way through the URL). Anything else the page asks for (a link, a "clear" button) is a
    takeover: it raises the revision, and a message sent before the browser has seen that
    revision is stale.
    """
    if memory is None:
        if message is None:
            return Memory(asked, asked)
        # There is already a message (from a test, a page that restores a session): start from it.
        return Memory(asked, message.state, message.revision or 0)

    fresh = message is not None and message.revision in (None, memory.revision)
    current = message.state if message and fresh else memory.known
    taken_over = {
        name: getattr(asked, name)
        for name in ("pins", "hidden", "layers", "frame")
        if getattr(asked, name) != getattr(memory.asked, name)
        and getattr(asked, name) not in (getattr(memory.known, name), getattr(current, name))
    }
    return Memory(asked, replace(current, **taken_over), memory.revision + bool(taken_over))


def requested_state(state: PadState, codes: Codes, n_classes: int, n_frames: int = 1) -> PadState:
    """The state that a page asks for. It may come from a link that was typed, so it is checked."""
    return PadState(
        pins=_first_valid(_pin(p.plane, p.x, p.y, p.point, codes) for p in state.pins),
        hidden=_hidden(list(state.hidden), n_classes),
        layers=_layers(list(state.layers)),
        frame=_index(state.frame, n_frames) or 0,
    )


def frame_of(raw: object, n_frames: int) -> int | None:
    """The frame at which a message from the browser rests, if it names one."""
    return _index(raw.get("frame"), n_frames) if isinstance(raw, Mapping) else None


def read_message(raw: object, codes: Codes, n_classes: int, n_frames: int = 1) -> Message | None:
    """Build a :class:`Message` from whatever the browser sent; bad parts are dropped.

    ``None`` if there is nothing usable at all (the pad has not reported yet).
    """
    if not isinstance(raw, Mapping):
        return None
    pins = raw.get("pins")
    pins = pins[: 2 * MAX_PINS] if isinstance(pins, list) else []  # a huge list costs nothing
    state = PadState(
        pins=_first_valid(
            _pin(pin[0], pin[1], pin[2], pin[3] if len(pin) == 4 else None, codes)
            for pin in pins
            if isinstance(pin, list) and len(pin) in (3, 4)
        ),
        hidden=_hidden(raw.get("hidden"), n_classes),
        layers=_layers(raw.get("layers")),
        frame=frame_of(raw, n_frames) or 0,
    )
    return Message(state, _index(raw.get("revision"), _REVISIONS), _views(raw.get("views"), codes))


def _views(raw: object, codes: Codes) -> tuple[Box | None, ...]:
    values = raw[: len(codes)] if isinstance(raw, list) else []
    return tuple(_box(value) for value in values)


def _box(raw: object) -> Box | None:
    """A part of a plane that is finite, not empty, and not too small for float32 to resolve."""
    if not isinstance(raw, list) or len(raw) != 4:
        return None
    xmin, xmax, ymin, ymax = (_finite(value) for value in raw)
    if xmin is None or xmax is None or ymin is None or ymax is None:
        return None
    reach = max(map(abs, (xmin, xmax, ymin, ymax)))
    fits = min(xmax - xmin, ymax - ymin) > 1e-6 * reach
    return (xmin, xmax, ymin, ymax) if fits else None


def _pin(plane: object, x: object, y: object, point: object, codes: Codes) -> Pin | None:
    plane_index = _index(plane, len(codes))
    if plane_index is None:
        return None
    point_index = None
    if point is not None:
        point_index = _index(point, len(codes[plane_index]))
        if point_index is None:
            return None
        # A pinned image lies where its code lies now, whatever the browser says.
        x, y = codes[plane_index][point_index]
    finite_x, finite_y = _finite(x), _finite(y)
    if finite_x is None or finite_y is None:
        return None
    return Pin(plane_index, finite_x, finite_y, point_index)


def _first_valid(pins: Iterable[Pin | None]) -> tuple[Pin, ...]:
    return tuple(islice((pin for pin in pins if pin is not None), MAX_PINS))


def _hidden(raw: object, n_classes: int) -> frozenset[int]:
    values = raw[: 4 * n_classes] if isinstance(raw, list) else []
    indices = (_index(value, n_classes) for value in values)
    return frozenset(index for index in indices if index is not None)


def _layers(raw: object) -> frozenset[str]:
    values = raw[: 4 * len(LAYERS)] if isinstance(raw, list) else []
    return frozenset(name for name in LAYERS if name in values)


def _index(value: object, size: int) -> int | None:
    """``value`` as an index below ``size``, or None; ``True`` and ``1.0`` are not indices."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
        return None
    return int(value) if 0 <= value < size else None


def _finite(value: object) -> float | None:
    if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:  # JSON may hold integers too large for a float
        return None
    return number if abs(number) <= _FARTHEST else None  # None for NaN too
