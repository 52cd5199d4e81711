"""Memory that was freed goes back to the system."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from explorer.background.memory import give_back, spare_memory

# The last block lies above the others in the heap, so freeing them alone gives nothing back.
CODE = """
from explorer.background.memory import give_back, spare_memory
from explorer.bench.pad.memory import resident_mb
import os

spare_memory()
blocks = [bytearray(b"x") * 100_000 for _ in range(2000)]
del blocks[:-1]
before = resident_mb(os.getpid())
give_back()
print(before - resident_mb(os.getpid()))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="not Linux")
def test_freed_blocks_below_a_used_one_are_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) > 150


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.background import memory

    memory._libc.cache_clear()
    monkeypatch.setattr(sys, "platform", "darwin")
    try:
        assert memory._libc() is None
        spare_memory()
        give_back()
    finally:
        memory._libc.cache_clear()
