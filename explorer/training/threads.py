"""The number of threads that torch uses, and a background thread for repeated calls."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread in this context. With several threads on a busy machine, threads wait
    for one another in each step of a small model, which then takes seven times as long."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


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
