"""Training on this machine, in child processes of the app."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from explorer.background.jobs.job import ACTIVE, Stage
from explorer.background.jobs.pool import Errand, Pool
from explorer.background.jobs.runners.base import ON_REQUEST, STARTS, WAITS, Runner, Task, in_words
from explorer.background.processes import POLITE
from explorer.training.hardware import best_device

SLICE = 20.0  # seconds that a task trains before it lets a shorter one go first
MUCH_LONGER = 4.0  # times the shorter one, for which it does
MOST_DEATHS = 1  # of a task's process, after which it is started again


@dataclass(eq=False)
class _Waiting:
    """A task that waits: the cores it needs, and since when."""

    cores: int
    since: float = field(default_factory=time.monotonic)


@dataclass(eq=False)
class _Working:
    """A task that is being trained, since when, and whether it was asked to let others go first."""

    task: Task
    cores: int
    since: float = field(default_factory=time.monotonic)
    yields: bool = False


class LocalRunner(Runner):
    """Runs as many tasks in parallel as the cores allow; on a CUDA device, one at a time.

    A single run gets all cores but one, which is left for serving pages. The members of a sweep get
    one core each, which is faster than one after another on all cores. A CUDA device trains them as
    one stack.

    Owners take turns, and among tasks of the same turn the shortest goes first, where every second
    of waiting counts like one second less. A long task that is being trained lets a much shorter
    one go first, and goes on after it. If the process of a task is killed, it is started again
    from its last saved epoch, once.
    """

    def __init__(self, ended: Callable[[Task], None]) -> None:
        super().__init__(ended)
        self._cores = os.cpu_count() or 1
        self._cuda = best_device().type == "cuda"
        self._pool = Pool(POLITE)
        self._waiting: dict[Task, _Waiting] = {}
        self._working: dict[Errand, _Working] = {}
        self._looks_again: threading.Timer | None = None
        self._closed = False

    def begin(self, tasks: list[Task]) -> None:
        if self._cuda:
            tasks = [self.stack(tasks)]
        cores = max(self._cores - 1, 1) if len(tasks) == 1 else 1
        with self._lock:
            for task in tasks:
                task.note(WAITS)
                if not task.over:  # it may have been stopped in the meantime
                    self._waiting[task] = _Waiting(cores)
        self._begin_next()

    def tell(self, task: Task, head: dict[str, Any]) -> None:
        if errand := task.place:
            errand.tell(head)

    def end(self, task: Task) -> None:
        with self._lock:
            self._waiting.pop(task, None)
            errand = task.place
        if errand:
            errand.stop(ON_REQUEST)
        else:
            self.over(task, Stage.STOPPED, ON_REQUEST)
            self._begin_next()  # others may have been waiting behind it

    def let_go(self) -> None:
        with self._lock:
            self._closed = True
            self._waiting.clear()
            working = [*self._working]
        for errand in working:
            errand.kill("the app was closed")
        self._pool.close()

    def begins_again(self, task: Task, died: bool) -> bool:
        with self._lock:
            working = self._working[task.place]
            killed = died and not working.yields
            task.deaths += killed
            active = any(member.stage in ACTIVE for member in task.members)
            if self._closed or not active or task.deaths > MOST_DEATHS:
                return False
            if not (killed or working.yields):
                return False
            task.keep_active()
            for member in task.members:
                member.restarts += killed
                member.stage = Stage.WAITING
            task.place = None
            task.note(WAITS)
            self._waiting[task] = _Waiting(working.cores)
            return True

    def _begin_next(self) -> None:
        """Start waiting tasks in turn while enough cores are free. A task that needs more cores is
        not overtaken, or it might never start."""
        with self._lock:
            while self._waiting:
                task = min(self._waiting, key=self._turn)
                cores = self._waiting[task].cores
                free = self._cores - sum(one.cores for one in self._working.values())
                if cores > free or (self._cuda and self._working):
                    self._ask_to_yield(task)
                    return
                del self._waiting[task]
                task.note(STARTS)
                task.place = errand = Errand(self._pool, task.order(cores))
                self._working[errand] = _Working(task, cores)
                threading.Thread(target=self._work, args=(task, errand), daemon=True).start()

    def _turn(self, task: Task) -> tuple[int, float]:
        return task.turn, task.seconds_left + self._waiting[task].since

    def _ask_to_yield(self, to: Task) -> None:
        """Ask the longest task that is being trained to let another go first, if it is much longer;
        look again when it has had its time."""
        longer = {
            errand: one
            for errand, one in self._working.items()
            if one.task.turn >= to.turn and one.task.seconds_left > MUCH_LONGER * to.seconds_left
        }
        if not longer or any(one.yields for one in self._working.values()):
            return
        errand, longest = max(longer.items(), key=lambda item: item[1].task.seconds_left)
        wait = longest.since + SLICE - time.monotonic()
        if wait <= 0:
            longest.yields = True
            errand.stop("it lets a shorter run go first")
        elif self._looks_again is None:
            self._looks_again = threading.Timer(wait, self._look_again)
            self._looks_again.daemon = True
            self._looks_again.start()

    def _look_again(self) -> None:
        with self._lock:
            self._looks_again = None
        self._begin_next()

    def _work(self, task: Task, errand: Errand) -> None:
        try:
            errand.run(lambda message: self.hear(task, message))
        except Exception as error:  # for instance not enough memory for a process
            self.over(task, Stage.FAILED, in_words(error))
        finally:
            with self._lock:
                del self._working[errand]
            self._begin_next()
