"""One hostile input, and a series of them within bounds of time and memory."""

from __future__ import annotations

import faulthandler
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import psutil

LONGEST = 10.0  # seconds that one item may take
MOST_MEMORY = 3 * 2**30  # bytes of address space that all items together may take
MOST_TOLD = 20  # tracebacks that are told in full
MB = 1e6


@dataclass(frozen=True)
class Trial:
    """Something to try.

    Attributes:
        what: names it.
        act: opens it and uses it.
        refusal: the exception by which it may be refused.
        is_sentence: whether a refusal can be shown to a visitor as it is.
    """

    what: str
    act: Callable[[], object]
    refusal: type[Exception]
    is_sentence: Callable[[Exception], bool]


@dataclass
class Tally:
    """What came of a series."""

    refused: int = 0
    used: int = 0
    tracebacks: int = 0
    slowest_s: float = 0.0
    slowest: str = ""
    grown_mb: float = 0.0
    peak_mb: float = 0.0
    told: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return dict(vars(self))


def tried(trials: Iterable[Trial], warm: int = 20) -> Tally:
    """Try all. The process ends with a traceback if one of them takes too long; memory counts from
    when a few have been tried."""
    _bound_memory()
    me, tally = psutil.Process(), Tally()
    before = 0
    for number, trial in enumerate(trials):
        faulthandler.dump_traceback_later(LONGEST, exit=True)
        start = time.perf_counter()
        try:
            trial.act()
            tally.used += 1
        except trial.refusal as error:
            if trial.is_sentence(error):
                tally.refused += 1
            else:
                _blame(tally, trial, f"not a sentence: {str(error)[:300]!r}")
        except BaseException:
            _blame(tally, trial, traceback.format_exc())
        seconds = time.perf_counter() - start
        faulthandler.cancel_dump_traceback_later()
        if seconds > tally.slowest_s:
            tally.slowest_s, tally.slowest = seconds, trial.what
        if number == warm or not before:
            before = me.memory_info().rss
            peak = _peak()
    if before:
        tally.grown_mb = (me.memory_info().rss - before) / MB
        tally.peak_mb = _peak() - peak
    return tally


def _blame(tally: Tally, trial: Trial, reason: str) -> None:
    tally.tracebacks += 1
    if len(tally.told) < MOST_TOLD:
        tally.told.append(f"{trial.what}: {reason[-1500:]}")


def _bound_memory() -> None:
    if sys.platform == "linux":
        most = psutil.Process().memory_info().vms + MOST_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _peak() -> float:
    """The most memory that this process has taken so far, in 10⁶ bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MB
