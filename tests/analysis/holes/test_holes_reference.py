"""The part of the plane that pages show first to look for holes, and single places in it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from explorer.analysis.fields import FIELDS, HOLE_SIGNALS, OVER, SIDE
from explorer.analysis.geometry import Plane, box_grid
from explorer.analysis.holes.judge import meet_judges
from explorer.analysis.holes.reference import REACH, reference_box
from explorer.analysis.holes.scores import draws_under, signals_at, signals_under
from explorer.analysis.holes.verdict import HoleThresholds, find_holes
from explorer.analysis.subject import Subject
from explorer.datasets import load_held_out
from explorer.models.latent import Codes
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint

UNITS = {"digits-ae": (30.0, -7.0), "digits-vae": (0.01, 4.0)}


def gallery(name: str) -> Subject:
    checkpoint = load_checkpoint(find_checkpoint(name))
    return Subject(checkpoint.model.view(), checkpoint.codes, load_held_out("digits"))


def with_codes(subject: Subject, mean: np.ndarray, scale: np.ndarray) -> Subject:
    return Subject(subject.view, replace(subject.all_codes, mean=mean, scale=scale))


def share_inside(codes: np.ndarray, box: tuple[float, float, float, float]) -> float:
    xmin, xmax, ymin, ymax = box
    x, y = codes.T
    return float(((x > xmin) & (x < xmax) & (y > ymin) & (y < ymax)).mean())


@pytest.mark.parametrize("name", UNITS)
def test_the_reference_is_three_and_a_half_standard_deviations_of_all_posteriors(
    name: str,
) -> None:
    subject = gallery(name)
    mean, scale = subject.codes.mean.astype(float), subject.codes.scale.astype(float)
    middle = mean.mean(axis=0)
    reach = 3.5 * np.sqrt(mean.var(axis=0) + np.square(scale).mean(axis=0))
    wanted = np.stack([middle - reach, middle + reach], axis=1).ravel()
    np.testing.assert_allclose(reference_box(subject), wanted, rtol=1e-5)
    assert share_inside(draws_under(subject), reference_box(subject)) > 0.998


@pytest.mark.parametrize("name", UNITS)
def test_the_reference_follows_the_units_of_the_codes(name: str) -> None:
    subject, (factor, shift) = gallery(name), UNITS[name]
    codes = subject.all_codes
    other = with_codes(subject, factor * codes.mean + shift, factor * codes.scale)
    wanted = factor * np.array(reference_box(subject)) + shift
    np.testing.assert_allclose(reference_box(other), wanted, rtol=1e-4)


def test_the_reference_is_around_the_whole_ellipse_of_codes_that_depend_on_each_other() -> None:
    along = np.random.default_rng(0).normal(size=500)
    mean = np.stack([along, 2 * along], axis=1) + 1.0
    box = reference_box(with_codes(gallery("digits-ae"), mean, 0 * mean))
    x, y = REACH * along.std(), 2 * REACH * along.std()
    mid = mean.mean(axis=0)
    np.testing.assert_allclose(box, [mid[0] - x, mid[0] + x, mid[1] - y, mid[1] + y], rtol=1e-4)


@pytest.mark.parametrize("dimensions", [1, 3])
def test_the_reference_of_other_dimensions_lies_in_their_plane(dimensions: int) -> None:
    random = np.random.default_rng(0)
    mean = random.normal(size=(400, dimensions)) * [3.0, 2.0, 1.0][:dimensions]
    scale, labels = np.full_like(mean, 0.5), np.zeros(400, dtype=int)
    subject = Subject(gallery("digits-ae").view, Codes(mean, scale, labels))
    xmin, xmax, ymin, ymax = reference_box(subject)
    shown = Plane.of(mean).to_plane(mean)
    spread = np.sqrt(shown.var(axis=0) + 0.25)
    assert xmax - xmin == pytest.approx(2 * REACH * spread[0], rel=1e-3)
    thin = 0.1 * (xmax - xmin)
    assert ymax - ymin == pytest.approx(
        thin if dimensions == 1 else 2 * REACH * spread[1], rel=1e-3
    )


def test_the_reference_of_codes_at_one_point_is_no_point_and_without_codes_there_is_none() -> None:
    subject = gallery("digits-ae")
    mean = np.full((20, 2), 5.0)
    xmin, xmax, ymin, ymax = reference_box(with_codes(subject, mean, 0 * mean))
    assert xmin < 5 < xmax
    assert ymin < 5 < ymax
    with pytest.raises(ValueError, match="no code is finite"):
        reference_box(with_codes(subject, mean * math.nan, 0 * mean))


@pytest.mark.slow
@pytest.mark.parametrize("name", UNITS)
def test_a_single_place_is_judged_as_the_field_is_and_as_the_draws_are(name: str) -> None:
    subject = gallery(name)
    assert meet_judges(subject) == 3
    box = reference_box(subject)
    some = np.random.default_rng(0).choice(SIDE * SIDE, 300, replace=False)
    signals = signals_at(subject, box_grid(box, SIDE).reshape(-1, 2)[some]).by(0)
    holes = find_holes(signals, HoleThresholds()).hole
    assert 0.1 < holes.mean() < 0.9, "a test of both"
    fields = []
    for key, value in zip(
        HOLE_SIGNALS, (signals.distance, signals.entropy, signals.log_ratio), strict=True
    ):
        field = OVER["reference"][key](subject)
        assert field.home == box
        there = field.values.reshape(-1)[some].astype(float)
        np.testing.assert_allclose(there, np.clip(value, -10, 10), rtol=4e-3, atol=4e-3)
        exact = FIELDS[key].values(subject, box_grid(box, SIDE).reshape(-1, 2)[some])
        fields.append(exact)
    distance, entropy, ratio = fields
    limits = HoleThresholds()
    wanted = (distance > limits.distance) | (entropy > limits.entropy) | (ratio < limits.log_ratio)
    np.testing.assert_array_equal(holes, wanted)

    drawn = signals_at(subject, draws_under(subject)[:200])
    counted = signals_under(subject)
    np.testing.assert_allclose(drawn.distance, counted.distance[:200], rtol=1e-4)
    np.testing.assert_allclose(drawn.entropy, counted.entropy[:, :200], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(drawn.log_ratio, counted.log_ratio[:200], rtol=1e-4, atol=1e-4)
