"""Pages: controls → compute → figure. Adding one is a new file and a line in PAGES."""

from typing import Protocol

from explorer.pages import draw
from explorer.pages.compare import page as compare_page
from explorer.pages.explore import page as explore_page
from explorer.pages.geometry import page as geometry_page
from explorer.pages.holes import page as holes_page
from explorer.pages.information import page as information_page
from explorer.pages.sample import page as sample_page
from explorer.pages.train import page as train_page


class Page(Protocol):
    """A page: its title in the menu, its place in the address, and what draws it."""

    TITLE: str
    PATH: str

    def render(self) -> None: ...


# Named apart from the packages that they stand in.
PAGES: tuple[Page, ...] = (
    explore_page,
    draw,
    compare_page,
    holes_page,
    geometry_page,
    sample_page,
    information_page,
    train_page,
)
