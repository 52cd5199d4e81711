"""Take the README's pictures anew: ``python tests/screenshots.py``.

Starts the app on the shipped gallery, photographs Explore and Compare at laptop size and writes
``tests/screenshots/*.png``. Needs a Chromium.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script finds its own folder only

from PIL import Image

from explorer.bench.browser import ADVICE, REPOSITORY, Server, ServerError, find_browser, launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = REPOSITORY / "tests" / "screenshots"
SIZE = {"width": 1366, "height": 768}
LIMIT = 300_000  # bytes
PATIENCE = 60_000  # milliseconds
# Each picture: where it is taken, how many planes it shows and how far it is scrolled.
PICTURES = {
    "explore": ("?model=mnist-vae&pins=0,-1.6,0.45;0,0,-1.7;0,1.7,0.5", 1, 0),
    "compare": ("compare", 3, 0),
}


def take(browser: Browser, address: str, planes: int, scroll: int) -> bytes:
    """A picture of the page at an address once it rests, as PNG."""
    page = browser.new_page(viewport=SIZE, color_scheme="light")
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    for index in range(planes):
        page.get_by_role("application").nth(index).wait_for()
    wait_until_drawn(page)
    page.mouse.move(5, 400)
    page.get_by_test_id("stMain").evaluate(f"main => main.scrollTo(0, {scroll})")
    page.wait_for_timeout(1500)
    picture = page.screenshot()
    page.close()
    return picture


def wait_until_drawn(page: Page) -> None:
    """Wait until the script has run and all its pictures are here."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_function(
        "() => [...document.images].every((image) => image.complete && image.naturalWidth)"
    )
    page.wait_for_timeout(1000)


def shrunk(picture: bytes) -> bytes:
    """The same picture with at most 256 colours."""
    colours = Image.open(io.BytesIO(picture)).convert("RGB")
    buffer = io.BytesIO()
    colours.quantize(256, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def main() -> None:
    """Take all the pictures, or say in a line why not."""
    executable = find_browser()
    if executable is None:
        sys.exit(ADVICE)
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        # Neither the visitor's own checkpoints nor data sets that others may not have fetched.
        variables = {"EXPLORER_HOME": str(folder / "home"), "EXPLORER_DATA": str(folder / "data")}
        try:
            server = Server(
                REPOSITORY / "app.py", folder / "log", variables=variables, folder=REPOSITORY
            )
        except ServerError as error:
            sys.exit(str(error))
        try:
            with launched(executable) as browser:
                for name, (path, planes, scroll) in PICTURES.items():
                    picture = shrunk(take(browser, f"{server.url}/{path}", planes, scroll))
                    if len(picture) > LIMIT:
                        sys.exit(f"{name}.png has {len(picture)} bytes, more than {LIMIT}")
                    (FOLDER / f"{name}.png").write_bytes(picture)
                    print(f"{FOLDER / name}.png: {len(picture)} bytes")
            if re.search("Traceback", server.said()):
                sys.exit(server.said())
        finally:
            server.stop()


if __name__ == "__main__":
    main()
