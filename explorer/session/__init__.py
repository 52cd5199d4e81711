"""The only owner of session state, query parameters and Streamlit's caches.

All state a user sets is declared in ``Setting`` and stands in the URL under that name, so that a
link brings back the screen. Widgets are bound to the URL by Streamlit; the pad's marks and the
drawing's strokes, which are no widgets, are written there by ``show_pad`` and
``remember_strokes``. Models and data sets are loaded once per server.
"""

from explorer.session.marks import read_pins, read_set, show_pad, write_pins
from explorer.session.settings import Setting, choose, number, pick, slide, switch, tabs
from explorer.session.stores import (
    Listed,
    cached,
    checkpoint,
    fetch_dataset,
    freeze_garbage_collector,
    listed_checkpoints,
    local_dataset,
    shared,
)
from explorer.session.strokes import drawn_strokes, remember_strokes
from explorer.session.turns import turn

__all__ = [
    "Listed",
    "Setting",
    "cached",
    "checkpoint",
    "choose",
    "drawn_strokes",
    "fetch_dataset",
    "freeze_garbage_collector",
    "listed_checkpoints",
    "local_dataset",
    "number",
    "pick",
    "read_pins",
    "read_set",
    "remember_strokes",
    "shared",
    "show_pad",
    "slide",
    "switch",
    "tabs",
    "turn",
    "write_pins",
]
