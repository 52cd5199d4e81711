"""Training on this machine, in child processes of the app."""

import os
import threading
from collections.abc import Callable
from typing import Any

from explorer.background.jobs.job import Stage
from explorer.background.jobs.pool import Errand, Pool
from explorer.background.jobs.runners.base import STARTS, WAITS, Runner, Task, in_words
from explorer.background.processes import POLITE
from explorer.training.hardware import best_device


class LocalRunner(Runner):
    """Runs as many tasks in parallel as the cores allow; on a CUDA device, one at a time.

    A single run gets all cores but one, which is left for serving pages. The members of a sweep get
    one core each, which is faster than one after another on all cores. A CUDA device trains them as
    one stack.
    """

    def __init__(self, ended: Callable[[Task], None]) -> None:
        super().__init__(ended)
        self._cores = os.cpu_count() or 1
        self._cuda = best_device().type == "cuda"
        self._pool = Pool(POLITE)
        self._waiting: dict[Task, int] = {}  # and the cores that each needs
        self._working: dict[Errand, int] = {}

    def begin(self, tasks: list[Task]) -> None:
        if self._cuda:
            tasks = [self.stack(tasks)]
        cores = max(self._cores - 1, 1) if len(tasks) == 1 else 1
        with self._lock:
            for task in tasks:
                task.note(WAITS)
                if not task.over:  # it may have been cancelled in the meantime
                    self._waiting[task] = cores
        self._begin_next()

    def tell(self, task: Task, head: dict[str, Any]) -> None:
        if errand := task.place:
            errand.tell(head)

    def end(self, task: Task) -> None:
        with self._lock:
            self._waiting.pop(task, None)
            errand = task.place
        if errand:
            errand.stop("cancelled")
        else:
            self.over(task, Stage.STOPPED, "cancelled")
            self._begin_next()  # others may have been waiting behind it

    def let_go(self) -> None:
        with self._lock:
            self._waiting.clear()
            working = [*self._working]
        for errand in working:
            errand.kill("the app was closed")
        self._pool.close()

    def _begin_next(self) -> None:
        """Start waiting tasks in turn while enough cores are free. A task that needs more cores is
        not overtaken, or it might never start."""
        with self._lock:
            while self._waiting:
                task = min(self._waiting, key=lambda task: task.turn)
                cores = self._waiting[task]
                free = self._cores - sum(self._working.values())
                if cores > free or (self._cuda and self._working):
                    return
                del self._waiting[task]
                task.note(STARTS)
                task.place = errand = Errand(self._pool, task.order(cores))
                self._working[errand] = cores
                threading.Thread(target=self._work, args=(task, errand), daemon=True).start()

    def _work(self, task: Task, errand: Errand) -> None:
        try:
            errand.run(lambda message: self.hear(task, message))
        except Exception as error:  # for instance not enough memory for a process
            self.over(task, Stage.FAILED, in_words(error))
        finally:
            with self._lock:
                del self._working[errand]
            self._begin_next()
