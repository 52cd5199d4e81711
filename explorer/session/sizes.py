"""How many bytes things take, approximately: their arrays, tensors and texts, at any depth."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import torch

from explorer.datasets import HeldOut


def sizes_of(things: Iterable[object]) -> Iterator[int]:
    """The size of each thing in bytes, without what an earlier one has as well. Data sets do not
    count: they are kept elsewhere."""
    seen: set[int] = set()
    for thing in things:
        yield _added(thing, seen)


def size_of(thing: object) -> int:
    """The size of one thing in bytes."""
    return next(sizes_of([thing]))


def _added(thing: object, seen: set[int]) -> int:
    taken, left = 0, [thing]
    while left:
        one: Any = left.pop()
        if isinstance(one, np.ndarray) and isinstance(one.base, np.ndarray):
            one = one.base  # a part of an array keeps all of it
        if id(one) in seen or isinstance(one, HeldOut | type):
            continue
        seen.add(id(one))
        if isinstance(one, np.ndarray):
            taken += one.nbytes
        elif isinstance(one, torch.Tensor):
            storage = one.untyped_storage()
            if storage.data_ptr() not in seen:
                seen.add(storage.data_ptr())
                taken += storage.nbytes()
        elif isinstance(one, bytes | str):
            taken += len(one)
        elif isinstance(one, Mapping):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            left += one
        elif isinstance(one, partial):
            left += [one.func, one.args, one.keywords]
        elif hasattr(one, "__self__"):  # a method
            left.append(one.__self__)
        elif isinstance(one, torch.nn.Module) or type(one).__module__.startswith("explorer."):
            left += vars(one).values() if hasattr(one, "__dict__") else []
    return taken
