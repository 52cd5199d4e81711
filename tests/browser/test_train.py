"""Training with a real browser, server and processes: two visitors, a reload and a restart."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest

from explorer.bench.browser import REPOSITORY, Server
from explorer.runs.unfinished import load_unfinished
from tests.support.waiting import patient, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

SEEN_WITHIN = 2.0  # seconds, on a machine that is not busy with anything else
SLACK = 10.0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[object]:
    """Starts servers of the app, all with the same home."""
    servers: list[Server] = []

    def start() -> Server:
        log = tmp_path / f"log{len(servers)}"
        variables = {"EXPLORER_HOME": str(tmp_path / "home")}
        servers.append(Server(REPOSITORY / "app.py", log, variables=variables, folder=REPOSITORY))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
        assert "Traceback" not in server.said(), server.said()


def epoch(page: Page) -> int:
    words = page.get_by_text("images/s").first.inner_text()
    found = re.search(r"epoch (\d+)/", words)
    assert found, words
    return int(found[1])


def ports(server: Server) -> set[int]:
    """The ports on which a server and all its processes listen."""
    head = psutil.Process(server.process.pid)
    sockets = [
        one
        for each in (head, *head.children(recursive=True))
        for one in each.net_connections("inet")
    ]
    return {one.laddr.port for one in sockets if one.status == psutil.CONN_LISTEN}


def test_two_visitors_a_reload_a_restart_and_a_model_at_the_end(
    browser: Browser, start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start()
    form = "train?run=dataset%3Ddigits%3Bwidths%3D%5B8%5D%3Bepochs%3D"
    mine, yours = (patient(browser).new_page() for _ in range(2))
    mine.goto(f"{server.url}/{form}100000")
    name = mine.get_by_label("Name", exact=True)
    name.wait_for()
    name.fill("long")
    name.press("Enter")
    mine.get_by_role("button", name="Train", exact=True).click()
    first = epoch(mine)
    assert ports(server) == {urlsplit(server.url).port}, "training needs none"
    mine.wait_for_selector(".pad[data-ready=true]")

    yours.goto(f"{server.url}/train")
    assert epoch(yours) >= first, "another visitor sees its progress"
    reached, begun = epoch(mine), time.monotonic()
    while epoch(yours) < reached:
        assert time.monotonic() - begun < SEEN_WITHIN + SLACK
    mine.reload()
    assert epoch(mine) >= reached, "closing the page loses nothing"

    stop = {page: page.get_by_role("button", name="Stop", exact=True) for page in (mine, yours)}
    assert stop[yours].count() == 0, "only its owner may stop it, who is known by a cookie"
    stop[mine].first.click()
    yours.get_by_text("stopped on request").first.wait_for()
    mine.get_by_text("stopped on request").first.wait_for()
    mine.get_by_role("button", name="Resume").first.click()
    again = epoch(mine)
    assert again >= reached - 1, "it was resumed where it was"

    # Epochs since the last save are lost.
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    wait_until(lambda: len(load_unfinished("long").history) >= again, "it is saved")
    # The server is killed during a run; its processes end too, and the next one offers to resume.
    family = psutil.Process(server.process.pid).children(recursive=True)
    assert any(process.name() == "jobs.child" for process in family)
    server.process.kill()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
    server = start()
    mine.goto(f"{server.url}/train")
    mine.get_by_role("button", name="Resume").click()
    assert epoch(mine) >= again

    for page in (mine, yours):
        page.context.close()
