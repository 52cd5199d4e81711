"""The only owner of session state, query parameters and Streamlit's caches.

All state a user sets is declared in ``Setting`` and stands in the URL under that name, so that a
link brings back the screen. Widgets are bound to the URL by Streamlit; the pad's marks, which are
no widget, are written there by ``remember_pad``. Models and data sets are loaded once per server.
"""

from explorer.session.marks import (
    PadSettings,
    pad_settings,
    read_pins,
    read_set,
    remember_pad,
    write_pins,
)
from explorer.session.settings import Setting, choose, number, pick, slide, slide_along
from explorer.session.stores import (
    Listed,
    cached,
    checkpoint,
    fetch_dataset,
    freeze_garbage_collector,
    listed_checkpoints,
    local_dataset,
)

__all__ = [
    "Listed",
    "PadSettings",
    "Setting",
    "cached",
    "checkpoint",
    "choose",
    "fetch_dataset",
    "freeze_garbage_collector",
    "listed_checkpoints",
    "local_dataset",
    "number",
    "pad_settings",
    "pick",
    "read_pins",
    "read_set",
    "remember_pad",
    "slide",
    "slide_along",
    "write_pins",
]
