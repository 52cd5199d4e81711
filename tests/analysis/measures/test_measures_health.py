"""What says that a model's numbers are not what they seem: right, and silent on healthy models."""

import dataclasses

import numpy as np
import pytest

from explorer.analysis.measures import HEADLINE, HEALTH, INSTANT, MEASURES, concerns, evaluate
from explorer.analysis.subject import Subject
from explorer.models import build_model
from explorer.models.latent import Codes
from explorer.runs.checkpoints import GALLERY, load_checkpoint
from explorer.runs.gallery import SHIPPED
from explorer.specs import Measured

LOG_VARIANCES = np.array([[-6.0, -2.0], [-16.5, 0.0], [-15.9, 3.9], [-20.0, -17.0], [0.0, 4.1]])


@pytest.fixture
def subject(digits, tiny_run) -> Subject:
    """A VAE whose codes have these log variances; three of five are beyond e⁻¹⁶ or e⁴."""
    scale = np.exp(LOG_VARIANCES / 2).astype(np.float32)
    codes = Codes(np.zeros((5, 2), np.float32), scale, np.zeros(5, np.int64))
    return Subject(build_model(tiny_run.model).eval().view(), codes)


def test_images_with_a_width_at_either_bound_are_counted_once(subject) -> None:
    found = MEASURES["bounded_scales"].of(subject)
    assert found.value == pytest.approx(60)
    flags = np.array([0, 1, 0, 1, 1])
    assert found.error == pytest.approx(100 * flags.std() / 5**0.5)


def test_an_encoder_without_width_or_bound_says_so(digits, tiny_run, subject) -> None:
    model = build_model(tiny_run.replace({"family": "ae"}).model).eval()
    found = MEASURES["bounded_scales"].of(Subject.of(model.view(), digits))
    assert found.value is None
    assert "deterministic" in found.why
    subject.view.scale_bounds = None
    assert "nothing bounds" in MEASURES["bounded_scales"].of(subject).why


@pytest.mark.parametrize(
    ("curve", "value"),
    [((9.0, 5.0, 3.0), 0.0), ((306.8, 223.3, 291.1, 238.7), 15.4), ((4.0,), 0.0)],
)
def test_the_end_is_compared_with_the_best(subject, curve, value) -> None:
    found = MEASURES["loss_above_best"].of(dataclasses.replace(subject, validation=curve))
    assert found.value == pytest.approx(value)


def test_without_a_history_there_is_nothing_to_compare(subject) -> None:
    assert "not recorded" in MEASURES["loss_above_best"].of(subject).why


def _numbers(**values: float | None) -> dict[str, Measured]:
    return {
        name: Measured(value=value, unit=MEASURES[name].unit, why=None if value else "so it is")
        for name, value in values.items()
    }


def test_one_sentence_for_each_thing_that_is_wrong() -> None:
    assert concerns(_numbers(bounded_scales=0.5, loss_above_best=0.2, kl=500.0)) == []
    assert concerns(_numbers(bounded_scales=None, loss_above_best=None)) == []
    found = concerns(_numbers(bounded_scales=30.34, loss_above_best=15.37))
    assert [words.partition(",")[0] for words in found] == [
        "For 30.3 % of the images σ is at the bound of what the model can express",
        "Its training ended 15.4 nats per image above its best validation loss",
    ]
    assert all(words.count(".") == 2 and words.endswith(".") for words in found)
    other_view = {"bounded_scales@level:2": _numbers(bounded_scales=50.0)["bounded_scales"]}
    assert len(concerns(other_view)) == 1


def test_headlines_are_about_the_model_and_health_is_not_among_them() -> None:
    assert {"bounded_scales", "loss_above_best"} <= {*HEALTH} & {*INSTANT}
    assert {*HEADLINE} | ({*HEALTH} & {*INSTANT}) == {*INSTANT}
    assert not {*HEADLINE} & {*HEALTH}


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_models_are_healthy_but_for_the_one_without_a_kl(name) -> None:
    """Nothing holds σ up at KL weight 0, and that is what the sentence is for."""
    checkpoint = load_checkpoint(GALLERY / name)
    view = checkpoint.model.view()
    subject = Subject(view, checkpoint.codes, validation=checkpoint.validation)
    found = evaluate(subject, ["bounded_scales", "loss_above_best"])
    share, above = (one.value for one in found.values())
    assert above is not None
    assert above < 0.2
    if name == "mnist-vae-beta-0":
        assert share == pytest.approx(100 * (checkpoint.codes.scale < np.exp(-8)).any(1).mean())
        assert len(concerns(found)) == 1
    else:
        assert (share == 0) if view.stochastic else (share is None)
        assert concerns(found) == []
