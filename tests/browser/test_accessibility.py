"""Every page against axe-core, on light and dark ground and on a phone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Browser, Page, expect

from explorer.bench.browser import Server
from explorer.pages import PAGES
from tests.support.waiting import patient

pytestmark = pytest.mark.slow

# Where `.ci/run` puts what `package.json` names.
AXE = Path(sys.prefix) / "node_modules" / "axe-core" / "axe.min.js"
LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return violations.flatMap(({ id, impact, nodes }) => nodes.map(
    ({ html, target }) => [impact, id, target.flat().join(" "), html.slice(0, 200)]));
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("axe-core is missing: npm install it as package.json says")
        pytest.skip("axe-core is not installed")
    return AXE.read_text(encoding="utf-8")


def violations(page: Page) -> list[Any]:
    """What axe-core calls critical or serious."""
    found = page.evaluate(RUN)
    return [one for one in found if one[0] in ("critical", "serious")]


@pytest.mark.parametrize("path", [one.PATH for one in PAGES])
def test_no_page_has_a_barrier(browser: Browser, fresh_server: Server, axe: str, path: str) -> None:
    with patient(browser, viewport=LAPTOP, color_scheme="light") as context:
        page = context.new_page()
        page.goto(f"{fresh_server.url}/{path}")
        state = page.get_by_test_id("stApp")
        expect(state).to_have_attribute("data-test-script-state", "notRunning")
        page.wait_for_timeout(1500)
        page.evaluate(axe)
        assert not violations(page), "light"
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(500)
        assert not violations(page), "dark"
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.wait_for_timeout(500)
        assert not violations(page), "phone"
