"""The only owner of session state, query parameters and Streamlit's caches.

All state that a user sets is declared in ``Setting`` and kept in the URL under that name, so that a
link restores the screen. Streamlit binds widgets to the URL; the pad's marks and the drawing's
strokes, which are not widgets, are written there by ``show_pad`` and ``remember_strokes``. Models
and data sets are loaded once per server.
"""

from explorer.session.controls import option_title, view_controls
from explorer.session.detail import detail_switch, shows_all
from explorer.session.form import field_widget, read_assignments, write_assignments
from explorer.session.lab import (
    become_operator,
    board,
    go,
    know_pages,
    limits,
    visitor,
)
from explorer.session.later import Outcome, await_later, later
from explorer.session.links import begin_link, shown_settings
from explorer.session.live import (
    end_live,
    linked_controls,
    live_training,
    remember_controls,
    start_live,
    tell_end,
)
from explorer.session.marks import read_pins, read_set, remember, show_pad, write_pins
from explorer.session.settings import (
    Setting,
    choose,
    number,
    pick,
    set_widget,
    slide,
    switch,
    tabs,
)
from explorer.session.sharing import shared
from explorer.session.start import end_start, is_new_here, remember_start
from explorer.session.stores import (
    Listed,
    checkpoint,
    dataset_loader,
    fetch_dataset,
    kept_results,
    listed_checkpoints,
    local_dataset,
    shipped_images,
    stored_numbers,
)
from explorer.session.strokes import drawn_strokes, remember_strokes
from explorer.session.theme import is_dark
from explorer.session.turns import turn

__all__ = [
    "Listed",
    "Outcome",
    "Setting",
    "await_later",
    "become_operator",
    "begin_link",
    "board",
    "checkpoint",
    "choose",
    "dataset_loader",
    "detail_switch",
    "drawn_strokes",
    "end_live",
    "end_start",
    "fetch_dataset",
    "field_widget",
    "go",
    "is_dark",
    "is_new_here",
    "kept_results",
    "know_pages",
    "later",
    "limits",
    "linked_controls",
    "listed_checkpoints",
    "live_training",
    "local_dataset",
    "number",
    "option_title",
    "pick",
    "read_assignments",
    "read_pins",
    "read_set",
    "remember",
    "remember_controls",
    "remember_start",
    "remember_strokes",
    "set_widget",
    "shared",
    "shipped_images",
    "show_pad",
    "shown_settings",
    "shows_all",
    "slide",
    "start_live",
    "stored_numbers",
    "switch",
    "tabs",
    "tell_end",
    "turn",
    "view_controls",
    "visitor",
    "write_assignments",
    "write_pins",
]
