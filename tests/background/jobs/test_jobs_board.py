"""Jobs on this machine in real processes: trained, stopped, resumed, changed, killed, refused."""

from __future__ import annotations

import itertools
import os
import resource
import signal
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import psutil
import pytest

from explorer.background.jobs.board import Board
from explorer.background.jobs.films import load_film
from explorer.background.jobs.job import ACTIVE, Stage
from explorer.background.jobs.owners import OPERATOR, Refused
from explorer.background.jobs.pool import FAREWELL
from explorer.background.jobs.runners import base
from explorer.background.jobs.runners.base import WAITS
from explorer.datasets import DatasetUnavailable
from explorer.runs.checkpoints import (
    CheckpointError,
    checkpoint_names,
    load_checkpoint,
    read_spec,
    user_folder,
)
from explorer.runs.train import train_checkpoint
from explorer.runs.unfinished import load_unfinished, owned, unfinished_names
from explorer.specs import NamedRun
from tests.support.waiting import wait_over, wait_until

pytestmark = pytest.mark.slow

LONG = 100_000  # epochs: longer than any test


@pytest.fixture
def submit(board, tiny_run):
    """Submit one run: ``submit("name", owner="me", resume=False, field=value)``."""

    def submit(name, owner="me", resume=False, **fields):
        run = NamedRun(name=name, run=tiny_run.replace(fields))
        return board.submit(owner, name, [run], resume=resume)

    return submit


def running(job):
    return job.members[0].history


def waits(job):
    return job.members[0].note == WAITS


