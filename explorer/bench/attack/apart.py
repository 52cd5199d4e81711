"""Trials in a process of their own: ``python -m explorer.bench.attack.apart KIND COUNT …``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from explorer.bench.attack.canary import Canary
from explorer.bench.browser import REPOSITORY

KINDS = ("checkpoints", "pictures")


def tried_apart(
    kind: str, count: int, folder: Path, canary: Canary, say: Callable[[str], None]
) -> dict[str, Any]:
    """A row about ``count`` trials of a kind. If the process does not survive them, that is one
    traceback more, and what it said is told."""
    command = [sys.executable, "-m", "explorer.bench.attack.apart", kind, str(count)]
    done = subprocess.run(
        [*command, str(folder), str(canary.file), canary.url],
        cwd=REPOSITORY,
        env={**os.environ, "EXPLORER_HOME": str(folder / "own")},
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        say(f"  the process ended with {done.returncode}: {done.stderr[-3000:]}")
        return {"name": f"{count:,} {kind}", "tracebacks": 1, "ended_with": done.returncode}
    tally = json.loads(done.stdout)
    for line in tally.pop("told"):
        say(f"  {line}")
    say(f"  the slowest: {tally.pop('slowest')}")
    return {"name": f"{count:,} {kind}", **tally}


def main(kind: str, count: int, folder: Path, file: Path, url: str) -> None:
    """Try them, and print what came of it as JSON."""
    import warnings

    from explorer.bench.attack import checkpoints, pictures
    from explorer.bench.attack.trial import tried

    warnings.simplefilter("ignore")  # Pillow's, of what it then refuses
    trials = {"checkpoints": checkpoints.trials, "pictures": pictures.trials}[kind]
    print(json.dumps(tried(trials(count, folder, file, url)).as_json()))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), sys.argv[5])
