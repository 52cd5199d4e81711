"""The knobs of a live training, which report their values while they are dragged.

Streamlit's own sliders report their value when they are released. These also report it eight times
a second while they are dragged. They are JavaScript (``web/``, where only one module uses
Streamlit), and only they change the settings: values from Python are used only when the knobs first
appear, so no rerun, however late, moves a knob back under the visitor's hand::

    said = heard(remembered, key="live")
    live_controls(said.controls, live.look(said.controls), key="live")
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.background.live import (
    FAMILIES_OFFERED,
    LEAST_KL_WEIGHT,
    LIMITS,
    SPEEDS,
    Controls,
    Snapshot,
    read_controls,
)
from explorer.components.mount import component, nothing

__all__ = ["WEB", "Said", "heard", "live_controls"]

WEB = Path(__file__).parent / "web"


@dataclass(frozen=True)
class Said:
    """What the visitor has set, and whether no knob is being dragged."""

    controls: Controls
    rests: bool


def heard(before: Controls, key: str) -> Said:
    """The last report of the knobs with this key; ``before`` if they have not reported yet."""
    import streamlit as st

    raw = st.session_state.get(key, {}).get("controls")
    rests = not isinstance(raw, dict) or raw.get("rests") is not False
    return Said(read_controls(raw, before), rests)


def live_controls(
    controls: Controls,
    snapshot: Snapshot | None,
    *,
    thresholds: Sequence[float] = (),
    key: str,
    on_change: Callable[[], None] | None = None,
) -> None:
    """Show the knobs, and the KL of each dimension against the KL weight.

    Args:
        controls: the values of the knobs when they first appear.
        snapshot: the newest snapshot, or None if there is none yet.
        thresholds: KL weights at which dimensions are predicted to die, for this σ.
        on_change: called before the rerun that a change causes.
    """
    component("live_controls", WEB)(
        key=key,
        data={
            "controls": controls.model_dump(),
            "limits": dict(LIMITS),
            "least": LEAST_KL_WEIGHT,
            "speeds": list(SPEEDS),
            "families": list(FAMILIES_OFFERED),
            "snapshot": snapshot and _stand(snapshot),
            "thresholds": list(thresholds),
        },
        on_controls_change=on_change or nothing,
    )


def _stand(snapshot: Snapshot) -> dict[str, Any]:
    controls = snapshot.controls
    return {
        "number": snapshot.number,
        "family": controls.family,
        "kl_weight": controls.kl_weight,
        "scale": controls.scale,
        "seed": controls.seed,
        "kl": list(snapshot.kl),
    }
