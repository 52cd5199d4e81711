"""One visitor of the class, who does at random what visitors do."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from urllib.parse import unquote_plus, urlencode

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.bench.classroom.marks import Lookout, Marks
from explorer.bench.wire.client import PATIENCE, Client, Gone
from explorer.bench.wire.widgets import moved, pressed, typed

EXPLORE, TRAIN = "", "train"
# Buttons of the page on which runs are started and deleted are left alone, and what loads files.
_DOWNLOADS = "Get "
ACTIONS = {"open": 30, "move": 50, "press": 8, "claim": 8, "return": 4}  # relative frequencies


@dataclass
class Diary:
    """What a visitor has seen.

    Attributes:
        opened: seconds of runs that opened a page.
        changed: seconds of runs after a change of a widget.
        faults: what went wrong, a line each.
        kept: how often the server still knew what the visitor had set.
    """

    opened: list[float] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    kept: int = 0


class Visitor:
    """A browser of one visitor; ``paths`` are the pages of the app."""

    def __init__(
        self, url: str, cookie: str, marks: Marks, lookout: Lookout, paths: list[str], seed: int
    ) -> None:
        self.diary, self.lookout = Diary(), lookout
        self._marks, self._paths, self._chance = marks, paths, random.Random(seed)
        self._client = Client(url, cookie, self._hear)
        self._path = EXPLORE
        self._pinned = self._sown = False  # whether this session knows the pin, the seed
        self._named = 0  # how often the server has answered with the name

    async def stay(self, end: float, think: tuple[float, float]) -> None:
        """Visit the app until the clock says ``end``."""
        while time.monotonic() < end:
            self._pinned = self._sown = False
            try:
                async with self._client:
                    await self._open(self._chance.choice(self._paths))
                    while time.monotonic() < end:
                        await asyncio.sleep(self._chance.uniform(*think))
                        if not await self._act():
                            break
                    self._read()
            except (Gone, OSError) as error:
                self._blame(f"the connection was lost: {error}")
                await asyncio.sleep(1)
            except TimeoutError:
                self._blame(f"no answer after {PATIENCE:.0f} s")

    async def _act(self) -> bool:
        """Do something. Returns whether the visitor goes on in the same tab."""
        match self._chance.choices(list(ACTIONS), list(ACTIONS.values()))[0]:
            case "open":
                await self._open(self._chance.choice(self._paths))
            case "move":
                await self._move()
            case "press":
                await self._press()
            case "claim":
                await self._claim()
            case "return":
                return False
        return True

    async def _open(self, path: str) -> None:
        marks, query = self._marks, {}
        if path == EXPLORE and not self._pinned:
            query = {"pins": marks.pins}
        if path == TRAIN and not self._sown:
            query = {"run": f"dataset=digits;seed={marks.seed}"}
        self._path = path
        self.diary.opened.append(await self._client.open(path, urlencode(query)))
        known = unquote_plus(self._client.page.query)
        if path == EXPLORE:
            self._expect(marks.pins in known, "pin")
            self._pinned = True
        if path == TRAIN and self._client.find("number_input", "Seed"):  # not on all of its tabs
            self._expect(f"seed={marks.seed}" in known, "seed")
            self._sown = True
        self._read()

    async def _move(self) -> None:
        page = self._client.page
        widgets = [one for one in page.widgets.values() if one.kind != "button"]
        widget = self._chance.choice(widgets) if widgets else None
        found = moved(widget, self._chance) if widget else None
        if not found or (self._path == TRAIN and widget and widget.label in ("Seed", "Data set")):
            return
        self.diary.changed.append(await self._client.act(found[0], words=found[1]))
        self._read()

    async def _press(self) -> None:
        buttons = [
            one
            for one in self._client.page.widgets.values()
            if one.kind == "button" and not one.label.startswith(_DOWNLOADS)
        ]
        if buttons and self._path != TRAIN:
            state = pressed(self._chance.choice(buttons))
            self.diary.changed.append(await self._client.act(state))
            self._read()

    async def _claim(self) -> None:
        """Ask for a run by a name that cannot be: the answer repeats it."""
        await self._open(TRAIN)
        name, train = self._client.find("text_input", "Name"), self._client.find("button", "Train")
        if name and train:
            before = self._named
            states = typed(name, self._marks.name), pressed(train)
            self.diary.changed.append(await self._client.act(*states))
            self._expect(self._named > before, "name")
            self._read()

    def _hear(self, message: ForwardMsg) -> None:
        self.lookout.look(message)
        if message.WhichOneof("type") == "delta":
            self._named += self._marks.name in message.delta.new_element.alert.body

    def _expect(self, true: bool, what: str) -> None:
        self.diary.kept += true
        if not true:
            self._blame(f"the visitor's {what} was forgotten")

    def _read(self) -> None:
        """Keep the faults on the page."""
        for fault in self._client.page.faults:
            self._blame(fault)
        self._client.page.faults.clear()

    def _blame(self, fault: str) -> None:
        self.diary.faults.append(f"/{self._path}?{self._client.page.query}: {fault}")
