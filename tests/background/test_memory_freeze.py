"""What is loaded is not walked by the garbage collector, also if it is loaded late."""

from __future__ import annotations

import subprocess
import sys

import pytest

GARBAGE = """
import gc, weakref
from explorer.background.memory import free_garbage, freeze_garbage_collector

class Session: pass

def session():
    one = Session()
    one.itself = one
    return one

visited = session()
freeze_garbage_collector()
left, stays = weakref.ref(visited), session()
del visited
gc.collect()
frozen = left() is not None
free_garbage()
print(frozen, left() is None, gc.get_freeze_count() > 1000)
"""

CODE = """
import gc, logging
logging.disable()
from explorer import session
from explorer.background.memory import freeze_garbage_collector

freeze_garbage_collector()
first = gc.get_freeze_count()
import sklearn.model_selection
late = len(gc.get_objects())
freeze_garbage_collector()
second, left = gc.get_freeze_count(), len(gc.get_objects())
kept = [{} for _ in range(5000)]
freeze_garbage_collector()
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


def test_what_was_in_use_when_it_was_frozen_is_freed_later() -> None:
    done = subprocess.run([sys.executable, "-c", GARBAGE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "True", "True"]
