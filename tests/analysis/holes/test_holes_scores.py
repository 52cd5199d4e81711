"""Holes of models whose latent space is known: a linear one that is perfect, and what is cut out of
it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree
from scipy.stats import multivariate_normal

from explorer.analysis.fields import FIELDS
from explorer.analysis.geometry import box_grid
from explorer.analysis.holes.judge import Judge
from explorer.analysis.holes.scores import (
    no_clear_class,
    pieces,
    plane_folds,
    retrained,
    signals_under,
    undefined,
)
from explorer.analysis.holes.verdict import HoleThresholds, find_holes, hole_shares
from explorer.analysis.subject import Subject
from explorer.datasets import NO_CLASS, ImageDataset, Images
from explorer.models import build_model
from explorer.specs import ModelSpec

SPACING, REACH, GAIN = 0.125, 5.0, 0.39
# Two images of ±1/8 that are orthonormal: a code shifts half of all pixels up and half down.
DIRECTIONS = np.stack([np.sign(np.arange(64) % 2 - 0.5), np.sign(np.arange(64) // 32 - 0.5)]) / 8
# Not all alike, or rounding to grey levels would shift all pixels of an image the same way.
MEAN = 0.5 + np.random.default_rng(0).uniform(-1, 1, 64) / 255
ONLY_FAR = HoleThresholds(3.0, math.inf, -math.inf)


def flat_subject(keep: np.ndarray | None = None) -> Subject:
    """A linear autoencoder without error, and images whose codes lie evenly in a square.

    ``keep`` says which of the codes have an image.
    """
    axis = np.arange(-REACH, REACH + SPACING / 2, SPACING)
    z = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    z = z if keep is None else z[keep]
    grey = MEAN + GAIN * z @ DIRECTIONS  # (N, 64)
    pixels = torch.from_numpy(np.rint(255 * grey).astype(np.uint8)).reshape(-1, 1, 8, 8)
    images = Images(pixels, torch.zeros(len(z), dtype=torch.long))
    dataset = ImageDataset("flat", ("all",), images, train=images, validation=images[:50])
    spec = ModelSpec(family="ae", image_shape=(1, 8, 8), classes=1, widths=(), link="identity")
    model = build_model(spec, seed=0).eval()
    with torch.no_grad():
        into, out = model.encoder.layers[0], model.decoder.layers[0]
        out.weight.copy_(torch.from_numpy(GAIN * DIRECTIONS.T))
        out.bias.copy_(torch.from_numpy(MEAN))
        into.weight.copy_(torch.from_numpy(DIRECTIONS / GAIN))
        into.bias.copy_(torch.from_numpy(-DIRECTIONS @ MEAN / GAIN))
    subject = Subject.of(model.view(), dataset)
    np.testing.assert_allclose(subject.codes.mean, z, atol=0.02)
    return subject


def far_from_codes(subject: Subject) -> float:
    """The mass, under the Gaussian with the moments of the codes, of the places farther than three
    spacings from every code: with scipy's draws and trees, and without decoding."""
    codes = subject.codes.mean.astype(float)
    z = multivariate_normal(codes.mean(axis=0), np.cov(codes.T)).rvs(400_000, random_state=1)
    return float((cKDTree(codes).query(z)[0] > 3 * SPACING).mean())


def with_classifiers(subject: Subject, folder) -> Subject:
    return replace(subject, classifiers=folder)


@pytest.fixture(scope="module")
def perfect(tmp_path_factory) -> Subject:
    return with_classifiers(flat_subject(), tmp_path_factory.mktemp("classifiers"))


def lattice() -> np.ndarray:
    axis = np.arange(-REACH, REACH + SPACING / 2, SPACING)
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


@pytest.mark.slow
def test_a_perfect_latent_scores_0(perfect):
    """Except outside the square of its codes, where the Gaussian fitted to them reaches."""
    found = hole_shares(signals_under(perfect, "hull"), HoleThresholds(distance=1.2))
    assert found.mass.value < 0.002
    assert found.clear.value == 1
    assert hole_shares(signals_under(perfect, "lines"), ONLY_FAR).crossing.value == 0
    found = hole_shares(signals_under(perfect), ONLY_FAR)
    assert abs(found.mass.value - far_from_codes(perfect)) < 4 * found.mass.standard_error
    assert pieces(perfect).counts == (1,)
    found = plane_folds(perfect)
    assert found.fold < 0.01
    assert found.tear < 0.01
    assert found.folded == found.torn == 0


