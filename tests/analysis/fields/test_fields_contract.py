"""What every field keeps, with every family: a number for each code, or why there is none."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.fields import FIELDS
from explorer.analysis.subject import Subject
from explorer.models import FAMILIES, build_model
from tests.support.toys import TOYS


@pytest.fixture(params=sorted([*FAMILIES, *TOYS]))
def subject(request, digits, tiny_run, monkeypatch):
    for name, family in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, family)
    model = build_model(tiny_run.replace({"family": request.param}).model, seed=0)
    return Subject.of(model.view(digits.test), digits)


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_has_a_number_for_each_code_or_says_why_not(subject, name):
    field = FIELDS[name]
    codes = np.random.default_rng(0).normal(size=(50, subject.view.dim))
    if why := field.undefined(subject):
        assert why.strip()
        assert not why.endswith(".")
        return
    values = field.compute(subject, codes)
    assert values.shape == (50,)
    assert np.isfinite(values).all()
    np.testing.assert_allclose(field.compute(subject, codes), values, rtol=1e-4)
    np.testing.assert_allclose(
        field.compute(subject, codes[7:9]), values[7:9], rtol=1e-3, atol=1e-4
    )


@pytest.mark.parametrize("name", FIELDS)
def test_without_images_a_field_says_so_or_does_without(subject, name):
    bare = Subject(subject.view, subject.all_codes)
    if FIELDS[name].undefined(bare) is None:
        codes = np.zeros((3, subject.view.dim))
        assert np.isfinite(FIELDS[name].compute(bare, codes)).all()


def test_each_field_is_defined_for_a_plain_vae(digits, tiny_run):
    subject = Subject.of(build_model(tiny_run.model).view(), digits)
    assert {name: field.undefined(subject) for name, field in FIELDS.items()} == dict.fromkeys(
        FIELDS
    )


def test_names_and_captions():
    for name, field in FIELDS.items():
        assert field.name == name
        assert field.title
        assert field.unit
        assert field.caption.endswith(".")
