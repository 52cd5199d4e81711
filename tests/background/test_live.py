"""Live training: what the model learns, and how it follows its controls."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
import torch

from explorer.background.live import (
    BATCH,
    LEAST_KL_WEIGHT,
    LIMITS,
    Controls,
    Snapshot,
    read_controls,
)
from explorer.background.live.learner import Evaluation, Learner, dimensions_to_show
from explorer.background.processes import read_messages, write_message
from explorer.datasets import ImageDataset
from explorer.models import build_model
from explorer.models.latent import decode_means, encode_images
from explorer.training.loop import evaluate_losses

pytestmark = pytest.mark.slow

# ---- controls


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"kl_weight": 4}, {"kl_weight": 4.0}),
        ({"kl_weight": 0}, {"kl_weight": 0.0}),
        ({"kl_weight": -3}, {"kl_weight": 0.0}),
        ({"kl_weight": 1e-9}, {"kl_weight": LEAST_KL_WEIGHT}),
        ({"kl_weight": 10**400}, {"kl_weight": 300.0}),
        ({"kl_weight": math.inf}, {"kl_weight": 300.0}),
        ({"kl_weight": math.nan}, {}),
        ({"kl_weight": "4"}, {}),
        ({"kl_weight": True}, {}),
        ({"kl_weight": [4]}, {}),
        ({"scale": 0}, {"scale": 0.05}),
        ({"scale": 1e300}, {"scale": 1.0}),
        ({"latent_dim": 10**9}, {"latent_dim": 8}),
        ({"latent_dim": 1e9}, {"latent_dim": 8}),
        ({"latent_dim": -1}, {"latent_dim": 2}),
        ({"latent_dim": 2.6}, {"latent_dim": 3}),
        ({"steps": 10**30}, {"steps": 2**31 - 1}),
        ({"seed": -7}, {"seed": 0}),
        ({"speed": "slow", "playing": False}, {"speed": "slow", "playing": False}),
        ({"speed": "warp", "playing": 0}, {}),
        ({"family": "ae"}, {"family": "ae"}),
        ({"family": "__class__", "speed": {}}, {}),
        ({"model": "x", "__init__": 1, "learning_rate": 1e9}, {}),
        ("nonsense", {}),
        (None, {}),
        ([("kl_weight", 4)], {}),
    ],
)
def test_controls_stay_within_their_limits(raw: object, expected: dict[str, Any]) -> None:
    before = Controls(kl_weight=2.0, scale=0.5, latent_dim=4)
    assert read_controls(raw, before) == before.model_copy(update=expected)


def test_the_limits_are_those_of_the_fields() -> None:
    for name, (low, high) in LIMITS.items():
        for value in (low, high):
            assert getattr(Controls(**{name: value}), name) == value
        for beyond in (low - 1, high + 1):
            with pytest.raises(ValueError, match=name):
                Controls(**{name: beyond})


# ---- training


def train(learner: Learner, steps: int, **changes: Any) -> Evaluation:
    """Change controls, train for some steps, and evaluate."""
    learner.follow(learner.controls.model_copy(update=changes))
    for _ in range(steps):
        learner.learn()
    return learner.evaluate()


def active(evaluation: Evaluation) -> int:
    return int((evaluation.codes.mean.var(axis=0) > 0.01).sum())


@pytest.fixture
def learner(digits: ImageDataset) -> Learner:
    return Learner(digits, Controls(seed=1))


@pytest.mark.usefixtures("no_hang")
def test_the_model_follows_the_kl_weight_up_and_down(learner: Learner) -> None:
    """From 1 to 5, into collapse at 300, and back to 1, where it recovers."""
    untrained, low = learner.evaluate(), train(learner, 500)
    assert low.losses.reconstruction < untrained.losses.reconstruction - 30
    assert active(low) == 2
    high = train(learner, 300, kl_weight=5.0)
    assert high.losses.reconstruction > low.losses.reconstruction + 2
    assert high.losses.kl_total < low.losses.kl_total - 1
    total = high.losses.reconstruction + 5 * high.losses.kl_total
    assert high.losses.total == pytest.approx(total, rel=1e-4)
    collapsed = train(learner, 250, kl_weight=300.0)
    assert active(collapsed) == 0
    assert collapsed.losses.kl_total < 0.01
    again = train(learner, 500, kl_weight=1.0)
    assert active(again) >= 1
    assert again.losses.kl_total > 1.5
    assert again.losses.reconstruction < collapsed.losses.reconstruction - 8
    assert learner.step == 500 + 300 + 250 + 500
    assert learner.notice == ""


def test_it_learns_only_from_the_training_images(learner: Learner, digits: ImageDataset) -> None:
    train(learner, 400)
    spoilt = ImageDataset(
        "digits",
        digits.classes,
        digits.train,
        train=digits.train,
        validation=digits.validation,
    )
    other = Learner(spoilt, Controls(seed=1))
    train(other, 400)
    for mine, its in zip(learner.model.parameters(), other.model.parameters(), strict=True):
        assert torch.equal(mine, its), "held-out images or evaluations changed the weights"


def test_a_new_pixel_scale_needs_no_new_model(learner: Learner) -> None:
    before = train(learner, 100)
    wider = train(learner, 0, scale=0.5)
    squared = [
        2
        * scale**2
        * (evaluation.losses.reconstruction - 64 * math.log(scale * math.sqrt(2 * math.pi)))
        for scale, evaluation in ((0.25, before), (0.5, wider))
    ]
    assert squared[0] == pytest.approx(squared[1], rel=1e-3), (
        "the images changed, not only the density"
    )
    np.testing.assert_array_equal(before.codes.mean, wider.codes.mean)


def test_adding_and_removing_dimensions_keeps_the_others(
    learner: Learner, digits: ImageDataset
) -> None:
    before = train(learner, 400)
    more = train(learner, 0, latent_dim=4)
    np.testing.assert_allclose(more.codes.mean[:, :2], before.codes.mean, atol=1e-5)
    np.testing.assert_allclose(more.codes.scale[:, :2], before.codes.scale, atol=1e-5)
    assert more.codes.scale[:, 2:].max() < 0.3, "a new dimension starts with too much noise"
    assert more.losses.reconstruction < before.losses.reconstruction + 5
    after = train(learner, 100)
    assert after.losses.reconstruction < before.losses.reconstruction + 2, (
        "it did not continue from there"
    )

    shown = np.argsort(-np.array(after.losses.kl[0]))[:2]
    assert after.shown == tuple(sorted(shown.tolist()))
    fewer = train(learner, 0, latent_dim=2)
    kept = after.codes.mean[:, sorted(shown)]
    np.testing.assert_allclose(fewer.codes.mean, kept, atol=1e-5)


def test_the_most_informative_dimensions_are_kept(digits: ImageDataset) -> None:
    learner = Learner(digits, Controls(latent_dim=5, seed=2))
    before = train(learner, 400)
    worth = np.array(before.losses.kl[0])
    kept = sorted(np.argsort(-worth)[:3].tolist())
    columns = learner.model.state_dict()["decoder.layers.0.weight"][:, kept].clone()
    fewer = train(learner, 0, latent_dim=3)
    np.testing.assert_allclose(fewer.codes.mean, before.codes.mean[:, kept], atol=1e-5)
    assert torch.equal(learner.model.state_dict()["decoder.layers.0.weight"], columns)


def test_means_survive_a_change_to_an_autoencoder_and_back(learner: Learner) -> None:
    vae = train(learner, 300)
    ae = train(learner, 0, family="ae")
    np.testing.assert_allclose(ae.codes.mean, vae.codes.mean, atol=1e-5)
    assert not ae.codes.scale.any()
    assert ae.losses.kl_total == 0
    trained = train(learner, 200)
    assert trained.losses.reconstruction < ae.losses.reconstruction, (
        "it did not improve without noise and KL"
    )
    back = train(learner, 0, family="vae")
    np.testing.assert_allclose(back.codes.mean, trained.codes.mean, atol=1e-5)
    assert back.codes.scale.max() < 0.5


def test_a_new_seed_restarts_training(learner: Learner, digits: ImageDataset) -> None:
    train(learner, 30)
    evaluation = train(learner, 0, seed=7)
    fresh = build_model(learner.controls.model, 7)
    np.testing.assert_array_equal(
        evaluation.codes.mean, encode_images(fresh.view(), digits.test).mean
    )
    assert learner.step == 0
    assert evaluation.losses == evaluate_losses(fresh, digits.test)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_weights_that_are_not_finite_are_undone(learner: Learner, value: float) -> None:
    good = train(learner, learner.batches)
    with torch.no_grad():
        learner.model.decoder.layers[0].weight[0, 0] = value
    train(learner, 1)
    assert f"step {learner.batches}" in learner.notice
    assert learner.step == learner.batches
    assert learner.evaluate().losses == good.losses
    with torch.no_grad():
        learner.model.decoder.layers[0].weight[0, 0] = value
    assert learner.evaluate().losses == good.losses, "a broken model was shown"
    assert train(learner, 50).losses.total < good.losses.total, "it did not continue training"


def test_two_dimensions_are_shown_until_another_is_clearly_worth_more() -> None:
    assert dimensions_to_show(np.array([0.1, 0.2]), (0, 1)) == (0, 1)
    assert dimensions_to_show(np.array([1.0, 1.0, 1.2]), (0, 1)) == (0, 1)
    assert dimensions_to_show(np.array([1.0, 0.9, 2.0]), (0, 1)) == (0, 2)
    assert dimensions_to_show(np.array([0.0, 0.0, 2.0, 3.0]), (0, 1)) == (2, 3)
    assert dimensions_to_show(np.zeros(4), (1, 3)) == (1, 3)


def test_a_snapshot_survives_the_round_trip(learner: Learner) -> None:
    evaluation = train(learner, 20, latent_dim=3, scale=0.3)
    losses = evaluation.losses
    sent = Snapshot(
        number=3,
        revision=9,
        controls=learner.controls,
        step=20,
        epoch=20 / 9,
        steps_per_second=11.5,
        mean=evaluation.codes.mean,
        scale=evaluation.codes.scale,
        decoder=evaluation.decoder,
        reconstruction=losses.reconstruction,
        total=losses.total,
        kl=losses.kl[0],
        shown=evaluation.shown,
        notice="",
    )
    pipe = io.BytesIO()
    write_message(pipe, sent.to_message())
    (message,) = read_messages(io.BytesIO(pipe.getvalue()))
    came = Snapshot.from_message(message)
    for name in ("number", "revision", "controls", "step", "epoch", "kl", "shown", "total"):
        assert getattr(came, name) == getattr(sent, name)
    np.testing.assert_array_equal(came.mean, sent.mean)
    np.testing.assert_array_equal(came.scale, sent.scale)
    for (weights, biases), (w, b) in zip(came.decoder.layers, sent.decoder.layers, strict=True):
        np.testing.assert_array_equal(weights, w)
        np.testing.assert_array_equal(biases, b)
    assert came.kl_total == pytest.approx(losses.kl_total)
    assert came.active_units == active(evaluation)
    images = learner._held_out.floats().numpy()
    mean = decode_means(learner.model.view(), evaluation.codes.mean)
    at_the_mean = np.square(images - mean).sum(axis=(1, 2, 3)).mean()
    assert came.squared_error == pytest.approx(at_the_mean, rel=0.1)


def test_batches_fit_the_data(digits: ImageDataset) -> None:
    assert len(digits.train) // BATCH == Learner(digits, Controls()).batches == 9
