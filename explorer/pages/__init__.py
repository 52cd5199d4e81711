"""Pages: controls → compute → figure. Adding one is a new file and a line in PAGES."""

from typing import Protocol

from explorer.pages import (
    compare,
    draw,
    explore,
    geometry,
    holes,
    information,
    sample,
    train,
)


class Page(Protocol):
    """A page: its title in the menu, its place in the address, and what draws it."""

    TITLE: str
    PATH: str

    def render(self) -> None: ...


PAGES: tuple[Page, ...] = (
    explore,
    draw,
    compare,
    holes,
    geometry,
    sample,
    information,
    train,
)