@pytest.mark.slow
@pytest.mark.parametrize("radius", [0.8, 1.5])
def test_a_planted_hole_is_found_where_it_is_and_has_its_mass(tmp_path, radius):
    """A disc without images: a place is far from one if it is 3 spacings inside."""
    keep = np.linalg.norm(lattice(), axis=1) >= radius
    subject = with_classifiers(flat_subject(keep), tmp_path)
    inner = radius - 3 * SPACING
    cells = box_grid((-3, 3, -3, 3), 64).reshape(-1, 2)
    holes = find_holes(Judge.of(subject).signals(cells), ONLY_FAR).far
    distance = np.linalg.norm(cells, axis=1)
    assert holes[distance < inner - SPACING].all()
    assert not holes[distance > inner + SPACING].any()
    found = hole_shares(signals_under(subject), ONLY_FAR).mass
    assert abs(found.value - far_from_codes(subject)) < 4 * found.standard_error
    # And in closed form, beside what lies outside the square of all codes: the Gaussian is round.
    variance = float(subject.codes.mean.var())
    outside = far_from_codes(flat_subject())
    low, high = (1 - math.exp(-0.5 * (inner + s * SPACING) ** 2 / variance) for s in (-0.8, 0.8))
    room = 4 * found.standard_error + 0.01  # a code less in the middle widens the Gaussian a little
    assert low - room < found.value - outside < high + room


@pytest.mark.slow
def test_a_planted_gap_in_the_codes_is_empty(tmp_path):
    """Codes that keep away from the middle, where their Gaussian is densest. The kernels of the
    density blur the gap, so it is counted where it is deeper than they reach."""
    keep = np.linalg.norm(lattice(), axis=1) >= 4.5
    subject = with_classifiers(flat_subject(keep), tmp_path)
    found = hole_shares(signals_under(subject), HoleThresholds(math.inf, math.inf, -3.5))
    variance = float(subject.codes.mean.var())
    width = math.sqrt(variance) * len(subject.codes) ** (-1 / 6)
    low, high = (1 - math.exp(-0.5 * r**2 / variance) for r in (4.5 - 4 * width, 4.5 - width))
    assert low < found.mass.value < high
    assert found.empty is not None
    assert found.empty.value == found.mass.value
    assert found.far.value == 0


def test_a_planted_fold_is_counted(perfect):
    """Five images are put right beside five others, far from where they belong."""
    codes = perfect.codes.mean[:300].copy()
    few = replace(perfect.images.test, pixels=perfect.images.test.pixels[:300])
    few = replace(few, labels=few.labels[:300])
    spread = np.random.default_rng(0).permutation(300)
    codes[spread[:5]] = codes[spread[5:10]] + 1e-4
    subject = Subject(
        perfect.view,
        replace(perfect.codes, mean=codes, scale=codes * 0, labels=few.labels.numpy()),
        replace(perfect.images, test=few),
    )
    assert plane_folds(subject).fold > 0.001
    assert plane_folds(subject).folded >= 2 / 300


@pytest.mark.slow
def test_fields_of_a_perfect_latent(perfect):
    cells = box_grid((-2, 2, -2, 2), 16).reshape(-1, 2)
    assert FIELDS["round-trip"].compute(perfect, cells).max() < 1e-4
    assert FIELDS["nearest-image"].compute(perfect, cells).max() < 1
    assert FIELDS["class-entropy"].compute(perfect, cells).max() == pytest.approx(0, abs=1e-6)
    assert (FIELDS["winning-class"].compute(perfect, cells) == 0).all()
    ratio = FIELDS["density-ratio"].compute(perfect, np.zeros((1, 2)))
    variance = float(perfect.codes.mean.var())
    uniform = -2 * math.log(2 * REACH) + math.log(2 * math.pi * variance)
    assert ratio == pytest.approx(uniform, abs=0.05)


def test_without_images_or_prior_scores_are_not_defined(perfect):
    assert undefined(perfect) is None
    assert "not on this machine" in (undefined(replace(perfect, dataset=None)) or "")


def test_without_classes_holes_are_judged_by_distance_and_density(perfect):
    unnamed = [
        replace(part, labels=torch.full_like(part.labels, NO_CLASS))
        for part in (perfect.images.train, perfect.images.validation, perfect.images.test)
    ]
    dataset = ImageDataset("flat", (), unnamed[2], train=unnamed[0], validation=unnamed[1])
    subject = Subject(perfect.view, perfect.all_codes, dataset)
    assert undefined(subject) is None
    assert "no classes" in (no_clear_class(subject) or "")
    signals = signals_under(subject, "hull")
    assert np.isnan(signals.entropy).all()
    assert hole_shares(signals, HoleThresholds(distance=1.2)).mass.value < 0.002
    assert hole_shares(signals, HoleThresholds(0.1, 0.0, -math.inf)).mass.value > 0.9


def test_a_seed_makes_another_model_of_the_same_run(tiny_run, digits):
    one, same, other = (retrained(tiny_run, seed, digits) for seed in (1, 1, 2))
    np.testing.assert_allclose(one.codes.mean, same.codes.mean, atol=1e-5)
    assert np.abs(one.codes.mean - other.codes.mean).max() > 0.01
    assert len(one.codes) == len(digits.test)


def test_a_run_that_blows_up_says_so(tiny_run, digits):
    """At the highest rate, six layers before so steep a likelihood overflow."""
    steep = {"likelihood_scale": 1e-3, "link": "identity", "widths": (32,) * 6, "family": "ae"}
    with pytest.raises(ValueError, match="seed 0: the loss is not finite"):
        retrained(tiny_run.replace({**steep, "learning_rate": 10.0}), 0, digits)
