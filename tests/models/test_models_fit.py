"""Every family and toy through all that a model goes through: training, resuming, encoding,
decoding, drawing, measuring and saving."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer.analysis.measures import INSTANT, evaluate
from explorer.analysis.subject import Subject
from explorer.datasets import ImageDataset
from explorer.models import FAMILIES, Model, NotDefined
from explorer.models.latent import decode_draws, decode_means, encode_images, prior_draws
from explorer.runs.checkpoints import load_checkpoint
from explorer.runs.train import train_checkpoint
from explorer.specs import RunSpec
from explorer.training.loop import Trainer, evaluate_losses

CPU = torch.device("cpu")


@pytest.fixture
def digits(digits: ImageDataset) -> ImageDataset:
    return replace(digits, train=digits.train[:300], validation=digits.validation[:50])


@pytest.fixture
def run(family) -> RunSpec:
    fields = {"family": family, "image_shape": (1, 8, 8), "widths": (32,), "latent_dim": 2}
    fields |= {"epochs": 4, "batch_size": 50, "precision": "float32", "compiled": "no"}
    return RunSpec().replace(fields)


@pytest.fixture
def trained(run, digits) -> Model:
    trainer = Trainer(run, digits, CPU)
    assert len(list(trainer)) == 4
    return trainer.model


def test_training_explains_unseen_images_better(run, digits) -> None:
    trainer = Trainer(run, digits, CPU)
    before = evaluate_losses(trainer.model, digits.validation)
    records = [progress.record for progress in trainer]
    assert records[-1].held_out.reconstruction < before.reconstruction
    assert len(records[-1].train.kl) == len(trainer.model.capabilities.kl_groups)


def test_a_resumed_run_ends_like_an_undisturbed_one(run, digits, trained) -> None:
    stopped = Trainer(run, digits, CPU)
    next(iter(stopped))
    resumed = Trainer(run, digits, CPU, state=stopped.state(), snapshots=5)
    assert [p.snapshot.shape for p in resumed] == [(5, trained.view().dim)] * 3
    for a, b in zip(resumed.model.parameters(), trained.parameters(), strict=True):
        assert torch.equal(a, b)


def test_codes_are_the_same_each_time(trained, digits) -> None:
    view = trained.view()
    first, again = (encode_images(view, digits.test) for _ in range(2))
    assert first.mean.shape == first.scale.shape == (len(digits.test), view.dim)
    np.testing.assert_array_equal(first.mean, again.mean)
    np.testing.assert_array_equal(first.scale, again.scale)
    alone = encode_images(view, digits.test[7:8])
    np.testing.assert_allclose(alone.mean, first.mean[7:8], rtol=1e-4, atol=1e-5)


def test_prior_draws_can_be_decoded(trained) -> None:
    view = trained.view()
    if view.no_sample_prior:
        with pytest.raises(NotDefined):
            prior_draws(view, 12, seed=0)
        return
    z = prior_draws(view, 12, seed=0)
    assert z.shape == (12, view.dim)
    assert decode_means(view, z).shape == (12, 1, 8, 8)
    assert decode_draws(view, z, 0).shape == (12, 1, 8, 8)
    colder = prior_draws(view, 12, seed=0, temperature=0.1)
    assert not np.array_equal(z, colder)


def test_what_is_measured_after_training_has_a_value_or_a_reason(trained, digits) -> None:
    results = evaluate(Subject.of(trained.view(), digits), INSTANT)
    assert results.keys() == set(INSTANT)
    for name, result in results.items():
        assert (result.value is None) != (result.why is None), name
    losses = evaluate_losses(trained, digits.test)
    assert results["reconstruction"].value == pytest.approx(losses.reconstruction)
    if trained.capabilities.stochastic:
        assert results["kl"].value == pytest.approx(losses.kl_total)
        neg_elbo = results["reconstruction"].value + results["kl"].value
        assert results["neg_elbo"].value == pytest.approx(neg_elbo)
    else:
        assert results["neg_elbo"].why


def test_a_checkpoint_gives_the_model_back(run, digits, trained, tmp_path) -> None:
    for _ in train_checkpoint(tmp_path, "mine", run, digits):
        pass
    checkpoint = load_checkpoint(tmp_path / "mine")
    assert type(checkpoint.model) is FAMILIES[run.model.family]
    for a, b in zip(checkpoint.model.parameters(), trained.parameters(), strict=True):
        assert torch.equal(a, b)
    codes = encode_images(trained.view(), digits.test)
    np.testing.assert_array_equal(checkpoint.codes.mean, codes.mean)
