"""Submitted jobs survive their server, even those that were still waiting."""

from __future__ import annotations

import os

import pytest

from explorer.background.jobs.board import Board
from explorer.background.jobs.job import Stage
from explorer.background.jobs.owners import OPERATOR
from explorer.background.jobs.plans import Plan, delete_plan, load_plan, plan_names, save_plan
from explorer.files import CheckpointError, home_folder
from explorer.runs.checkpoints import checkpoint_names, user_folder
from explorer.runs.sweeps import load_sweep, plan_sweep
from explorer.runs.unfinished import unfinished_names
from explorer.specs import NamedRun
from tests.support.waiting import wait_over, wait_until

pytestmark = pytest.mark.slow

LONG = 100_000  # epochs


def test_a_sweep_and_waiting_runs_survive_their_server(board, tiny_run):
    """The sweep is half trained when the first server ends; the second completes it."""
    first = Board()
    runs = plan_sweep("s", tiny_run, [0.5, 4.0])
    wait_over(first, first.submit("me", "one of them", runs[:1]))
    busy = [
        first.submit(
            "me", f"b{n}", [NamedRun(name=f"b{n}", run=tiny_run.replace({"epochs": LONG}))]
        )
        for n in range(os.cpu_count() or 1)
    ]
    wait_until(lambda: unfinished_names(), "the machine is taken")
    first.submit("me", "s", runs, sweep="s", resume=True)
    first.submit("me", "last", [NamedRun(name="last", run=tiny_run)])
    assert first.left() == [], "jobs on its own board were offered"
    first.close()

    left = {plan.name: plan for plan in board.left()}
    assert {"s", "last"} <= left.keys()
    assert left["s"].runs == tuple(runs)
    assert {job.title for job in busy} <= {*left, *unfinished_names()}
    again = [
        board.submit(
            "me", plan.name, plan.runs, sweep=plan.name if plan.sweep else None, resume=True
        )
        for plan in (left["s"], left["last"])
    ]
    wait_over(board, *again)
    assert [job.stage for job in again] == [Stage.DONE] * 2
    assert len(load_sweep("s").points) == 2
    assert {"last", *(one.name for one in runs)} <= set(checkpoint_names([user_folder()]))
    assert not {"s", "last"} & {plan.name for plan in board.left()}


def test_a_stopped_sweep_keeps_its_plan_and_a_stopped_run_does_not(board, tiny_run):
    runs = plan_sweep("s", tiny_run.replace({"epochs": LONG}), [0.5, 4.0])
    job = board.submit("me", "s", runs, sweep="s")
    alone = board.submit("me", "x", [NamedRun(name="x", run=runs[0].run)])
    for one in (job, alone):
        board.stop(one, OPERATOR)
        wait_over(board, one)
    assert [plan.name for plan in board.left()] == ["s"]
    delete_plan("s", sweep=True)
    assert board.left() == []


def test_a_refused_job_leaves_no_plan(board, tiny_run, saved):
    with pytest.raises(CheckpointError):
        board.submit("me", "tiny", [NamedRun(name="tiny", run=tiny_run)])
    assert plan_names(sweep=False) == []


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 10_000, b'{"name": "a"}'])
def test_a_broken_plan_is_skipped_and_gives_the_reason(board, tiny_run, content):
    plan = Plan(name="a", sweep=False, runs=(NamedRun(name="a", run=tiny_run),))
    save_plan(plan)
    assert load_plan("a", sweep=False) == plan
    path = home_folder() / "plans" / "a.job"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"a\.job"):
        load_plan("a", sweep=False)
    assert board.left() == []
    save_plan(plan)
    path.rename(path.with_name("b.job"))
    with pytest.raises(CheckpointError, match="belongs to a job named 'a'"):
        load_plan("b", sweep=False)


def test_a_job_whose_plan_cannot_be_written_is_refused(board, tiny_run):
    home_folder().mkdir(parents=True)
    (home_folder() / "plans").write_text("in the way")
    with pytest.raises(CheckpointError, match="cannot be written"):
        board.submit("me", "a", [NamedRun(name="a", run=tiny_run)])
    assert board.jobs() == []
    assert board.busy() == set()
