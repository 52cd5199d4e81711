"""What a server takes: its memory and that of the processes it has started, and processor time."""

from __future__ import annotations

from contextlib import suppress

import psutil

MB = 1e6


def family_mb(pid: int) -> dict[str, float]:
    """Memory in 10⁶ bytes: ``server_mb`` of a process, ``children_mb`` of all that it started, and
    how many these are.

    The children's is the share that is theirs alone (USS): a forked process has the pages of its
    parent, which count once, there. The server's is what is resident (RSS).
    """
    server = psutil.Process(pid)
    children = []
    for child in server.children(recursive=True):
        with suppress(psutil.Error):  # it has just ended
            children.append(child.memory_full_info().uss)
    return {
        "server_mb": server.memory_info().rss / MB,
        "children_mb": sum(children) / MB,
        "children": len(children),
    }


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has taken so far, of all its threads."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def until_rested(pid: int, seconds: float = 0.5, patience: float = 60.0) -> None:
    """Wait until a process does nothing: for ``seconds``, it takes less than 5 % of a core."""
    server = psutil.Process(pid)
    server.cpu_percent()
    for _ in range(int(patience / seconds)):
        if server.cpu_percent(seconds) < 5:
            return