def children() -> list[psutil.Process]:
    """Our training processes."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has just ended
            if process.name() == "jobs.child":
                found.append(process)
    return found


def kill_children() -> None:
    """Kill them as the system does when memory runs out."""
    for process in children():
        with suppress(psutil.NoSuchProcess):  # it has just ended
            process.kill()


def test_a_job_trains_like_a_direct_call(board, submit, tiny_run, digits, tmp_path):
    job = submit("one")
    (member,) = job.members
    wait_over(board, job)
    assert (member.stage, member.note, member.trouble) == (Stage.DONE, "", "")
    for _ in train_checkpoint(tmp_path, "one", tiny_run, digits):
        pass
    ours, by_hand = load_checkpoint(user_folder() / "one"), load_checkpoint(tmp_path / "one")
    np.testing.assert_allclose(ours.codes.mean, by_hand.codes.mean, atol=1e-4)
    assert ours.spec.run == by_hand.spec.run
    assert [r.epoch for r in ours.history] == [r.epoch for r in member.history] == [1, 2, 3]
    assert unfinished_names() == []


def test_the_film_shows_how_the_plane_formed(board, submit, digits):
    job = submit("one", epochs=12)
    wait_over(board, job)
    frames, labels = load_film(read_spec(user_folder() / "one"))
    assert labels.tolist() == digits.validation.labels.tolist()
    steps = [frame.step for frame in frames]
    assert steps[:4] == [0, 1, 2, 4], "early, every few steps"
    assert [frame.epoch for frame in frames][-12:] == list(range(1, 13)), "then every epoch"
    assert all(frame.codes.shape == (200, 2) for frame in frames)
    moved = [np.abs(a.codes - b.codes).max() for a, b in itertools.pairwise(frames)]
    assert min(moved) > 0
    assert len(frames) == len(job.members[0].frames)


def test_a_long_film_is_bounded(board, submit):
    job = submit("one", epochs=400)
    wait_over(board, job)
    assert 60 <= len(job.members[0].frames) <= 100
    assert job.members[0].frames[-1].epoch == 400


def test_a_stopped_job_keeps_its_last_epoch_and_is_resumed(board, submit, tmp_path, digits):
    job = submit("one", epochs=60)
    (member,) = job.members
    wait_until(lambda: len(member.history) >= 5, "five epochs are over")
    board.stop(job, OPERATOR)
    assert member.stage == Stage.STOPPED
    wait_over(board, job)
    assert board.resumable() == ["one"]
    kept = len(load_unfinished("one").history)
    assert kept >= 5
    assert checkpoint_names([user_folder()]) == []

    with pytest.raises(CheckpointError, match="stopped run named one"):
        submit("one", epochs=60)
    again = submit("one", epochs=60, resume=True)
    assert len(again.members[0].history) == kept
    wait_over(board, again)
    assert again.stage == Stage.DONE
    for _ in train_checkpoint(tmp_path, "whole", member.run, digits):
        pass
    ours, whole = load_checkpoint(user_folder() / "one"), load_checkpoint(tmp_path / "whole")
    np.testing.assert_allclose(ours.codes.mean, whole.codes.mean, atol=1e-3)
    assert len(ours.history) == 60


def test_a_change_takes_effect_and_is_recorded_in_spec_and_history(board, submit):
    job = submit("one", epochs=200)
    (member,) = job.members
    wait_until(lambda: running(job), "it runs")
    board.change(job, member, OPERATOR, kl_weight=30.0, learning_rate=1e-3)
    wait_until(lambda: member.run.training.changes, "it was told")
    wait_over(board, job)
    saved = load_checkpoint(user_folder() / "one")
    (change,) = saved.spec.run.training.changes
    assert (change.kl_weight, change.learning_rate) == (30.0, 1e-3)
    weights = [record.kl_weight for record in saved.history]
    assert weights == [1.0] * change.epoch + [30.0] * (200 - change.epoch)
    assert saved.history[-1].held_out.kl_total < 0.1, "the KL weight had no effect"


def test_an_invalid_change_is_refused_by_its_field(board, submit):
    job = submit("one", epochs=LONG)
    for values in ({"kl_weight": -1.0}, {"learning_rate": 0.0}, {"kl_weight": float("nan")}):
        with pytest.raises(ValueError, match=next(iter(values))):
            board.change(job, job.members[0], OPERATOR, **values)
    assert job.active


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"epochs": 0}, "epochs"),
        ({"kl_weight": -1}, "kl_weight"),
        ({"latent_dim": 10**9}, "latent_dim"),
        ({"family": "gan"}, "family"),
        ({"likelihood": "poisson"}, "likelihood"),
        ({"image_shape": (1, 28, 28)}, "image_shape"),
        ({"options.free_bits": -3}, "free_bits"),
    ],
)
def test_invalid_settings_never_become_a_job(board, submit, fields, named):
    with pytest.raises(ValueError, match=named):
        submit("one", **fields)
    assert board.jobs() == []
    with owned("one"):
        pass  # the name is free


def test_an_unknown_data_set_never_becomes_a_job(board, submit):
    with pytest.raises(DatasetUnavailable, match="cats"):
        submit("one", dataset="cats")
    assert board.jobs() == []


def test_two_jobs_cannot_write_one_checkpoint(board, submit, tiny_run, saved):
    submit("one", epochs=LONG)
    with pytest.raises(CheckpointError, match="one is being trained"):
        submit("one", epochs=LONG)
    with pytest.raises(CheckpointError, match="tiny exists already"):
        submit("tiny")
    with pytest.raises(CheckpointError, match="exists already"):
        submit("digits-vae")  # the gallery's
    other = Board()
    with pytest.raises(CheckpointError, match="one is being trained"):
        other.submit("me", "one", [NamedRun(name="one", run=tiny_run)])
    with pytest.raises(Refused, match="one belongs to another visitor"):
        other.submit("you", "one", [NamedRun(name="one", run=tiny_run)])
    assert len(board.jobs()) == 1


def test_a_sweep_with_a_taken_name_reserves_no_names(board, tiny_run, saved):
    runs = [NamedRun(name=name, run=tiny_run) for name in ("a", "b", "tiny")]
    with pytest.raises(CheckpointError, match="tiny"):
        board.submit("me", "sweep", runs)
    with owned("a"), owned("b"):
        pass


def test_owners_take_turns(board, submit):
    """A visitor with many jobs does not keep others waiting behind all of them."""
    before = [submit(f"before-{n}", f"owner-{n}", epochs=LONG) for n in range(os.cpu_count() or 1)]
    wait_until(lambda: all(map(running, before)), "the machine is taken")
    mine = [submit(f"mine-{n}", "me", epochs=LONG) for n in range(4)]
    yours = submit("yours", "you", epochs=LONG)
    wait_until(lambda: all(map(waits, (*mine, yours))), "all of them wait")
    for job in before:
        board.stop(job, OPERATOR)
    left, turns = (
        {*mine, yours},
        0,
    )  # of leaving the queue; processes then start at different speeds
    while yours in left:
        wait_until(lambda left=left: not all(map(waits, left)), "a job has its turn")
        turn = {job for job in left if not waits(job)}
        for job in turn:
            board.stop(job, OPERATOR)
        left, turns = left - turn, turns + len(turn)
    assert turns <= 3
    assert next(job.title for job in board.jobs("you")) == "yours"
    assert [job.title for job in board.jobs("me")][:4] == ["mine-3", "mine-2", "mine-1", "mine-0"]


def test_a_waiting_job_can_be_stopped(board, submit):
    jobs = [submit(f"j{n}", epochs=LONG) for n in range((os.cpu_count() or 1) + 2)]
    wait_until(lambda: running(jobs[0]), "the first runs")
    board.stop(jobs[-1], OPERATOR)
    wait_over(board, jobs[-1])
    assert (jobs[-1].stage, jobs[-1].members[0].history) == (Stage.STOPPED, [])
    assert jobs[0].active


def test_a_job_stopped_before_its_first_message_blocks_no_other(board, submit):
    wait_over(board, submit("warm"))
    early = [submit(f"early-{n}", epochs=LONG) for n in range(2)]
    for job in early:
        board.stop(job, OPERATOR)
    begun = time.monotonic()
    wait_over(board, submit("after"))
    assert time.monotonic() - begun < 2 * FAREWELL, "it waited for stopped jobs"


def test_a_run_is_not_resumed_with_other_settings(board, submit):
    job = submit("one", epochs=LONG)
    wait_until(lambda: unfinished_names() == ["one"], "an epoch was saved")
    board.stop(job, OPERATOR)
    wait_over(board, job)
    with pytest.raises(CheckpointError, match="one was started with kl_weight"):
        submit("one", epochs=LONG, kl_weight=7, resume=True)


def test_an_error_in_one_task_does_not_affect_others(board, submit, monkeypatch):
    def spoil(member, head, body):
        if member.name == "bad" and head["kind"] == "progress":
            raise OSError("as from a disk")
        really(member, head, body)

    really = base.take_in
    monkeypatch.setattr(base, "take_in", spoil)
    bad, good = submit("bad", epochs=60), submit("good", epochs=60)
    wait_over(board, bad, good)
    assert (bad.stage, good.stage) == (Stage.FAILED, Stage.DONE)
    assert "as from a disk" in bad.members[0].note


def test_a_diverging_loss_ends_only_its_own_job(board, submit):
    calm = submit("calm", epochs=LONG)
    steep = {"learning_rate": 10, "link": "identity", "likelihood_scale": 1e-3}
    wild = submit("wild", family="ae", widths=(64,) * 8, **steep)
    wait_over(board, wild)
    assert wild.stage == Stage.FAILED
    assert "loss is not finite" in wild.members[0].note
    assert calm.members[0].stage in ACTIVE


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="Linux limits other processes")
def test_running_out_of_memory_is_reported(board, submit):
    wait_over(board, submit("warm"))
    for process in children():
        most = process.memory_info().vms + 2**27
        resource.prlimit(process.pid, resource.RLIMIT_AS, (most, most))
    job = submit("big", owner=OPERATOR, widths=(4096,) * 4)
    wait_over(board, job)
    assert job.stage == Stage.FAILED
    assert "memory" in job.members[0].note
    kill_children()  # so that no other test gets the limit


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_a_killed_process_is_started_again_once_and_ends_only_its_job(board, submit):
    job = submit("one", epochs=LONG)
    (member,) = job.members
    wait_until(lambda: unfinished_names() == ["one"], "an epoch was saved")
    kill_children()
    wait_until(lambda: member.restarts == 1 and member.stage == Stage.RUNNING, "it began again")
    epochs = len(member.history)
    assert epochs > 0, "it went on from the last saved epoch"
    wait_until(lambda: len(member.history) > epochs, "it trains")
    assert [record.epoch for record in member.history] == [*range(1, len(member.history) + 1)]
    kill_children()
    wait_over(board, job)
    assert job.stage == Stage.FAILED
    assert member.note == "its process was killed from outside (SIGKILL)"
    assert load_unfinished("one").history
    assert board.resumable() == ["one"]
    after = submit("two")
    wait_over(board, after)
    assert after.stage == Stage.DONE


def test_closing_a_board_leaves_resumable_runs_and_no_process(tiny_run):
    before = set(children())
    board = Board()
    run = NamedRun(name="one", run=tiny_run.replace({"epochs": LONG}))
    job = board.submit("me", "one", [run])
    wait_until(lambda: unfinished_names() == ["one"], "an epoch was saved")
    board.close()
    assert job.stage == Stage.STOPPED
    wait_until(lambda: not set(children()) - before, "its process is gone")
    assert load_unfinished("one").run == run.run


@pytest.fixture
def full_disk():
    """Limits files to 4 kB: a write fails midway, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


def test_on_a_full_disk_the_model_is_kept_until_it_can_be_saved(board, submit, full_disk):
    warm = submit("warm")
    wait_over(board, warm)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    full_disk()
    job = submit("one")
    wait_over(board, job)
    (member,) = job.members
    assert member.stage == Stage.UNSAVED
    assert "cannot be written" in member.trouble
    assert checkpoint_names([user_folder()]) == ["warm"]
    with pytest.raises(CheckpointError, match="cannot be written"):
        board.save_again(job, member, OPERATOR)
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    board.save_again(job, member, OPERATOR)
    assert (member.stage, member.trouble) == (Stage.DONE, "")
    assert load_checkpoint(user_folder() / "one").spec.run == member.run


def test_a_home_that_is_not_writable_is_reported_on_submit(board, submit, home):
    home.parent.mkdir(exist_ok=True)
    home.write_text("not a folder")
    with pytest.raises(CheckpointError, match="cannot be written"):
        submit("one")
    assert board.jobs() == []
    assert home.read_text() == "not a folder"
