"""What is loaded is not walked by the garbage collector, also if it is loaded late."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import gc, logging
logging.disable()
from explorer import session

session.freeze_garbage_collector()
first = gc.get_freeze_count()
import sklearn.model_selection
late = len(gc.get_objects())
session.freeze_garbage_collector()
second, left = gc.get_freeze_count(), len(gc.get_objects())
kept = [{} for _ in range(5000)]
session.freeze_garbage_collector()
print(first, late, second, left, gc.get_freeze_count())
"""


@pytest.mark.slow
def test_a_library_that_a_page_loads_later_is_not_walked_either() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, late, second, left, third = map(int, done.stdout.split())
    assert first > 100_000
    assert late > 10_000, "what the library has brought"
    assert second - first > 0.9 * late
    assert left < 0.1 * late
    assert third == second, "nothing was loaded: nothing to do"
