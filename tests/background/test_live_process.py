"""The process of a live training: when it trains, sends snapshots, sleeps and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.background.live import Controls, LiveSession, LiveSessions, NoPlace, Snapshot
from tests.background.test_processes import gone, wait_gone
from tests.support.waiting import looked_at

pytestmark = pytest.mark.slow

PATIENCE = 60.0  # seconds, enough for a busy machine


def until(look: Callable[[], Snapshot | None], told: Callable[[Snapshot], bool]) -> Snapshot:
    """The first snapshot for which ``told`` is true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        snapshot = look()
        if snapshot and told(snapshot):
            return snapshot
        time.sleep(0.02)
    raise AssertionError(f"it never came: {look()}")


def seconds_of_work(pid: int) -> float:
    """The CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module")
def live() -> Iterator[LiveSession]:
    """One process for all tests that do not damage it."""
    session = LiveSession(Controls())
    yield session
    session.end("the tests are over")
    assert wait_gone(session.pid)


@pytest.fixture
def paused(live: LiveSession) -> Callable[..., Snapshot | None]:
    """Looks at a paused training with changed controls, after restarting it."""

    def look(**changes: Any) -> Snapshot | None:
        return live.look(Controls(playing=False, seed=77).model_copy(update=changes), 0.0)

    live.look(Controls(playing=False, seed=78), PATIENCE)
    until(look, lambda s: s.step == 0 and s.controls.seed == 77)
    return look


@pytest.mark.usefixtures("no_hang")
def test_it_trains_while_watched(live: LiveSession) -> None:
    first = until(lambda: live.look(Controls()), lambda s: s.step > 0)
    start = time.monotonic()
    numbers = set()
    while time.monotonic() < start + 2:
        snapshot = live.look(Controls())
        assert snapshot
        numbers.add(snapshot.number)
        time.sleep(0.01)
    assert 5 <= len(numbers) <= 22, "not at most ten per second"
    assert snapshot.step > first.step
    trained = until(lambda: live.look(Controls()), lambda s: s.active_units == 2)
    assert trained.mean.shape == trained.scale.shape == (400, 2)
    assert trained.reconstruction < first.reconstruction
    assert trained.total == pytest.approx(trained.reconstruction + trained.kl_total, rel=1e-4)


@pytest.mark.usefixtures("no_hang")
def test_a_look_can_wait_for_its_snapshot(live: LiveSession) -> None:
    for weight in (2.0, 3.0, 4.0):
        snapshot = live.look(Controls(kl_weight=weight), PATIENCE)
        assert snapshot
        assert snapshot.controls.kl_weight == weight


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
@pytest.mark.usefixtures("no_hang")
def test_a_paused_training_uses_no_cpu(live: LiveSession, paused: Callable[..., Snapshot]) -> None:
    before = seconds_of_work(live.pid)
    for _ in range(10):
        assert paused().step == 0
        time.sleep(0.1)
    assert seconds_of_work(live.pid) - before <= 0.03


@pytest.mark.usefixtures("no_hang")
def test_single_steps_are_counted_exactly(paused: Callable[..., Snapshot]) -> None:
    base = until(paused, lambda s: s.step == 0).controls.steps
    seen = [
        until(lambda n=n: paused(steps=base + n), lambda s, n=n: s.step >= n).step for n in (1, 2)
    ]
    assert seen == [1, 2]
    until(lambda: paused(steps=base + 12), lambda s: s.step >= 12)
    time.sleep(0.3)
    assert paused(steps=base + 12).step == 12, "a step of a batch was lost or added"
    time.sleep(0.2)
    assert paused(steps=base).step == 12, "a decreased counter requested steps"
    snapshot = until(lambda: paused(steps=base, kl_weight=3.0), lambda s: s.controls.kl_weight == 3)
    assert snapshot.step == 12, "a changed control made a step"


@pytest.mark.usefixtures("no_hang")
def test_at_slow_speed_every_step_is_shown(
    live: LiveSession, paused: Callable[..., Snapshot]
) -> None:
    slow = Controls(seed=77, speed="slow")
    until(lambda: live.look(slow), lambda s: s.step >= 1)
    steps, start = [], time.monotonic()
    while time.monotonic() < start + 2:
        snapshot = live.look(slow)
        assert snapshot
        steps.append(snapshot.step)
        time.sleep(0.02)
    assert 4 <= steps[-1] - steps[0] <= 18, "not eight per second"
    assert max(np.diff(steps)) <= 2


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
@pytest.mark.usefixtures("no_hang")
def test_it_sleeps_when_unwatched_and_resumes_when_watched(live: LiveSession) -> None:
    seen = until(lambda: live.look(Controls(seed=5)), lambda s: s.step > 3)
    time.sleep(4.0)
    before = seconds_of_work(live.pid)
    time.sleep(0.7)
    assert seconds_of_work(live.pid) - before <= 0.02
    until(lambda: live.look(Controls(seed=5)), lambda s: s.step > seen.step + 3)


@pytest.mark.usefixtures("no_hang")
def test_a_killed_process_is_reported(live: LiveSession) -> None:
    session = LiveSession(Controls())
    shown = until(lambda: session.look(Controls()), lambda s: s.number >= 1)
    os.kill(session.pid, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while session.ended is None and time.monotonic() < end:
        time.sleep(0.01)
    assert session.ended is not None
    assert "killed" in session.ended
    assert not session.unwatched
    after = session.look(Controls(kl_weight=7), 1.0)
    assert after is not None, "the last snapshot was lost"
    assert after.number >= shown.number
    session.end("twice")
    assert "killed" in session.ended


@pytest.mark.usefixtures("no_hang")
def test_an_unwatched_session_is_ended() -> None:
    sessions = LiveSessions(most=1, idle_after=1.0)
    session = sessions.start(Controls())
    for _ in range(15):
        session.look(Controls())
        time.sleep(0.1)
    assert session.ended is None, "a watched session was ended"
    assert wait_gone(session.pid)
    assert session.unwatched
    again = sessions.start(Controls())
    assert again.ended is None
    again.end("the test is over")
    assert wait_gone(again.pid)


@pytest.mark.usefixtures("no_hang")
def test_the_number_of_places_is_limited() -> None:
    sessions = LiveSessions(most=2)
    first, second = sessions.start(Controls()), sessions.start(Controls())
    with looked_at(first, second), pytest.raises(NoPlace, match="All 2 places"):
        sessions.start(Controls())
    with looked_at(second):
        third = sessions.start(Controls())
    assert first.ended, "the unwatched session was not the one ended"
    assert first.unwatched
    assert second.ended is None
    for session in (second, third):
        session.end("the test is over")
        assert wait_gone(session.pid)
    sessions.start(Controls()).end("a place is free as soon as a training has ended")


OWNER = """
import time
from explorer.background.live import Controls, LiveSession

session = LiveSession(Controls())
while True:
    snapshot = session.look(Controls())
    if snapshot and snapshot.number > 2:
        print(session.pid, flush=True)
        break
    time.sleep(0.05)
while True:
    session.look(Controls())
    time.sleep(0.05)
"""


@pytest.mark.usefixtures("no_hang")
def test_it_does_not_outlive_its_owner() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE) as owner:
        assert owner.stdout
        pid = int(owner.stdout.readline())
        assert not gone(pid)
        owner.kill()
        owner.wait()
        assert wait_gone(pid)
