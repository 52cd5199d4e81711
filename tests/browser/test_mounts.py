"""How components handle Streamlit's lifecycle: runs that replace one another, and cleanups."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Page, expect

from explorer import components
from explorer.background.live import FAMILIES_OFFERED, LEAST_KL_WEIGHT, LIMITS, SPEEDS, Controls
from explorer.components.bundle import bundle

pytestmark = pytest.mark.slow

COMPONENTS = Path(components.__file__).parent
PLACE = """
<div id="root"></div>
<script type="module">
%s
const parentElement = document.querySelector("#root");
window.run = (data) => mount({ data, parentElement, setStateValue() {} }, "");
</script>
"""
DATA = {
    "draw_pad": {
        "strokes": [],
        "pen": 0.1,
        "prompt": "Here",
        "height": 300,
        "limits": {"strokes": 5, "points": 50},
    },
    "latent_pad": {
        "style": "data:text/css,",
        "films": [],
        "classes": [],
        "palette": [],
        "path": None,
        "links": {},
        "height": 300,
        "revision": 0,
        "state": {"pins": [], "hidden": [], "layers": [], "frame": 0},
        "pictures": [],
    },
    "live_controls": {
        "controls": Controls().model_dump(),
        "limits": dict(LIMITS),
        "least": LEAST_KL_WEIGHT,
        "speeds": list(SPEEDS),
        "families": list(FAMILIES_OFFERED),
        "snapshot": None,
        "thresholds": [],
    },
    "page_tools": {"shown": {"model": "a"}, "present": "present"},
    "rate_curve": {
        "points": [[5.0, 60.0], [1.0, 90.0]],
        "names": ["0.3", "3"],
        "edge": 6.0,
        "current": 0,
        "height": 300,
        "heard": 0,
    },
}


def test_all_components_are_tested() -> None:
    without_mount = {"browser_memory"}  # it shows nothing
    assert {web.parent.name for web in COMPONENTS.glob("*/web")} - without_mount == set(DATA)


@pytest.mark.parametrize("name", DATA)
def test_the_cleanup_of_a_replaced_run_destroys_nothing(page: Page, name: str) -> None:
    """Streamlit cleans up after the first run before the second run arrives."""
    script = bundle(COMPONENTS / name / "web", "streamlit.js").replace(
        "export default function", "const mount = function"
    )
    page.set_content(PLACE % script)
    page.evaluate("data => void (window.first = window.run(data))", DATA[name])
    shown = page.locator("#root > *")
    shown.evaluate("element => { element.dataset.mark = 'the first' }")
    page.evaluate("window.first()")
    page.evaluate("data => void (window.second = window.run(data))", DATA[name])
    page.wait_for_timeout(1500)
    expect(shown).to_have_attribute("data-mark", "the first")
    page.evaluate("void window.second()")
    expect(shown).to_have_count(0)
