"""A short run of the live training benchmark with real processes and a real browser."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("playwright")

from explorer.bench import live

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("browser")
def test_starts_and_pictures_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STARTS", 1)
    monkeypatch.setattr(live, "SECONDS", 1.0)
    monkeypatch.setattr(live, "SPEEDS", ["full"])
    # In its own thread, as Playwright can run only once per thread.
    with ThreadPoolExecutor(1) as apart:
        result = apart.submit(live.bench_live, lambda line: None).result()
    first, again, *watched = result.rows
    assert first["s"] > 0
    assert again["median_s"] > 0
    assert [row["name"] for row in watched] == ["full speed", "full speed, KL weight turned"]
    assert all(row["pictures_per_s"] > 0 for row in watched)
