"""Two copies of the app that share one home, behind nginx as the deployment guide sets it up."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from explorer.bench.browser import REPOSITORY, Server
from explorer.components.files import FOLDER
from explorer.components.visitors import COOKIE
from explorer.runs.train import train_checkpoint
from explorer.runs.unfinished import load_unfinished, unfinished_names
from tests.support.proxy import NAME, Proxy, find_nginx, proxy
from tests.support.waiting import patient, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

CLASS = 30  # visitors who share one address
PAGE = 8  # requests of each for a page, as the configuration says
MOST = 2000  # at once from one address are surely too many
EPOCHS = 100
FORM = "train?run=dataset%3Ddigits%3Bwidths%3D%5B8%5D%3Bepochs%3D"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of both copies and of the test itself; new, so that they make the secret."""
    folder = tmp_path_factory.mktemp("copies") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def copies(home: Path) -> Iterator[dict[str, Server]]:
    """Two servers that start at once, by their addresses."""
    find_nginx()

    def start(number: int) -> Server:
        variables = {"EXPLORER_HOME": str(home), "EXPLORER_HOSTS": NAME}
        log = home.parent / f"log{number}"
        return Server(REPOSITORY / "app.py", log, variables=variables, folder=REPOSITORY)

    with ThreadPoolExecutor(2) as threads:
        servers = [*threads.map(start, range(2))]
    yield {urlsplit(server.url).netloc: server for server in servers}
    for server in servers:
        server.stop()
        assert "Traceback" not in server.said(), server.said()


@pytest.fixture(scope="module")
def front(copies: dict[str, Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """nginx before both of them."""
    with proxy(tmp_path_factory.mktemp("nginx"), *copies.values()) as running:
        yield running


def new_visitor(front: Proxy) -> str:
    """The cookie of a browser that opens the page for the first time."""
    given = front.get("/").headers["Set-Cookie"]
    assert "; Secure" in given, "the app knows that the visitor uses TLS"
    return str(given.partition(";")[0])


def visitor_at(front: Proxy, copy: str) -> str:
    """A new visitor whom that copy answers."""
    return next(one for _ in range(64) if front.copy_of(one := new_visitor(front)) == copy)


def test_a_visitor_is_led_to_a_safe_page(front: Proxy) -> None:
    plain = HTTPConnection("127.0.0.1", front.plain, timeout=30)
    plain.request("GET", "/draw?input=picture", headers={"Host": NAME})
    answer = plain.getresponse()
    plain.close()
    assert answer.status == 301
    assert answer.headers["Location"] == f"https://{NAME}/draw?input=picture"
    told = front.get("/").headers
    assert told["Strict-Transport-Security"]
    assert "default-src 'none'" in told["Content-Security-Policy"]
    assert f"wss://{NAME}" in told["Content-Security-Policy"]
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["X-Frame-Options"] == "SAMEORIGIN"
    assert told["Referrer-Policy"] == "same-origin"
    assert told.get_all("Content-Security-Policy") == [told["Content-Security-Policy"]]


def test_visitors_stay_with_a_copy_and_both_have_some(
    front: Proxy, copies: dict[str, Server]
) -> None:
    visitors = [new_visitor(front) for _ in range(16)]
    homes = [front.copy_of(one) for one in visitors]
    assert {*homes} == {*copies}
    assert [front.copy_of(one) for one in visitors] == homes


def test_a_class_behind_one_address_is_served_and_no_more(front: Proxy) -> None:
    served, status = 0, 200
    with front.connection("127.0.0.2") as connection:
        while status == 200 and served < MOST:
            connection.request("GET", "/_stcore/health")
            answer = connection.getresponse()
            answer.read()
            status = answer.status
            served += status == 200
    assert status == 429
    assert served >= CLASS * PAGE
    assert front.get("/static/", address="127.0.0.2").status != 429, "scripts have their own limit"
    assert front.get("/_stcore/health", address="127.0.0.3").status == 200, "others are served"


def open_as(browser: Browser, front: Proxy, cookie: str) -> Page:
    """A browser's window with the cookie of a visitor."""
    context = patient(browser, ignore_https_errors=True)
    value = cookie.partition("=")[2]
    context.add_cookies([{"name": COOKIE, "value": value, "url": front.url}])
    return context.new_page()


def test_a_killed_copy_loses_nobodys_model(
    browser: Browser, front: Proxy, copies: dict[str, Server], home: Path, tiny_run, digits
) -> None:
    first, second = copies
    visitors = [visitor_at(front, copy) for copy in (first, second)]
    mine, yours = (open_as(browser, front, one) for one in visitors)
    faults: list[str] = []
    for page in (mine, yours):
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console", lambda m: faults.append(m.text) if "Content Security" in m.text else None
        )
    # Both list a model that is trained while they run.
    for _ in train_checkpoint(home / "checkpoints", "ours", tiny_run, digits):
        pass
    for page, copy, other in ((mine, first, visitors[1]), (yours, second, visitors[0])):
        known = len(front.asked())
        page.goto(f"{front.url}/?model=ours")
        page.wait_for_selector(".pad[data-ready=true]")
        assert page.get_by_text("ours", exact=True).count(), "the menu shows it"
        files = [(where, path) for where, _, path in front.asked()[known:] if FOLDER in path]
        assert {where for where, _ in files} == {copy}
        # What one copy has not, the other is asked for: its sessions may have moved to and fro.
        assert {front.get(path, other).status for _, path in files} == {200}

    # One trains a model there. The copy is killed in mid-run, and the page moves to the other.
    mine.goto(f"{front.url}/{FORM}{EPOCHS}")
    name = mine.get_by_label("Name", exact=True)
    name.fill("mine")
    name.press("Enter")
    mine.get_by_role("button", name="Train", exact=True).click()
    wait_until(lambda: "mine" in unfinished_names(), "it is trained", mine)
    copies[first].process.send_signal(signal.SIGKILL)
    copies[first].process.wait()
    for visitor in visitors:
        assert front.copy_of(visitor) == second
    resume = mine.get_by_role("button", name="Resume", exact=True)
    resume.wait_for()
    reached = len(load_unfinished("mine").history)
    resume.click()
    mine.get_by_role("button", name="Open in Explore", exact=True).click()
    mine.wait_for_url(re.compile("model=mine"))
    yours.goto(f"{front.url}/?model=mine")
    for page in (mine, yours):
        page.wait_for_selector(".pad[data-ready=true]")
    assert 0 < reached < EPOCHS
    assert not faults
