"""What belongs to a visitor, only they and the operator may change: the board says so, no page."""

from __future__ import annotations

import pytest

from explorer.background.jobs.board import Board
from explorer.background.jobs.job import Stage
from explorer.background.jobs.owners import (
    COMMAND_LINE,
    OPERATOR,
    Refused,
    Visitor,
    forget_owner,
    owner_of,
    remember_owner,
)
from explorer.background.jobs.plans import Plan, plan_names, save_plan
from explorer.files import home_folder
from explorer.runs.checkpoints import CheckpointError, checkpoint_names, user_folder
from explorer.runs.unfinished import unfinished_names
from explorer.specs import NamedRun
from tests.support.waiting import wait_over, wait_until

ME, YOU = Visitor("me"), Visitor("you")
LONG = 100_000  # epochs


def test_an_owner_is_known_to_the_next_server(home):
    assert owner_of("mine") is None
    remember_owner("mine", "me")
    assert owner_of("mine") == "me"
    forget_owner("mine")
    assert owner_of("mine") is None


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"a\nb", b"x" * 200, b"<b>me</b>"])
def test_a_broken_file_names_nobody(home, content):
    remember_owner("mine", "me")
    (home_folder() / "owners" / "mine").write_bytes(content)
    assert owner_of("mine") is None


def test_names_lead_nowhere_else(home):
    for name in ("../secret", "a/b", "", "."):
        with pytest.raises(ValueError, match="name"):
            owner_of(name)


def test_everybody_may_change_what_is_nobodys_and_the_operator_everything():
    ME.check_may("me", "it")
    ME.check_may(None, "it")
    OPERATOR.check_may("you", "it")
    with pytest.raises(Refused, match="it belongs to another visitor"):
        ME.check_may("you", "it")
    with pytest.raises(Refused):
        Visitor("").check_may("you", "it")


def test_in_a_class_what_is_nobodys_is_the_operators():
    with pytest.raises(Refused, match="it belongs to nobody here: only the operator"):
        Visitor("pupil", alone=False).check_may(None, "it")
    OPERATOR.check_may(None, "it")


def test_only_the_operator_chooses_where_runs_are_trained(board: Board):
    with pytest.raises(Refused, match="only the operator"):
        board.use(None, ME)
    board.use(None, OPERATOR)


def test_a_name_that_waits_to_be_trained_is_not_taken_over(board: Board, tiny_run, monkeypatch):
    """Neither by another visitor nor by its owner, who would lose what was planned."""
    run = NamedRun(name="mine", run=tiny_run)
    save_plan(Plan(name="mine", sweep=False, runs=(run,)))
    save_plan(Plan(name="ours", sweep=True, runs=(run,)))
    for name in ("mine", "ours"):
        remember_owner(name, "me")
    other = NamedRun(name="ours-beta-1", run=tiny_run)
    for sweep, runs in ((None, [run]), ("ours", [other])):
        with pytest.raises(Refused, match="belongs to another visitor"):
            board.submit(YOU, "new", runs, sweep=sweep)
        with pytest.raises(CheckpointError, match="continue or forget it, or choose another name"):
            board.submit(ME, "new", runs, sweep=sweep)
    assert board.jobs() == []


@pytest.mark.slow
def test_nobody_else_can_stop_change_resume_remove_or_delete_a_run(board: Board, tiny_run):
    run = NamedRun(name="mine", run=tiny_run.replace({"epochs": LONG}))
    job = board.submit(ME, "mine", [run])
    (member,) = job.members
    wait_until(lambda: member.history, "an epoch is over")
    for action in (
        lambda: board.stop(job, YOU),
        lambda: board.change(job, member, YOU, learning_rate=1e-3),
        lambda: board.drop("mine", YOU),
    ):
        with pytest.raises(Refused, match="mine belongs to another visitor"):
            action()
    assert member.stage == Stage.RUNNING
    assert not member.run.training.changes

    board.stop(job, ME)
    wait_over(board, job)
    assert unfinished_names() == ["mine"]
    for action in (
        lambda: board.submit(YOU, "mine", [run], resume=True),
        lambda: board.submit("you", "mine", [run], resume=True),
        lambda: board.drop("mine", YOU),
        lambda: board.forget(job, YOU),
        lambda: board.save_again(job, member, YOU),
    ):
        with pytest.raises(Refused):
            action()
    assert unfinished_names() == ["mine"]
    assert job in board.jobs()
    board.drop("mine", OPERATOR)
    assert unfinished_names() == []
    assert owner_of("mine") is None


@pytest.mark.slow
def test_a_trained_model_is_its_owners_also_after_a_restart(board: Board, tiny_run):
    run = NamedRun(name="mine", run=tiny_run)
    job = board.submit(ME, "mine", [run])
    wait_over(board, job)
    (member,) = job.members
    with pytest.raises(Refused):
        board.delete(job, member, YOU)
    assert checkpoint_names([user_folder()]) == ["mine"]
    assert owner_of("mine") == "me"
    board.delete(job, member, ME)
    assert checkpoint_names([user_folder()]) == []
    assert job not in board.jobs()


def test_plans_of_an_earlier_server_are_their_owners(home, tiny_run):
    runs = (NamedRun(name="mine", run=tiny_run),)
    plan = Plan(name="mine", sweep=False, runs=runs)
    save_plan(plan)
    remember_owner("mine", "me")
    board = Board()
    try:
        with pytest.raises(Refused):
            board.forget_plan(plan, YOU)
        with pytest.raises(Refused):
            board.submit(YOU, "mine", runs, resume=True)
        assert plan_names(False) == ["mine"]
        board.forget_plan(plan, ME)
        assert plan_names(False) == []
    finally:
        board.close()


@pytest.mark.slow
def test_the_command_line_resumes_everything_and_owns_nothing(board: Board, tiny_run):
    run = NamedRun(name="one", run=tiny_run.replace({"epochs": LONG}))
    job = board.submit(ME, "one", [run])
    wait_until(lambda: job.members[0].history, "an epoch is over")
    board.stop(job, ME)
    wait_over(board, job)
    again = board.submit(COMMAND_LINE, "one", [run], resume=True)
    board.stop(again, COMMAND_LINE)
    wait_over(board, again)
    assert owner_of("one") == "me"

    other = board.submit(COMMAND_LINE, "other", [NamedRun(name="other", run=tiny_run)])
    wait_over(board, other)
    assert owner_of("other") is None
