"""The measurement of pages finds changes that were planted at known moments."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Browser, BrowserContext

from explorer.bench import pages
from explorer.bench.base import Unavailable
from explorer.bench.pages import memory
from explorer.bench.pages.visits import Seen, pressed, received, until_there, visit, visitor

pytestmark = pytest.mark.slow

Serve = Callable[..., str]
ADDRESS = "http://planted.test/"
LATE = 1.0  # seconds by which a busy machine may be late
HTML = """<!doctype html><body style="margin: 0">
<div data-testid="stApp" data-test-script-state="{state}">
<div id="top">text</div><input type="range" aria-label="knob">
<div style="height: 3000px"></div><div id="bottom">text</div></div>
<script>
const [top_, bottom, app] = ["#top", "#bottom", "div"].map((name) => document.querySelector(name));
const after = (ms, act) => setTimeout(act, ms);
{script}</script>"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with visitor(browser) as fresh:
        yield fresh


def planted(context: BrowserContext, script: str, state: str = "notRunning") -> Seen:
    body = HTML.replace("{script}", script).replace("{state}", state)
    context.route(
        ADDRESS, lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8")
    )
    return visit(context, ADDRESS)


def test_what_lies_above_the_fold_has_its_own_time(context: BrowserContext) -> None:
    seen = planted(
        context,
        "after(400, () => (top_.textContent = 'new'));"
        "after(1200, () => (bottom.textContent = 'new'));",
    )
    assert 0.4 <= seen.above < 0.4 + LATE
    assert 1.2 <= seen.all < 1.2 + LATE


@pytest.mark.parametrize(
    "sign",
    [
        "<div data-testid='stSpinner'>wait</div>",
        "<div data-testid='stSkeleton'>wait</div>",
        "<span class='stMarkdownShimmer'>computing, about 5 s</span>",
        "<div class='pad'>wait</div>",
        "Looking for: a geodesic …",
    ],
)
def test_what_is_still_to_come_is_waited_for(context: BrowserContext, sign: str) -> None:
    # Removing it changes nothing else: it becomes invisible.
    seen = planted(
        context,
        f"top_.innerHTML = `{sign}`; bottom.innerHTML = `{sign}`;"
        "after(1500, () => (top_.style.display = 'none'));"
        "after(3500, () => (bottom.style.display = 'none'));",
    )
    assert 1.4 <= seen.above < 1.5 + LATE
    assert 3.4 <= seen.all < 3.5 + LATE


def test_a_canvas_in_a_component_is_watched(context: BrowserContext) -> None:
    seen = planted(
        context,
        "const canvas = document.createElement('canvas');"
        "top_.attachShadow({ mode: 'open' }).append(canvas);"
        "after(800, () => canvas.getContext('2d').fillRect(0, 0, 9, 9));",
    )
    assert 0.8 <= seen.above < 0.8 + LATE


def test_the_script_has_to_end(context: BrowserContext) -> None:
    seen = planted(
        context, "after(1500, () => (app.dataset.testScriptState = 'notRunning'));", "running"
    )
    assert seen.above < 1.0
    assert 1.4 <= seen.all < 1.5 + LATE


def test_an_answer_is_timed_from_the_press(context: BrowserContext) -> None:
    answer = "after(700, () => (top_.textContent = 'new'))"
    script = f"document.querySelector('input').oninput = () => {answer};"
    body = HTML.replace("{script}", script).replace("{state}", "notRunning")
    context.route(
        ADDRESS, lambda route: route.fulfill(body=body, content_type="text/html; charset=utf-8")
    )
    page = context.new_page()
    page.goto(ADDRESS)
    until_there(page)
    page.wait_for_timeout(1000)
    seen = pressed(page, "knob", "ArrowRight")
    assert 0.7 <= seen.above < 0.7 + LATE


def test_bytes_are_counted_by_kind(browser: Browser, serve: Serve, tmp_path: Path) -> None:
    def bytes_of(count: int) -> int:
        script = tmp_path / f"{count}.py"
        script.write_text(f"import streamlit as st\nst.text('é' * {count})\n", encoding="utf-8")
        with visitor(browser) as fresh:
            found = received(fresh, serve(script))
        assert found["Script"] > 100_000, "Streamlit's own scripts"
        return found["WebSocket"]

    assert abs(bytes_of(50_000) - bytes_of(1) - 2 * 49_999) < 100


def test_children_count_as_well() -> None:
    child = "data = bytearray(b'x') * 80_000_000; input()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as parent:
        memory.until_rested(parent.pid)
        time.sleep(1)
        found = memory.family_mb(parent.pid)
        parent.communicate(b"\n")
    assert found["children"] == 1
    assert 80 <= found["children_mb"] < 110
    assert 3 < found["server_mb"] < 60


def test_a_busy_process_is_waited_for() -> None:
    code = "import time; end = time.time() + 2\nwhile time.time() < end: pass\ninput()"
    start = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        before = memory.cpu_seconds(process.pid)
        memory.until_rested(process.pid)
        used = memory.cpu_seconds(process.pid) - before
        took = time.monotonic() - start
        process.communicate(b"\n")
    assert took > 1.9
    assert 0.1 < used < 2.2


def test_a_page_without_thresholds_is_no_figure(
    browser: Browser, serve: Serve, tmp_path: Path
) -> None:
    script = tmp_path / "holes.py"
    script.write_text("import streamlit as st\nst.text('no sliders')\n", encoding="utf-8")

    class Elsewhere:
        url = serve(script)

    with pytest.raises(Unavailable, match="no such threshold"):
        pages._moves(browser, Elsewhere())  # type: ignore[arg-type]


def test_ratios() -> None:
    rows = [
        {"name": "A, first visit", "everything_s": 3.0},
        {"name": "A, second visit", "everything_s": 1.0},
        {"name": "B, first visit", "everything_s": 1.0},
        {"name": "B, second visit", "everything_s": 1.0},
        {"name": "nobody", "server_mb": 500.0},
        {"name": "twice", "server_mb": 800.0},
        {"name": "further", "server_mb": 840.0},
    ]
    assert pages._ratios(rows) == {
        "second visits / first visits": 0.5,
        "server memory after further visits / before": 1.05,
    }
