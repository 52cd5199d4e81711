"""The benchmark's measurements work on real pages. Their results are not judged here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import Browser

from explorer.bench.pad import pages
from explorer.bench.pad.pages import SCRIPTS, clicks, opens, staged
from explorer.bench.pad.stage import PATIENCE
from explorer.bench.pad.subject import PAD, PLOTLY

pytestmark = pytest.mark.slow

Serve = Callable[..., str]
FRAMES = {"interval_p5_ms", "interval_p50_ms", "interval_p95_ms", "interval_max_ms"}
ALL = FRAMES | {"frames_per_s", "moves_per_s", "websocket_up_bytes", "websocket_down_bytes"}


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "OPENS", 1)
    monkeypatch.setattr(pages, "CLICKS", 2)


@pytest.mark.parametrize(
    ("script", "subject"), [("with_pad.py", PAD), ("with_plotly.py", PLOTLY)], ids=["pad", "plotly"]
)
def test_both_pages_are_measured(browser: Browser, serve: Serve, script, subject) -> None:
    address = f"{serve(SCRIPTS / script)}/?count=1000"
    opened = opens(browser, address, subject)
    assert 0 < opened["cold_cache_median_ms"] < PATIENCE * 1000
    assert 0 < opened["warm_cache_median_ms"] < PATIENCE * 1000
    with staged(browser, address, subject) as stage:
        for motion in (stage.hover, stage.pan, stage.zoom):
            before = stage.page.screenshot()
            figures = motion(0.5)
            assert figures.keys() == ALL
            assert figures["interval_p5_ms"] > 0
            assert figures["moves_per_s"] > 0
            assert stage.page.screenshot() != before, f"{motion.__name__} moved nothing"
            if subject is PAD:
                assert figures["websocket_up_bytes"] == 0
        answered = clicks(stage)
        assert 0 < answered["picture_max_ms"] < PATIENCE * 1000
        assert answered["websocket_up_median_bytes"] > 0
        assert answered["websocket_down_median_bytes"] > 0


def test_an_empty_page_has_frames_too(browser: Browser) -> None:
    with staged(browser, "about:blank", None) as stage:
        figures = stage.hover(0.5)
    assert figures.keys() == ALL
    assert figures["websocket_up_bytes"] == figures["websocket_down_bytes"] == 0
