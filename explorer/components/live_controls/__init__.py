"""The knobs of a live training, which speak while they are dragged.

Streamlit's own sliders tell where they stand when they are let go. These tell it eight times a
second meanwhile. They are JavaScript (``web/``, of which one module knows Streamlit), and alone
change what is set: what comes from Python is taken over only by knobs that have just appeared, so
no rerun, however late, moves one back under the visitor's hand::

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
    """What the visitor set, and whether the hand is off the knobs."""

    controls: Controls
    rests: bool


def heard(before: Controls, key: str) -> Said:
    """What the knobs of this key said last; those before, if they have not spoken yet."""
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
        controls: what knobs that have just appeared are set to.
        snapshot: the newest, or None while there is none.
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
