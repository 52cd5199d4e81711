"""A warmed-up server has what a first visitor sees, and torch's state is as before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.pages.common import planes
from explorer.pages.explore import page as explore
from explorer.pages.warm import FIRST, warm_up
from explorer.runs.gallery import SHIPPED
from explorer.session import sharing
from explorer.session.sharing import SharedThings
from tests.pages.conftest import Open

REPOSITORY = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def refuse(*arguments: Any) -> Any:
    raise AssertionError("this was to be made before")


def test_the_first_visit_computes_nothing(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_things", SharedThings())
    state = torch.get_rng_state(), torch.get_num_threads(), torch.is_grad_enabled()
    warm_up()
    assert torch.equal(torch.get_rng_state(), state[0])
    assert (torch.get_num_threads(), torch.is_grad_enabled()) == state[1:]
    for module, name in (
        (explore, "round_trip"),
        (explore, "icdf_grid"),
        (planes, "Plane"),
    ):
        monkeypatch.setattr(module, name, refuse)
    page = open_page("Explore").assert_well()
    (film,) = page.pads()[0]["films"]
    assert film["frames"][0]["title"] == FIRST[0]
    assert film["frames"][0]["decoder"]["bits"] == 16
    monkeypatch.setattr(sharing, "_things", SharedThings())
    with pytest.raises(AssertionError):
        open_page("Explore").assert_well()


def test_what_is_warmed_up_is_shipped() -> None:
    assert {*FIRST} <= {*SHIPPED}


def test_pandas_is_whole_before_any_page_draws_a_figure() -> None:
    """Two visitors at once: one loaded pandas, and the other one's figure met half of it."""
    script = (
        "import app, sys, explorer.pages.warm as warm\n"
        "warm.warm_up = lambda: print('whole:', hasattr(sys.modules.get('pandas'), 'Series'))\n"
        "app.get_ready()\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], check=True, cwd=REPOSITORY, capture_output=True, text=True
    )
    assert "whole: True" in said.stdout
