"""Nothing that a page does changes the process, which all visitors share."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
import torch

from explorer.pages import PAGES
from explorer.session.backroom import Order
from explorer.session.later import _backroom
from tests.pages.conftest import Open

pytestmark = pytest.mark.slow


def state() -> dict[str, object]:
    """What a library or a page could change for everybody."""
    kind, keys, position, *rest = np.random.get_state()  # noqa: NPY002
    return {
        "dtype": torch.get_default_dtype(),
        "threads": torch.get_num_threads(),
        "gradients": torch.is_grad_enabled(),
        "anomalies": torch.is_anomaly_enabled(),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "precision": torch.get_float32_matmul_precision(),
        "seed": torch.get_rng_state().numpy().tobytes(),
        "seed of NumPy": (kind, keys.tobytes(), position, *rest),
        "errors of NumPy": tuple(np.geterr().items()),
        "warnings": len(warnings.filters),
        "folder": os.getcwd(),
        "environment": tuple(sorted(os.environ.items())),
        "hooks": sum(len(one) for one in vars(torch.nn.modules.module).values() if _holds(one)),
    }


def _holds(one: object) -> bool:
    return isinstance(one, dict) and one.__class__.__name__ == "OrderedDict"


def in_the_background(number: int) -> tuple[bool, int]:
    """The same of the threads that compute for all: gradients, and threads."""

    def look() -> tuple[bool, int]:
        return torch.is_grad_enabled(), torch.get_num_threads()

    return _backroom().ask(("state", number), Order(look)).result(60)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.TITLE)
def test_a_page_leaves_the_process_as_it_was(
    open_page: Open, page, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[bool] = []
    monkeypatch.setattr(torch, "set_flush_denormal", flushed.append)
    options = {"model": "digits-vae", "replay": "true"} if page.TITLE == "Explore" else {}
    # What is imported or tried once per process may set something; after that nothing may.
    open_page(page.TITLE, **options).assert_well()
    number = 2 * [*PAGES].index(page)
    before, behind = state(), in_the_background(number)
    open_page(page.TITLE, **options).assert_well().run().assert_well()
    after = state()
    assert {name for name in before if before[name] != after[name]} == set()
    assert in_the_background(number + 1) == behind == (True, before["threads"])
    assert not flushed, "denormals are kept; only training flushes them, in a process of its own"
