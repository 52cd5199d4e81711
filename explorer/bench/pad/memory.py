"""How much memory a process takes."""

from __future__ import annotations

import subprocess
from pathlib import Path


def resident_mb(pid: int) -> float | None:
    """Resident memory of a process in 10⁶ bytes; None if the system does not report it.

    It includes memory that the process no longer needs but has not given back.
    """
    status = Path(f"/proc/{pid}/status")  # Linux
    try:
        if status.exists():
            lines = status.read_text().splitlines()
            said = next(line.split()[1] for line in lines if line.startswith("VmRSS:"))
        else:  # macOS and the BSDs
            said = subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)], text=True)
        return int(said) * 1024 / 1e6
    except (OSError, subprocess.CalledProcessError, StopIteration, ValueError):
        return None
