"""Pages: controls → compute → figure. To add one, write a new file and add a line to PAGES."""

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
    """A page: its title in the menu, its path in the URL, a sentence on what it is for, and the
    function that draws it."""

    TITLE: str
    PATH: str
    PURPOSE: str

    def render(self) -> None: ...


# The modules have aliases that differ from the names of their packages.
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
