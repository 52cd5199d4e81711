"""A replay is the run itself: the same model comes out of it, in the same order of moments."""

from itertools import pairwise

import numpy as np
import pytest

from explorer.datasets import load_dataset
from explorer.runs.checkpoints import load_checkpoint
from explorer.runs.defaults import default_run
from explorer.runs.train import train_checkpoint
from explorer.training.replay import is_brief, replay, shown_epochs


@pytest.fixture(scope="module")
def digits():
    return load_dataset("digits")


@pytest.fixture
def run(digits):
    return default_run(digits).replace({"widths": (16,), "epochs": 5, "batch_size": 256})


def test_a_replay_ends_at_the_model_that_was_saved(digits, run, home):
    for _ in train_checkpoint(home, "once", run, digits):
        pass
    saved = load_checkpoint(home / "once")
    *_, last = replay(run, digits)
    assert last.epoch == 5
    np.testing.assert_allclose(last.codes.mean, saved.codes.mean, atol=1e-5)
    np.testing.assert_allclose(last.codes.scale, saved.codes.scale, atol=1e-5)


def test_moments_are_copies_that_training_does_not_change(digits, run):
    moments = list(replay(run, digits, 4))
    assert [moment.epoch for moment in moments] == [0, 1, 3, 5]
    for moment, later in pairwise(moments):
        assert np.abs(moment.codes.mean - later.codes.mean).max() > 1e-3
        weights, after = (one.view.model.decoder.parameters() for one in (moment, later))
        assert all((a != b).any() for a, b in zip(weights, after, strict=True))


@pytest.mark.parametrize("epochs", [0, 1, 2, 7, 40, 150, 1000])
@pytest.mark.parametrize("moments", [2, 3, 10, 40])
def test_both_ends_are_shown_and_early_epochs_the_closest(epochs, moments):
    shown = sorted(shown_epochs(epochs, moments))
    assert shown[0] == 0
    assert shown[-1] == epochs
    assert len(shown) <= moments
    assert len(shown) >= min(moments, epochs + 1) - 1, "no moment is given away"
    gaps = np.diff(shown)
    assert (np.diff(gaps) >= -1).all(), "but for rounding"


def test_one_moment_is_no_replay():
    with pytest.raises(ValueError, match="two moments"):
        shown_epochs(10, 1)


def test_only_short_runs_on_embedded_images_are_repeated(run):
    assert is_brief(run)
    assert not is_brief(run.replace({"epochs": 400, "widths": (4096, 4096)}))
    assert not is_brief(run.replace({"epochs": 20_000, "widths": (1,)}))
    shape = {"dataset": "mnist", "image_shape": (1, 28, 28)}
    assert not is_brief(run.replace(shape))
