"""The number of threads that torch uses, and a background thread for repeated calls."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

_usual = torch.get_num_threads()  # of this process


def use_threads(count: int | None = None) -> None:
    """Let this thread, and those that begin after it, compute on so many threads; by default on as
    many as the process was told to last. PyTorch has a number for each thread, which begins as what
    any of them has set last."""
    global _usual
    _usual = count or _usual
    torch.set_num_threads(_usual)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread in this context. With several threads on a busy machine, threads wait
    for one another in each step of a small model, which then takes seven times as long.

    What it restores is the number of the process: that of this thread may be 1 because another was
    in such a context when this one began.
    """
    torch.get_num_threads()  # the first operation of a thread would undo what was set before it
    torch.set_num_threads(1)
    try:
        yield
    finally:
        use_threads()


@contextmanager
def meanwhile(act: Callable[[], object], every: float) -> Iterator[None]:
    """Call ``act`` every ``every`` seconds in a background thread while the context is open."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(every):
            act()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
