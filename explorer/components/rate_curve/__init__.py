"""The rate–distortion curve of a sweep, with a marker that can be dragged along it.

Plotly cannot drag points, hence this small component: an SVG with a handle that snaps to the
nearest model (``web/``, where only one module uses Streamlit). The handle moves at once, and
reports its position when it rests and when it is released::

    rate_curve(rates, distortions, weights, current=2, key="curve", on_pick=remember)

In every run ``current`` sets the position of the handle, unless the run began before the browser's
last report arrived: no late answer takes the handle out of the visitor's hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from explorer.components.mount import component

__all__ = ["WEB", "rate_curve", "read_pick", "shown_rate"]

WEB = Path(__file__).parent / "web"
_MOST = 2**53  # JavaScript's integers are exact up to here


def rate_curve(
    rates: Sequence[float],
    distortions: Sequence[float],
    weights: Sequence[float],
    *,
    current: int,
    height: int = 340,
    key: str,
    on_pick: Callable[[int], None],
) -> None:
    """Distortion −E log p(x|z) against rate KL, both in nats per image, one point per KL weight
    (Alemi et al. 2018).

    Args:
        rates, distortions, weights: one value per model, in order of the weight.
        current: index of the model to mark.
        height: in CSS pixels.
        key: distinguishes this curve from others.
        on_pick: called before the rerun, with the index of the model that a visitor picked.
    """
    import streamlit as st

    def said() -> tuple[int, int] | None:
        state = st.session_state.get(key, {})
        return read_pick(state.get("pick"), len(weights))

    def heard() -> None:
        if pick := said():
            on_pick(pick[0])

    last = said()
    component("rate_curve", WEB)(
        key=key,
        data={
            "points": [
                [_finite(rate), _finite(distortion)]
                for rate, distortion in zip(rates, distortions, strict=True)
            ],
            "names": [f"{weight:g}" for weight in weights],
            "edge": shown_rate(rates, weights),
            "current": current,
            "height": height,
            "heard": last[1] if last else 0,
        },
        on_pick_change=heard,
    )


def shown_rate(rates: Sequence[float], weights: Sequence[float]) -> float:
    """The largest rate on the axis, in nats. The rate of a model without KL weight is so large that
    it would squeeze all others to one side."""
    held = [rate for rate, weight in zip(rates, weights, strict=True) if weight > 0]
    return 1.1 * max([1e-3, *(rate for rate in held if math.isfinite(rate))])


def read_pick(raw: object, count: int) -> tuple[int, int] | None:
    """Which of ``count`` models was picked according to the browser, and the number of picks so
    far; None if ``raw`` is not such a message."""
    if not isinstance(raw, Mapping):
        return None
    index, number = _index(raw.get("index"), count), _index(raw.get("number"), _MOST)
    return None if index is None or number is None else (index, number)


def _index(value: object, size: int) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < size else None


def _finite(value: float) -> float:
    """JSON has only finite numbers; others, as of a diverged model, become 0."""
    return value if math.isfinite(value) else 0.0
