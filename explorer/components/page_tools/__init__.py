"""Small tools for every page: a link to all that it shows, a screen for an audience, and a way past
the navigation.

What they do is done in the browser (``web/``); Python only tells what the page shows::

    page_tools({"model": "mnist-vae", "steps": "11"})
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from explorer.components.mount import component

__all__ = ["PRESENT", "STYLE", "WEB", "page_tools"]

WEB = Path(__file__).parent / "web"
PRESENT = "present"  # the query parameter that asks for a screen for an audience
STYLE = (WEB / "page.css").read_text(encoding="utf-8")  # for the page itself


def page_tools(shown: Mapping[str, str], key: str = "page tools") -> None:
    """Show the tools.

    Args:
        shown: everything that the page shows, by its names in the address. What the address of the
            browser says comes before it.
        key: distinguishes them from other components.
    """
    component("page_tools", WEB)(key=key, data={"shown": dict(shown), "present": PRESENT})
