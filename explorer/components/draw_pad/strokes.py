"""Validate the strokes that the browser reports. This module is independent of Streamlit."""

from __future__ import annotations

import math
from itertools import islice

from explorer.datasets.ink import Point, Stroke

MAX_STROKES = 40
MAX_POINTS = 400  # per stroke


def read_strokes(raw: object) -> tuple[Stroke, ...] | None:
    """The strokes in whatever the browser or a link sent, or None if that is not a list.

    Invalid points and strokes without points are dropped; coordinates are clamped to the field;
    anything beyond the limits is cut off.
    """
    if not isinstance(raw, list | tuple):
        return None
    strokes = (_stroke(part) for part in raw[: 2 * MAX_STROKES])  # a huge list costs nothing
    return tuple(islice((stroke for stroke in strokes if stroke), MAX_STROKES))


def _stroke(raw: object) -> Stroke:
    if not isinstance(raw, list | tuple):
        return ()
    points = (_point(part) for part in raw[: 2 * MAX_POINTS])
    return tuple(islice((point for point in points if point), MAX_POINTS))


def _point(raw: object) -> Point | None:
    if not isinstance(raw, list | tuple) or len(raw) != 2:
        return None
    x, y = (_coordinate(part) for part in raw)
    return None if x is None or y is None else (x, y)


def _coordinate(raw: object) -> float | None:
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        return None
    if isinstance(raw, float) and math.isnan(raw):  # JSON may hold integers too large for a float
        return None
    return float(min(1, max(0, raw)))
