"""A model that trains without end while one turns its knobs, in a process of its own.

The owner (a page) looks at it a few times a second and hands on what the visitor set; the child
trains from where it stands and shows itself when it is asked to, so a plane can re-form under the
visitor's hand::

    places = LiveSessions(most=2)
    live = places.start(Controls(kl_weight=1.0))
    snapshot = live.look(Controls(kl_weight=4.0))
"""

from explorer.background.live.controls import (
    BATCH,
    DATASET,
    FAMILIES_OFFERED,
    LEAST_KL_WEIGHT,
    LIMITS,
    SPEEDS,
    Controls,
    read_controls,
)
from explorer.background.live.sessions import LiveSession, LiveSessions, NoPlace
from explorer.background.live.snapshot import Snapshot

__all__ = [
    "BATCH",
    "DATASET",
    "FAMILIES_OFFERED",
    "LEAST_KL_WEIGHT",
    "LIMITS",
    "SPEEDS",
    "Controls",
    "LiveSession",
    "LiveSessions",
    "NoPlace",
    "Snapshot",
    "read_controls",
]
