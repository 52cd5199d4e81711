"""What one visitor sets and no other may see."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


@dataclass(frozen=True)
class Marks:
    """A visitor's own values: two coordinates of a pin, a seed, and a name that no run can have."""

    x: str
    y: str
    seed: str
    name: str

    @property
    def pins(self) -> str:
        """The pin as it stands in the URL."""
        return f"0,{self.x},{self.y}"

    @classmethod
    def of(cls, number: int, chance: random.Random) -> Marks:
        """Those of the visitor with this number: no two have one in common."""
        x, y = (f"0.{chance.randrange(10**5, 10**6)}{number % 9 + 1}" for _ in range(2))
        seed, secret = 10**6 + 10**3 * number + chance.randrange(10**3), chance.randrange(10**6)
        return cls(x, y, str(seed), f"Visitor {number} {secret:06d}")

    def pattern(self) -> str:
        """Finds any of them: the coordinates close together, in the URL and in what a plane is
        told, the seed in the URL, the name anywhere."""
        return f"{self.x}.{{1,24}}?{self.y}|seed={self.seed}|{self.name}"


@dataclass
class Lookout:
    """Watches what one visitor is sent for the marks of all others."""

    others: Sequence[Marks]
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._pattern = re.compile("|".join(one.pattern() for one in self.others) or "(?!)")

    def look(self, message: ForwardMsg) -> None:
        """Keep a mark of another visitor, if the message contains one."""
        text = message.SerializeToString().decode("latin-1")
        if message.WhichOneof("type") == "page_info_changed":
            text = unquote_plus(text)
        if hit := self._pattern.search(text):
            self.found.append(hit[0])
