"""What every measure keeps, with every family, toy and kind of data: a number, or why not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from explorer.analysis.holes import scores
from explorer.analysis.measures import INSTANT, MEASURES, SLOW, evaluate, evidence, gain, paths
from explorer.analysis.subject import Subject
from explorer.datasets import HeldOut
from explorer.models import FAMILIES, build_model
from explorer.runs.defaults import default_run
from explorer.specs import Measured
from tests.support.datasets import TOY_DATASETS
from tests.support.toys import TOYS


@pytest.fixture
def few(monkeypatch, tmp_path):
    """Fewer images, draws and paths: what is asked here is whether there is an answer."""
    monkeypatch.setattr(evidence, "MOST_IMAGES", 20)
    monkeypatch.setattr(paths, "PAIRS", 2)
    monkeypatch.setattr(gain, "IMAGES", 5)
    monkeypatch.setattr(scores, "DRAWS", 200)
    for name, toy in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, toy)


def check(subject: Subject) -> dict[str, Measured]:
    found = evaluate(subject)
    assert [key.partition("@")[0] for key in found] == list(MEASURES)
    for key, one in found.items():
        assert (one.value is None) == bool(one.why), key
        assert one.value is None or math.isfinite(one.value), key
        assert one.error is None or one.error >= 0, key
        assert one.unit, key
        assert not (one.why or "").endswith("."), key
    return found


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted([*FAMILIES, *TOYS]))
def test_every_family_has_numbers_or_reasons(few, digits, tiny_run, family):
    model = build_model(tiny_run.replace({"family": family}).model).eval()
    found = check(Subject.of(model.view(digits.test), digits))
    for name in ("reconstruction", "squared_error", "active_units", "knn_accuracy", "folds"):
        assert found[name].value is not None, name


@pytest.mark.slow
@pytest.mark.parametrize("level", "123")
def test_each_level_of_a_hierarchy_has_numbers_of_its_own(few, digits, tiny_run, level):
    model = build_model(tiny_run.replace({"family": "toy-hvae"}).model).eval()
    found = evaluate(Subject.of(model.view(None, level=level), digits))
    suffix = "" if level == "1" else f"@level:{level}"
    assert found["kl"].value is not None
    assert f"active_units{suffix}" in found
    assert found[f"log_evidence{suffix}"].why


@pytest.mark.slow
@pytest.mark.parametrize("name", TOY_DATASETS)
def test_every_kind_of_data_has_numbers_or_reasons(few, name, tiny_run):
    dataset = TOY_DATASETS[name].load(None, lambda text, share: None)
    run = default_run(TOY_DATASETS[name]).replace({"widths": (8,)})
    model = build_model(run.model).eval()
    found = check(Subject.of(model.view(), dataset))
    assert found["squared_error"].value is not None
    assert found["prior_hole_mass"].value is not None
    assert (found["knn_accuracy"].value is None) == (not dataset.classes)


@pytest.mark.slow
def test_without_images_each_says_so_or_does_without(few, digits, tiny_run):
    model = build_model(tiny_run.model).eval()
    found = check(Subject(model.view(), Subject.of(model.view(), digits).all_codes))
    assert "not on this machine" in found["squared_error"].why
    assert found["mutual_information"].value is not None


def missing(found: dict[str, Measured]) -> set[str]:
    return {name for name, one in found.items() if one.value is None}


def test_held_out_images_are_enough_for_all_but_the_neighbours_in_training(few, digits, tiny_run):
    held_out = HeldOut(digits.name, digits.classes, digits.test)
    model = build_model(tiny_run.model).eval()
    found = check(Subject.of(model.view(), held_out))
    assert found["knn_accuracy"].why == "the images it was trained on are not on this machine"
    complete = check(Subject.of(model.view(), digits))
    without = {name for name, one in found.items() if one.value is None}
    assert without == {name for name, one in complete.items() if one.value is None} | {
        "knn_accuracy"
    }
    late = Subject.of(model.view(), held_out, lambda: digits)
    assert evaluate(late, ["knn_accuracy"])["knn_accuracy"] == complete["knn_accuracy"]


def test_numbers_of_a_class_are_about_its_images(few, digits, tiny_run):
    model = build_model(tiny_run.replace({"family": "toy-cvae"}).model).eval()
    subject = Subject.of(model.view(None, **{"class": "3"}), digits)
    assert set(subject.codes.labels) == {3}
    assert subject.test.labels.unique().tolist() == [3]
    assert len(subject.all_codes) == len(digits.test)
    found = evaluate(subject, ["squared_error", "log_evidence"])
    assert list(found) == ["squared_error", "log_evidence@class:3"]
    other = Subject.of(model.view(None, **{"class": "4"}), digits)
    assert evaluate(other, ["squared_error"])["squared_error"] == found["squared_error"]


def test_means_over_images_have_the_error_of_a_mean(digits, tiny_run):
    model = build_model(tiny_run.model).eval()
    subject = Subject.of(model.view(), digits)
    for name, measure in MEASURES.items():
        if measure.each is None or measure.cost != "instant":
            continue
        values = measure.each(subject)
        assert values.shape == (len(digits.test),), name
        found = measure.of(subject)
        assert found.value == pytest.approx(values.mean()), name
        assert found.error == pytest.approx(values.std() / len(values) ** 0.5), name


def test_an_error_is_about_what_another_half_of_the_images_changes(digits, tiny_run):
    """Over many random halves the mean differs by about its standard error."""
    model = build_model(tiny_run.model).eval()
    subject = Subject.of(model.view(), digits)
    values = MEASURES["squared_error"].each(subject)
    random = np.random.default_rng(0)
    halves = [random.permutation(values)[: len(values) // 2].mean() for _ in range(400)]
    found = MEASURES["squared_error"].of(subject)
    assert np.std(halves) == pytest.approx(found.error, rel=0.2)


def test_a_model_whose_numbers_are_not_finite_says_so(digits, tiny_run):
    model = build_model(tiny_run.model).eval()
    next(model.decoder.parameters()).data.fill_(float("nan"))
    found = MEASURES["squared_error"].of(Subject.of(model.view(), digits))
    assert found.value is None
    assert "not finite" in found.why


def test_names_units_and_meanings():
    assert set(INSTANT) | set(SLOW) == set(MEASURES)
    for name, measure in MEASURES.items():
        assert measure.name == name
        assert measure.title
        assert measure.unit
        assert measure.help.endswith(".")


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1.23456, None, "1.23"),
        (-0.004, 0.0, "−0.00"),
        (12.3456, 0.0234, "12.35 ± 0.02"),
        (1234.56, 31.0, "1235 ± 31"),
        (0.5, 0.3, "0.5 ± 0.3"),
        (6.66105, 0.0062, "6.661 ± 0.006"),
        (3.8e-7, 2e-12, "0.000 ± 0.000"),
    ],
)
def test_values_are_written_with_their_error(value, error, text):
    measured = Measured(value=value, error=error, unit="nats")
    assert MEASURES["kl"].format(measured, with_error=True) == text


def test_what_has_no_value_is_a_dash():
    missing = Measured(value=None, unit="nats", why="so it is")
    assert MEASURES["kl"].format(missing) == MEASURES["kl"].format(None) == "–"
