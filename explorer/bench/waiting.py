"""How long the threads of a training step should wait for one another before they sleep.

A thread that spins while it waits goes on at once, but on a busy machine it takes the core from the
thread that it waits for. Each way trains in a process of its own, in turns with the others: quiet,
then beside a process that keeps one core busy.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any

from explorer.bench.workers import Epoch, start_workers, timed
from explorer.specs import RunSpec

ROUNDS = 3
SPINS = (0, 1_000, 3_000, 10_000, 50_000)  # rounds of spinning; 0 is OMP_WAIT_POLICY=PASSIVE


def bench_waiting(run: RunSpec, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row per way of waiting, with seconds per epoch, quiet and beside a busy process."""
    with ExitStack() as stack:
        epochs = {
            spins: stack.enter_context(
                start_workers([run], 1, os.cpu_count() or 1, GOMP_SPINCOUNT=str(spins))
            )
            for spins in SPINS
        }
        for epoch in epochs.values():
            epoch()  # the first one sets up
        quiet = _rounds(epochs)
        with _busy():
            busy = _rounds(epochs)
    rows = []
    for spins in SPINS:
        name = f"trainer, GOMP_SPINCOUNT={spins}"
        rows.append(
            {
                "name": name,
                "s_per_epoch": quiet[spins],
                "s_per_epoch_beside_a_busy_process": busy[spins],
            }
        )
        say(f"  {name}: {quiet[spins]:.2f} s quiet, {busy[spins]:.2f} s beside a busy process")
    return rows


def _rounds(epochs: dict[int, Epoch]) -> dict[int, float]:
    """Median seconds of an epoch in each way; the ways take turns."""
    rounds = [{spins: timed(epoch) for spins, epoch in epochs.items()} for _ in range(ROUNDS)]
    return {spins: median(one[spins] for one in rounds) for spins in epochs}


@contextmanager
def _busy() -> Iterator[None]:
    """A process that keeps one core busy."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()
