"""What codes are coloured by: right for each image, and nothing where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.colouring import CLASS, colourings
from explorer.analysis.measures import MEASURES, evidence
from explorer.analysis.subject import Subject
from explorer.datasets import DATASETS
from explorer.models import FAMILIES, build_model
from explorer.runs.defaults import default_run
from tests.support.datasets import COLOUR, TOY_DATASETS
from tests.support.toys import TOYS

DIGITS = DATASETS["digits"]


def subject_of(source, tiny_run) -> Subject:
    dataset = source.load(None, lambda text, share: None)
    run = default_run(source).replace({"widths": (8,)})
    return Subject.of(build_model(run.model).eval().view(), dataset)


def test_classes_come_first_and_numbers_are_the_measures_that_have_one_for_each_image():
    options = colourings(DIGITS)
    assert next(iter(options)) == CLASS
    assert options[CLASS].kinds == DIGITS.classes
    numbers = [name for name, one in options.items() if one.is_number]
    assert {"squared_error", "kl", "log_evidence", "inference_gap"} <= set(numbers)
    assert numbers == [name for name, measure in MEASURES.items() if measure.each]


def test_images_without_classes_have_one_colour():
    by_class = colourings(TOY_DATASETS["toy-unlabelled"])[CLASS]
    assert by_class.kinds == ()
    assert not by_class.is_number


def test_factors_are_those_of_each_image(tiny_run):
    subject = subject_of(COLOUR, tiny_run)
    options = colourings(COLOUR)
    factors = subject.images.test.factors.numpy()
    assert options["hue"].kinds == ("red", "green", "blue")
    assert options["hue"].values(subject).tolist() == subject.images.test.labels.tolist()
    for index, name in enumerate(("row", "column")):
        assert options[name].is_number
        assert options[name].unit == "of the side"
        np.testing.assert_array_equal(options[name].values(subject), factors[:, index])


def test_a_checkpoint_from_before_its_data_had_factors_says_so(tiny_run):
    subject = subject_of(COLOUR, tiny_run)
    codes = subject.all_codes
    old = Subject(subject.view, type(codes)(codes.mean, codes.scale, codes.labels))
    assert "without the factors" in colourings(COLOUR)["row"].undefined(old)
    assert colourings(COLOUR)["row"].undefined(subject) is None


def test_the_mean_over_images_is_the_measure(digits, tiny_run):
    subject = Subject.of(build_model(tiny_run.model).eval().view(), digits)
    for name in ("squared_error", "kl", "reconstruction", "neg_elbo"):
        values = colourings(DIGITS)[name].values(subject)
        assert values.shape == (len(digits.test),)
        assert values.mean() == pytest.approx(MEASURES[name].of(subject).value, rel=1e-5)


def test_images_a_view_is_not_about_have_no_number(digits, tiny_run, monkeypatch):
    monkeypatch.setitem(FAMILIES, "toy-cvae", TOYS["toy-cvae"])
    monkeypatch.setattr(evidence, "MOST_IMAGES", 5)
    model = build_model(tiny_run.replace({"family": "toy-cvae"}).model).eval()
    subject = Subject.of(model.view(None, **{"class": "3"}), digits)
    values = colourings(DIGITS)["log_evidence"].values(subject)
    told = np.flatnonzero(np.isfinite(values))
    assert told.tolist() == np.flatnonzero(digits.test.labels.numpy() == 3)[:5].tolist()
    np.testing.assert_allclose(values[told], evidence.log_evidence(subject), rtol=1e-6)


def test_kl_is_told_by_the_codes_where_the_images_are_not_here(digits, tiny_run):
    subject = Subject.of(build_model(tiny_run.model).eval().view(), digits)
    alone = Subject(subject.view, subject.all_codes)
    by_kl = colourings(DIGITS)["kl"]
    assert by_kl.undefined(alone) is None
    np.testing.assert_allclose(by_kl.values(alone), by_kl.values(subject), rtol=1e-4, atol=1e-5)
    assert "not on this machine" in colourings(DIGITS)["squared_error"].undefined(alone)


@pytest.mark.parametrize("family", ["toy-hvae", "toy-cvae", "toy-discrete", "ae"])
def test_kl_is_not_told_by_the_codes_of_one_view_out_of_several(
    family, digits, tiny_run, monkeypatch
):
    monkeypatch.setitem(FAMILIES, family, {**FAMILIES, **TOYS}[family])
    model = build_model(tiny_run.replace({"family": family}).model).eval()
    subject = Subject.of(model.view(digits.test), digits)
    assert colourings(DIGITS)["kl"].undefined(Subject(subject.view, subject.all_codes))
