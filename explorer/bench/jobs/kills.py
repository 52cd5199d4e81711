"""Two hundred kills: every run must continue or say why not; no broken files, no orphans."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from explorer.bench.jobs.owner import EPOCHS
from explorer.runs.checkpoints import load_checkpoint

KILLS = int(os.environ.get("EXPLORER_BENCH_KILLS", "200"))
OWNER = "owner"
# The name and the share of each kind of process that is killed: a run's own process, the process
# that they are forked from, or their owner.
VICTIMS = {"jobs.child": 0.8, "fork_server": 0.1, OWNER: 0.1}
LONGEST_PAUSE = 1.2  # seconds between two kills
MOST_STARTS = 5  # of an owner that was not killed
PATIENCE = 60.0  # seconds for the last process to end


def kill_and_resume(home: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Train as many runs as kills, under fire, until all are done; returns a row of results."""
    chance, kills, starts = random.Random(0), Counter[str](), 0
    log = tempfile.TemporaryFile()  # noqa: SIM115 (closed below)
    owner: subprocess.Popen[bytes] | None = None
    begun = time.monotonic()
    while owner is None or owner.poll() != 0:
        if owner is None or owner.poll() is not None:
            starts += 1
            if starts > MOST_STARTS + kills[OWNER]:
                log.seek(0)
                raise RuntimeError(f"the owner ends by itself: {log.read()[-2000:].decode()}")
            owner = _start(home, log)
        time.sleep(chance.uniform(0, LONGEST_PAUSE))
        if kills.total() < KILLS:
            victim = chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
            if _kill(owner.pid, victim, chance):
                kills[victim] += 1
                if kills.total() % 20 == 0:
                    say(f"  {kills.total()} kills, {time.monotonic() - begun:.0f} s")
    log.seek(0)
    lines = log.read().decode().splitlines()
    log.close()
    whole = [load_checkpoint(home / "checkpoints" / f"r{n}") for n in range(KILLS)]
    return {
        "name": f"{KILLS} runs under {kills.total()} SIGKILLs",
        **{f"{victim.removeprefix('jobs.')}_kills": kills[victim] for victim in VICTIMS},
        "runs_done": sum(len(one.history) == EPOCHS for one in whole),
        "ends_without_reason": sum(line.endswith(": ") for line in lines if _is_end(line)),
        "ends_with_reason": sum(not line.endswith(": ") for line in lines if _is_end(line)),
        "stopped_runs_left": len(list((home / "unfinished").glob("*.run"))),
        "orphans": _left_behind(home),
        "s": time.monotonic() - begun,
    }


def _is_end(line: str) -> bool:
    """Whether a line of the owner's log says that a run ended without a model."""
    return line.startswith(("FAILED ", "STOPPED ", "UNSAVED "))


def _start(home: Path, log: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "explorer.bench.jobs.owner", str(KILLS)],
        env=os.environ | {"EXPLORER_HOME": str(home)},
        stdout=log,
        stderr=subprocess.STDOUT,
    )


def _kill(owner: int, victim: str, chance: random.Random) -> bool:
    """Kill the owner, or one of its processes of this name, if there is one."""
    try:
        head = psutil.Process(owner)
        family = head.children(recursive=True)
        found = [head] if victim == OWNER else [one for one in family if one.name() == victim]
        if found:
            os.kill(chance.choice(found).pid, signal.SIGKILL)
        return bool(found)
    except (psutil.Error, ProcessLookupError):
        return False  # it has just ended by itself


def _left_behind(home: Path) -> int:
    """The number of processes of this home that are still running after a while."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        count = sum(_is_of(process, home) for process in psutil.process_iter())
        if not count:
            break
        time.sleep(0.2)
    return count


def _is_of(process: psutil.Process, home: Path) -> bool:
    try:
        return process.environ().get("EXPLORER_HOME") == str(home)
    except psutil.Error:
        return False
