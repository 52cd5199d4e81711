"""Live training: a model that trains continuously in a child process while its controls change.

The owner (a page) polls it a few times a second and passes on the visitor's settings. The child
continues training with them and sends a snapshot on request, so the plane changes as the visitor
moves the controls::

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
