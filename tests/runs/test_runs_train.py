"""Whole runs: killed at any moment and resumed, they end as if nothing had happened."""

import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest
import torch

from explorer.datasets import DATASETS
from explorer.runs.checkpoints import CheckpointError, load_checkpoint, user_folder
from explorer.runs.defaults import default_run
from explorer.runs.train import train_checkpoint
from explorer.runs.unfinished import Unfinished, load_unfinished, save_unfinished, unfinished_names
from explorer.specs import Change
from explorer.training.loop import NonFiniteLoss, Trainer

REPOSITORY = Path(__file__).parents[2]


def finish(name, run, dataset, **options):
    """Train to the end; the checkpoint."""
    for _ in train_checkpoint(user_folder(), name, run, dataset, **options):
        pass
    return load_checkpoint(user_folder() / name)


def assert_same_training(found, wanted):
    """Equal bit for bit in all but the clock."""
    assert found.spec.run == wanted.spec.run
    assert found.spec.measures == wanted.spec.measures
    for ours, theirs in zip(found.history, wanted.history, strict=True):
        assert (ours.epoch, ours.train, ours.held_out) == (
            theirs.epoch,
            theirs.train,
            theirs.held_out,
        )
    state = wanted.model.state_dict()
    assert all(torch.equal(v, state[k]) for k, v in found.model.state_dict().items())
    assert found.codes.mean.tobytes() == wanted.codes.mean.tobytes()


# A run of one's own


@pytest.mark.parametrize("name", DATASETS)
def test_the_default_fits_its_data_set(name):
    source = DATASETS[name]
    run = default_run(source)
    assert run.dataset == name
    assert run.model.image_shape == source.image_shape
    assert run.model.classes == len(source.classes)


def test_progress_is_yielded_and_the_checkpoint_saved(tiny_run, digits):
    seen = list(train_checkpoint(user_folder(), "r", tiny_run, digits, snapshots=10))
    assert [progress.record.epoch for progress in seen] == [1, 2, 3]
    assert all(progress.snapshot.shape == (10, 2) for progress in seen)
    checkpoint = load_checkpoint(user_folder() / "r")
    assert checkpoint.history == tuple(progress.record for progress in seen)
    assert unfinished_names() == []


def test_float16_is_measured_as_it_is_stored(tiny_run, digits):
    """What the spec says of the model is true of the model that is loaded."""
    from explorer.analysis.measures import INSTANT, evaluate
    from explorer.analysis.subject import Subject

    checkpoint = finish("r", tiny_run, digits, storage="float16")
    weights = checkpoint.model.state_dict().values()
    assert all(torch.equal(value, value.half().float()) for value in weights)
    subject = Subject.of(checkpoint.model.view(), digits, validation=checkpoint.validation)
    assert evaluate(subject, INSTANT) == checkpoint.spec.measures


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"dataset": "mnist"}, "dataset: mnist does not fit digits"),
        ({"classes": 3}, "classes: 3 does not fit digits, which has 10"),
        ({"image_shape": (1, 4, 16)}, r"image_shape: .* which has \(1, 8, 8\)"),
    ],
)
def test_a_run_must_be_about_its_data_set(change, reason, tiny_run, digits):
    with pytest.raises(ValueError, match=reason):
        finish("r", tiny_run.replace(change), digits)


@pytest.mark.parametrize("resume", [False, True])
def test_a_taken_name_is_refused_before_any_training(resume, saved, tiny_run, stopped_run, digits):
    other = tiny_run.replace({"seed": 5})
    save_unfinished("tiny", Unfinished(other, stopped_run.history, stopped_run.state))
    run = train_checkpoint(saved.parent, "tiny", other, digits, resume=resume)
    with pytest.raises(CheckpointError, match="tiny exists already; choose another name"):
        next(run)
    assert unfinished_names() == ["tiny"]


def test_a_run_can_be_told_to_overwrite(saved, tiny_run, digits):
    longer = tiny_run.replace({"epochs": 4})
    assert len(finish("tiny", longer, digits, overwrite=True).history) == 4


def test_one_name_is_not_trained_twice_at_once(tiny_run, digits):
    first = train_checkpoint(user_folder(), "r", tiny_run, digits)
    next(first)
    with pytest.raises(CheckpointError, match="r is being trained by another job or process"):
        next(train_checkpoint(user_folder(), "r", tiny_run, digits))
    first.close()
    finish("r", tiny_run, digits)


# Stopped and resumed


@pytest.mark.parametrize("storage", ["float32", "float16"])
def test_a_stopped_run_goes_on_as_if_nothing_had_happened(storage, tiny_run, digits):
    whole = finish("whole", tiny_run, digits, storage=storage)
    list(islice(train_checkpoint(user_folder(), "r", tiny_run, digits), 2))
    assert unfinished_names() == ["r"]
    assert_same_training(finish("r", tiny_run, digits, resume=True, storage=storage), whole)
    assert unfinished_names() == []


