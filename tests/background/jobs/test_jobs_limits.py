"""What visitors may ask for, and that the board refuses more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from explorer.background.jobs import limits
from explorer.background.jobs.board import Board
from explorer.background.jobs.job import Job, Member, Stage
from explorer.background.jobs.limits import CLASS, LAPTOP, MOST_WAITING, TooMuch
from explorer.background.jobs.owners import COMMAND_LINE, OPERATOR, Visitor, remember_owner
from explorer.datasets import DATASETS
from explorer.runs.defaults import default_run
from explorer.runs.unfinished import unfinished_path
from explorer.specs import NamedRun

PUPIL = Visitor("pupil", alone=False)
MAXIMA = {"widths": (4096,) * 8, "latent_dim": 512, "batch_size": 65_536, "epochs": 100_000}


@pytest.fixture
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.background.jobs.runners.local.LocalRunner.begin", lambda *_: None)


@pytest.fixture
def in_class(nothing_starts, monkeypatch: pytest.MonkeyPatch) -> Board:
    return Board(limits=CLASS)


def named(name, run):
    return [NamedRun(name=name, run=run)]


@pytest.mark.parametrize("kind", [LAPTOP, CLASS], ids=["laptop", "class"])
def test_the_maxima_of_the_form_are_refused_by_name(kind, tiny_run):
    with pytest.raises(ValueError, match=r"^widths: .* parameters, and this server allows"):
        kind.check(PUPIL, [tiny_run.replace(MAXIMA)], 1)


def test_each_limit_names_the_field_to_change(tiny_run):
    def refused(**fields):
        with pytest.raises(ValueError, match="this server") as caught:
            CLASS.check(PUPIL, [tiny_run.replace(fields)], 1)
        return str(caught.value).partition(":")[0]

    assert refused(epochs=201) == "epochs"
    assert refused(widths=(4096, 512)) == "widths"
    large = tiny_run.replace({"batch_size": 65_536, "widths": (512, 512)})
    with pytest.raises(ValueError, match=r"^batch_size: training takes about .* of memory"):
        replace(CLASS, memory=3 * 10**8).check(PUPIL, [large], 1)
    slow = replace(CLASS, seconds=0.01)
    with pytest.raises(ValueError, match=r"^epochs: training takes about .* s, and this server"):
        slow.check(PUPIL, [tiny_run], 1)


def test_a_sweep_takes_as_long_as_its_runs_together(tiny_run):
    run = tiny_run.replace({"epochs": 100})
    one = limits.estimated_seconds(run, DATASETS["digits"].training_images, 1)
    allowed = replace(CLASS, seconds=5 * one)
    allowed.check(PUPIL, [run] * 4, 1)
    with pytest.raises(ValueError, match="fewer epochs"):
        allowed.check(PUPIL, [run] * 6, 1)


def test_a_class_fetches_nothing(tmp_path, monkeypatch, in_class):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    run = default_run(DATASETS["mnist"]).replace({"epochs": 1})
    with pytest.raises(ValueError, match="only its operator may have them fetched"):
        in_class.submit(PUPIL, "one", named("one", run))
    in_class.submit(OPERATOR, "one", named("one", run))


def test_what_a_class_can_train_is_worth_training():
    """The defaults of the form, on every data set that ships with its training images."""
    CLASS.check(PUPIL, [default_run(DATASETS["digits"])], 1)


def test_one_run_each(in_class, tiny_run):
    job = in_class.submit(PUPIL, "one", named("one", tiny_run))
    with pytest.raises(TooMuch, match="1 of your runs are waiting or running"):
        in_class.submit(PUPIL, "two", named("two", tiny_run))
    in_class.submit(Visitor("neighbour", alone=False), "three", named("three", tiny_run))
    in_class.submit(OPERATOR, "four", named("four", tiny_run))
    job.members[0].end(Stage.STOPPED)
    in_class.submit(PUPIL, "two", named("two", tiny_run))


def test_the_operator_and_the_command_line_are_not_bound(in_class, tiny_run):
    for by in (OPERATOR, COMMAND_LINE):
        runs = [NamedRun(name=f"r{n}-{len(by.name)}", run=tiny_run) for n in range(20)]
        in_class.submit(by, "many", runs, sweep=f"s-{len(by.name)}")


def test_nobody_fills_the_board(in_class, tiny_run):
    members = [Member(f"r{n}", tiny_run) for n in range(MOST_WAITING)]
    in_class._jobs.append(Job("somebody", "all", members))
    for by in (PUPIL, OPERATOR):
        with pytest.raises(TooMuch, match="200 of 200 runs"):
            in_class.submit(by, "one", named("one", tiny_run))


def test_disk_of_one_and_of_all(home, in_class, tiny_run):
    path = unfinished_path("mine")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")
    with path.open("r+b") as file:
        file.truncate(CLASS.disk)  # takes no room on the disk
    in_class.submit(PUPIL, "a", named("a", tiny_run))
    remember_owner("mine", "other")
    with pytest.raises(TooMuch, match=r"your models take 100 MB, and with these .* delete some"):
        in_class.submit(Visitor("other", alone=False), "b", named("b", tiny_run))
    with path.open("r+b") as file:
        file.truncate(CLASS.disk_in_all)
    with pytest.raises(TooMuch, match="all models together take"):
        in_class.submit(Visitor("third", alone=False), "c", named("c", tiny_run))


def test_a_full_disk(in_class, tiny_run, monkeypatch):
    usage = limits.shutil.disk_usage("/")
    monkeypatch.setattr(limits.shutil, "disk_usage", lambda _: usage._replace(free=10**8))
    with pytest.raises(TooMuch, match="disk is nearly full"):
        in_class.submit(PUPIL, "one", named("one", tiny_run))


def test_the_limits_in_words():
    words = CLASS.in_words()
    for number in ("2,000,000 parameters", "200 epochs", "10 minutes", "1 run at a time", "100 MB"):
        assert number in words
