"""What the pad's benchmark is made of, as far as it goes without a browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.bench import pad
from explorer.bench.base import Unavailable
from explorer.bench.browser import ADVICE, PLAYWRIGHT_ADVICE, REPOSITORY, Server, need_browser
from explorer.bench.pad import sessions
from explorer.bench.pad.memory import resident_mb
from explorer.bench.pad.pages import MANY, SCRIPTS
from explorer.bench.pad.scripts.cloud import draws, shipped

pytestmark = pytest.mark.slow

COUNT = 500


def test_the_package_imports_neither_playwright_nor_streamlit() -> None:
    code = "import sys, explorer.bench; print(sorted({'playwright', 'streamlit'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True)
    assert done.stdout == b"[]\n", done.stderr


# What is missing


def test_without_playwright_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright", None)
    with pytest.raises(Unavailable, match=PLAYWRIGHT_ADVICE):
        need_browser()


def test_without_chromium_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("playwright")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("EXPLORER_CHROMIUM", raising=False)
    with pytest.raises(Unavailable, match=ADVICE):
        need_browser()
    with pytest.raises(Unavailable, match=ADVICE):
        pad.bench_pad(lambda line: None)


# The cloud, and the two pages that show it


def test_the_cloud_is_drawn_from_the_posteriors() -> None:
    checkpoint = shipped()
    codes, labels = draws(checkpoint, 25_000)
    assert codes.shape == (25_000, 2)
    np.testing.assert_array_equal(labels[:10_000], checkpoint.codes.labels)
    np.testing.assert_array_equal(labels[10_000:20_000], checkpoint.codes.labels)
    noise = (codes[:10_000] - checkpoint.codes.mean) / checkpoint.codes.scale
    assert abs(noise.mean()) < 0.05
    assert abs(noise.std() - 1) < 0.05


def run_script(name: str) -> AppTest:
    """A page as Streamlit runs it."""
    at = AppTest.from_file(str(SCRIPTS / name), default_timeout=60)
    at.query_params["count"] = str(COUNT)
    at.run()
    assert not at.exception, at.exception
    return at


def test_the_page_with_the_pad_runs() -> None:
    (shown,) = run_script("with_pad.py").get("bidi_component")
    assert str(COUNT) in shown.proto.json


def test_the_page_with_plotly_runs() -> None:
    (shown,) = run_script("with_plotly.py").get("plotly_chart")
    traces = json.loads(shown.proto.spec)["data"]
    assert {trace["type"] for trace in traces} == {"scattergl"}
    assert len(traces) == 10


# Many sessions

StartServer = Callable[[str], Server]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartServer]:
    """A server on the code of a script."""
    monkeypatch.setattr(sessions, "LULL", 0.0)
    servers = []

    def started(code: str) -> Server:
        script = tmp_path / "script.py"
        script.write_text(code, encoding="utf-8")
        servers.append(Server(script, tmp_path / "log"))
        return servers[-1]

    yield started
    for server in servers:
        server.stop()


COUNTING = """
import time, streamlit as st
st.session_state.runs = st.session_state.get("runs", 0) + 1
with open("runs", "a") as file:
    print(st.query_params["who"], st.session_state.runs, file=file)
time.sleep(0.01)
"""


def test_all_sessions_rerun(start: StartServer, tmp_path: Path) -> None:
    server = start(COUNTING)
    seconds, memory = sessions.reruns(server.url, "who=x", 4, 2, server.process.pid)
    assert len(seconds) == 4 * 2
    assert all(0.01 <= value < sessions.PATIENCE for value in seconds)
    runs = sorted((tmp_path / "runs").read_text().splitlines())
    # The first session warms the server up; each of the others opens the page and reruns it twice.
    assert runs == ["x 1"] * 5 + ["x 2"] * 5 + ["x 3"] * 5
    if Path("/proc/self/status").exists():
        assert memory.keys() == {"server_before_mb", "server_with_sessions_mb"}


def test_a_page_that_fails_is_no_figure(start: StartServer) -> None:
    server = start("raise KeyError('planted')")
    with pytest.raises(Unavailable, match="planted"):
        sessions.visit(server.url, "")


def test_what_takes_too_long_counts_as_much(
    start: StartServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "PATIENCE", 0.3)
    assert sessions.visit(start("import time; time.sleep(1)").url, "") == 0.3


def test_the_memory_of_a_process() -> None:
    mine = resident_mb(os.getpid())
    assert mine is None or 10 < mine < 1e6
    assert resident_mb(2**22 + 1) is None  # beyond any process


# The summary


def test_ratios_say_how_much_better_the_pad_is() -> None:
    pages = [f"{page}, {MANY:,} codes" for page in ("pad", "Plotly")]
    rows = [
        {"name": f"{verb} {page}", "frames_per_s": rate}
        for verb in ("hover", "pan", "zoom")
        for page, rate in zip(pages, (60.0, 20.0), strict=True)
    ]
    for page, wait in zip(pages, (100.0, 250.0), strict=True):
        rows.append({"name": f"click {page}", "picture_median_ms": wait})
        rows.append({"name": f"open {page}"})  # nothing was measured
    ratios = pad._ratios(rows)
    assert ratios == {
        f"frames per second, hover {MANY:,} codes, pad / Plotly": 3.0,
        f"frames per second, pan {MANY:,} codes, pad / Plotly": 3.0,
        f"frames per second, zoom {MANY:,} codes, pad / Plotly": 3.0,
        f"time from a click to the picture, {MANY:,} codes, Plotly / pad": 2.5,
    }