def test_what_cannot_be_resumed_says_so(tiny_run, digits):
    with pytest.raises(CheckpointError, match="no stopped run named 'r' to resume"):
        finish("r", tiny_run, digits, resume=True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"epochs": 9}, "r was started with epochs 3, so it cannot be resumed with 9"),
        ({"widths": (4,)}, r"r was started with widths \(8,\), so .* with \(4,\)"),
    ],
)
def test_a_run_is_resumed_with_the_settings_it_was_begun_with(
    change, reason, stopped_run, tiny_run, digits
):
    save_unfinished("r", stopped_run)
    with pytest.raises(CheckpointError, match=reason):
        finish("r", tiny_run.replace(change), digits, resume=True)
    assert unfinished_names() == ["r"]


def test_changes_made_during_a_run_are_kept_and_resumed(tiny_run, digits, monkeypatch):
    trainers = []

    class Seen(Trainer):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            trainers.append(self)

    monkeypatch.setattr("explorer.runs.train.Trainer", Seen)
    run = train_checkpoint(user_folder(), "r", tiny_run, digits)
    next(run)
    trainers[0].change(kl_weight=7.0)
    next(run)
    run.close()
    changed = load_unfinished("r").run
    assert changed.training.changes == (Change(epoch=1, kl_weight=7.0),)
    with pytest.raises(CheckpointError, match=r"r was started with changes \(\{'epoch': 1, "):
        finish("r", tiny_run, digits, resume=True)
    resumed = finish("r", changed, digits, resume=True)
    assert resumed.spec.run == changed
    assert [record.kl_weight for record in resumed.history] == [1.0, 7.0, 7.0]
    assert_same_training(resumed, finish("whole", changed, digits))


def test_a_loss_that_blows_up_leaves_the_last_good_epoch(stopped_run, tiny_run, digits):
    huge = {k: v * 1e30 if k.startswith("model.") else v for k, v in stopped_run.state.items()}
    save_unfinished("r", Unfinished(tiny_run, stopped_run.history, huge))
    with pytest.raises(NonFiniteLoss, match="not finite in epoch 3"):
        finish("r", tiny_run, digits, resume=True)
    assert not (user_folder() / "r").exists()
    assert load_unfinished("r").history == stopped_run.history


def test_a_full_disk_stops_the_run_and_loses_nothing(tiny_run, digits):
    resource = pytest.importorskip("resource")
    run = train_checkpoint(user_folder(), "r", tiny_run, digits)
    next(run)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, before[1]))
    try:
        with pytest.raises(CheckpointError, match="cannot be written"):
            next(run)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(load_unfinished("r").history) == 1
    assert_same_training(finish("r", tiny_run, digits, resume=True), finish("s", tiny_run, digits))


# Killed for real

# One process imports everything and forks once for each life of the run. Every life is killed at a
# moment of its own: before a change of the file system, chosen by number, or after some time.
LIVES = """
import os, random, signal, sys
import torch
torch.set_num_threads(1)
from explorer.runs.checkpoints import user_folder
from explorer.datasets import load_dataset
from explorer.runs.train import train_checkpoint
from explorer.specs import RunSpec
from explorer.training.loop import Trainer
from explorer.runs.unfinished import unfinished_names
sys.path.insert(0, "tests")
from conftest import kill_at

run, dataset = RunSpec.model_validate_json(sys.argv[1]), load_dataset("digits")
Trainer(run, dataset)  # so that its late imports are not made anew in every life
chance, kills = random.Random(0), 0
while not (user_folder() / "r").exists() or unfinished_names():
    child = os.fork()
    if not child:
        if chance.random() < 0.7:
            kill_at(chance.randrange(60))
        else:
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.02, 0.2))
        resume = unfinished_names() == ["r"]
        for _ in train_checkpoint(user_folder(), "r", run, dataset, resume=resume):
            pass
        os._exit(0)
    chance.seed(chance.random())  # the next life has other chances
    status = os.waitpid(child, 0)[1]
    assert status in (0, signal.SIGKILL), status
    kills += status == signal.SIGKILL
print(kills)
"""


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_ends_as_an_undisturbed_one(tiny_run, digits):
    run = tiny_run.replace({"epochs": 40})
    lives = subprocess.run(
        [sys.executable, "-c", LIVES, run.model_dump_json()],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert lives.returncode == 0, lives.stderr
    assert int(lives.stdout) >= 5
    assert_same_training(load_checkpoint(user_folder() / "r"), finish("whole", run, digits))


def test_a_run_killed_after_its_checkpoint_was_saved_is_finished(tiny_run, stopped_run, digits):
    """Between the saving and the forgetting of the unfinished file."""
    checkpoint = finish("r", tiny_run, digits)
    save_unfinished("r", stopped_run)
    assert list(train_checkpoint(user_folder(), "r", tiny_run, digits, resume=True)) == []
    assert unfinished_names() == []
    assert_same_training(load_checkpoint(user_folder() / "r"), checkpoint)
