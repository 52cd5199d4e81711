"""Processes that train on the CPU, for benchmarks."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from explorer.specs import RunSpec

Epoch = Callable[[], object]  # trains all runs for one epoch


def timed(epoch: Epoch) -> float:
    """The seconds that a call takes, with what it left to the device."""
    start = time.perf_counter()
    epoch()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


@contextmanager
def start_workers(
    runs: Sequence[RunSpec], count: int, threads: int = 1, **variables: str
) -> Iterator[Epoch]:
    """Start processes that train on the CPU and let them load all they need; yields a call that
    trains every run for one epoch.

    Args:
        runs: they are dealt out to the processes.
        count: the number of processes.
        threads: the number of threads of each.
        variables: environment variables of the processes.
    """
    root = Path(__file__).parents[2]
    environment = {
        **os.environ,
        **variables,
        "OMP_NUM_THREADS": str(threads),
        "PYTHONPATH": os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")]),
    }
    processes = [
        subprocess.Popen(
            # Run as a file: importing it as a module would import all benchmarks first.
            [sys.executable, "-P", str(Path(__file__).with_name("worker.py"))],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]

    def tell(texts: Sequence[str]) -> None:
        """Send each worker its line, then wait until all have answered."""
        for process, text in zip(processes, texts, strict=True):
            assert process.stdin is not None
            print(text, file=process.stdin, flush=True)
        for process in processes:
            assert process.stdout is not None
            if not process.stdout.readline():
                raise RuntimeError(f"a worker ended with status {process.wait()}")

    try:
        shares = [runs[worker::count] for worker in range(count)]
        tell([json.dumps([run.model_dump() for run in share]) for share in shares])
        yield lambda: tell([""] * count)
    finally:
        for process in processes:
            process.kill()
            process.communicate()
