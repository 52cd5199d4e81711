"""The diff in ``explorer/README.md`` works as shown: one new file and one line per entry."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import explorer

pytestmark = pytest.mark.slow

PACKAGE = Path(explorer.__file__).parent
README = PACKAGE / "README.md"

USE = """
import json
import numpy as np
from explorer.analysis.fields import FIELDS
from explorer.analysis.measures import evaluate
from explorer.analysis.subject import Subject
from explorer.datasets import load_dataset
from explorer.runs.defaults import default_run
from explorer.training.loop import Trainer

digits = load_dataset("digits")
run = default_run(digits).replace({"family": "ae-l1", "epochs": 3, "widths": (16,)})
trainer = Trainer(run, digits)
losses = [progress.record.held_out for progress in trainer]
subject = Subject.of(trainer.model.to("cpu").eval().view(), digits)
field = FIELDS["brightness"].values(subject, np.zeros((4, 2)))
print(json.dumps({
    "penalty": losses[-1].penalty,
    "code_length": evaluate(subject, ["code_length"])["code_length"].model_dump(),
    "brightness": field.tolist(),
}))
"""


def the_diff() -> str:
    found = re.search(r"```diff\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


def added(diff: str) -> dict[str, list[str]]:
    """The lines that the diff adds to each file."""
    files: dict[str, list[str]] = {}
    for line in diff.splitlines():
        if line.startswith("+++ b/"):
            name = line.removeprefix("+++ b/")
            files[name] = []
        elif line.startswith("+"):
            files[name].append(line[1:])
    return files


def apply(diff: str, root: Path) -> None:
    """Create new files, and insert lines after the line that precedes them in the diff."""
    name, before = "", ""
    for line in diff.splitlines():
        if line.startswith("+++ b/"):
            name = line.removeprefix("+++ b/")
            is_new = not (root / name).exists()
            if is_new:
                (root / name).write_text("", encoding="utf-8")
        elif line.startswith((" ", "+")) and name:
            path, text = root / name, line[1:]
            content = path.read_text(encoding="utf-8")
            if line.startswith("+") and is_new:
                path.write_text(f"{content}{text}\n", encoding="utf-8")
            elif line.startswith("+"):
                assert content.count(f"{before}\n") == 1, (
                    f"{name}: {before!r} does not occur exactly once"
                )
                path.write_text(
                    content.replace(f"{before}\n", f"{before}\n{text}\n"), encoding="utf-8"
                )
            before = text


def test_each_entry_is_one_new_file_and_a_line_in_its_registry() -> None:
    files = added(the_diff())
    registries = [name for name in files if name.endswith("__init__.py")]
    assert len(files) == 2 * len(registries) == 6
    for name in registries:
        imported, registered = files[name]
        assert "import" in imported or imported.strip().endswith(",")
        assert registered.strip().endswith(",")


def test_the_diff_works_as_shown(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "explorer", ignore=shutil.ignore_patterns("__pycache__"))
    apply(the_diff(), tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["penalty"] > 0
    assert told["code_length"]["value"] > 0
    assert told["code_length"]["error"] > 0
    assert len(told["brightness"]) == 4
    assert all(0 < value < 1 for value in told["brightness"])
