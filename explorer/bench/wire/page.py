"""What a visitor's browser knows of the page that it shows, from the messages of the server."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from explorer.bench.wire.widgets import Widget, widgets_in

_MOST_KEPT = 200  # messages, of all visitors of this process together
_kept: OrderedDict[str, ForwardMsg] = OrderedDict()

Status = ForwardMsg.ScriptFinishedStatus


class Page:
    """The state of one tab.

    Attributes:
        query: the query string of its address.
        script: the hash of the page.
        pages: the hashes of all pages of the app, by their paths.
        widgets: the widgets on the page, by their ids.
        states: what was set in them.
        due: when a fragment runs again, and how many seconds lie between two runs, by its id.
        faults: what went wrong: exceptions, a line each.
        done: whether the latest run of the whole script has ended.
    """

    def __init__(self) -> None:
        self.query = self.script = ""
        self.pages: dict[str, str] = {}
        self.widgets: dict[str, Widget] = {}
        self.states: dict[str, WidgetState] = {}
        self.due: dict[str, tuple[float, float]] = {}
        self.faults: list[str] = []
        self.done = True
        self._hashes: set[str] = set()
        self._run: str | None = None
        self._tabs: dict[tuple[int, ...], str] = {}  # ids of tab containers, by their places

    def begin(self) -> None:
        """A run of the script is about to be asked for: the page stops its clocks."""
        self.due.clear()
        self.done, self._run = False, None

    def kept(self) -> set[str]:
        """The hashes of messages that the server need not send again."""
        return self._hashes & _kept.keys()

    def hear(self, message: ForwardMsg) -> ForwardMsg | None:
        """Take in a message. Returns what it stands for: one that is known already is sent by its
        hash only."""
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            known = _kept.get(message.ref_hash)
            if known:
                self._show(known.delta, message.metadata.delta_path)
            return known
        if message.metadata.cacheable and message.hash:
            self._hashes.add(message.hash)
            _kept[message.hash] = message
            if len(_kept) > _MOST_KEPT:
                _kept.popitem(last=False)
        run = message.metadata.run
        match kind:
            case "new_session" if not run.fragment_ids:
                self._run = run.script_run_id
                self.widgets.clear()
                self.due.clear()
            case "navigation":
                self.script = message.navigation.page_script_hash
                listed = message.navigation.app_pages
                names = ("" if one.is_default else one.url_pathname for one in listed)
                self.pages = dict(zip(names, (one.page_script_hash for one in listed), strict=True))
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "auto_rerun":
                every = message.auto_rerun.interval
                self.due[message.auto_rerun.fragment_id] = (time.monotonic() + every, every)
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self.due.pop(fragment, None)
            case "page_not_found":
                self.faults.append(f"there is no page {message.page_not_found.page_name!r}"[:300])
            case "delta":
                self._show(message.delta, message.metadata.delta_path)
            case "script_finished" if run.script_run_id == self._run:
                self._finish(message.script_finished)
        return message

    def _show(self, delta: Delta, place: Sequence[int]) -> None:
        element = delta.new_element
        if delta.WhichOneof("type") == "new_element":
            kind = element.WhichOneof("type")
            if kind == "exception":
                self.faults.append(f"{element.exception.type}: {element.exception.message}"[:300])
            elif kind == "alert" and "Traceback" in element.alert.body:
                self.faults.append(f"a message shows a traceback: {element.alert.body[:200]}")
        for widget in widgets_in(delta):
            self.widgets[widget.id] = widget
            if getattr(widget.proto, "set_value", False):  # the server has set it
                self.states.pop(widget.id, None)
            if widget.kind == "tabs":
                self._tabs[tuple(place)] = widget.id
        if delta.add_block.WhichOneof("type") == "tab":
            row = self.widgets.get(self._tabs.get(tuple(place[:-1]), ""))
            if row:
                options = (*row.options, delta.add_block.tab.label)
                self.widgets[row.id] = replace(row, options=options)

    def _finish(self, status: int) -> None:
        if status == Status.FINISHED_WITH_COMPILE_ERROR:
            self.faults.append("the script cannot be compiled")
        if status != Status.FINISHED_EARLY_FOR_RERUN:
            self.states = {key: one for key, one in self.states.items() if key in self.widgets}
            self.done = True
