"""The browser code's own tests: whatever is arithmetic or a change of state, run by Node."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).parents[1] / "web"
OLDEST = 18  # before, Node ran no tests
ADVICE = f"no Node.js {OLDEST} or newer was found"


def find_node() -> str | None:
    node = shutil.which("node")
    if node is None:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.match(r"v(\d+)", said)
    return node if version and int(version[1]) >= OLDEST else None


def test_the_browser_code_passes_its_own_tests() -> None:
    node = find_node()
    if node is None:
        if os.environ.get("CI") == "true":
            pytest.fail(ADVICE)
        pytest.skip(ADVICE)
    files = sorted(str(file) for file in WEB.glob("*.test.js"))
    assert files
    result = subprocess.run(
        [node, "--test", *files], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
