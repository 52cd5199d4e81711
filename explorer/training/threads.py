"""How many threads torch computes with, and one for what is done beside."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread meanwhile: steps of small models wait for one another where several
    threads share a busy machine, and take seven times as long."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def meanwhile(act: Callable[[], object], every: float) -> Iterator[None]:
    """Do something every so many seconds in a thread beside what is done here."""
    over = threading.Event()

    def repeat() -> None:
        while not over.wait(every):
            act()

    beside = threading.Thread(target=repeat)
    beside.start()
    try:
        yield
    finally:
        over.set()
        beside.join()
