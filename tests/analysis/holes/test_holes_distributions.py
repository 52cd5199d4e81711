"""Distributions of codes: what they draw, that units do not matter, and holes of known mass."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import kstest, multivariate_normal, uniform
from sklearn.neighbors import NearestNeighbors

from explorer.analysis.holes import scores
from explorer.analysis.holes.distributions import DISTRIBUTIONS, HEADLINE
from explorer.analysis.holes.distributions.hull import central_hull
from explorer.analysis.holes.distributions.lines import POINTS
from explorer.analysis.holes.scores import signals_under
from explorer.analysis.holes.verdict import HoleThresholds, find_holes, hole_shares
from explorer.analysis.measures import MEASURES
from explorer.analysis.subject import Subject
from explorer.models import FAMILIES, build_model
from explorer.models.latent import decode_means
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
from tests.support.rescaled import RescaledView
from tests.support.toys import TOYS

ROTATION = np.array([[0.6, -0.8], [0.8, 0.6]])
NAMES = list(DISTRIBUTIONS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("classifiers")


def gallery(name: str, digits, folder) -> Subject:
    view = load_checkpoint(find_checkpoint(name)).model.view()
    subject = Subject.of(view, digits)
    return Subject(view, subject.all_codes, digits, folder)


@pytest.fixture(scope="module")
def vae(digits, folder) -> Subject:
    return gallery("digits-vae", digits, folder)


@pytest.fixture(scope="module")
def ae(digits, folder) -> Subject:
    return gallery("digits-ae", digits, folder)


def rescaled(subject: Subject, matrix: np.ndarray) -> Subject:
    view = RescaledView(subject.view, matrix)
    codes = Subject.of(view, subject.images).all_codes
    return Subject(view, codes, subject.images, classifiers=subject.classifiers)


# ---- what every distribution keeps


@pytest.mark.parametrize("family", sorted([*FAMILIES, *TOYS]))
@pytest.mark.parametrize("name", NAMES)
def test_each_draws_codes_of_every_family_or_says_why_not(
    monkeypatch, digits, tiny_run, family, name
):
    for toy, kind in TOYS.items():
        monkeypatch.setitem(FAMILIES, toy, kind)
    model = build_model(tiny_run.replace({"family": family}).model, seed=0)
    subject = Subject.of(model.view(digits.test), digits)
    one = DISTRIBUTIONS[name]
    if why := one.undefined(subject):
        assert why.strip()
        assert not why.endswith(".")
        return
    if name == "hull" and len(np.unique(subject.codes.mean, axis=0)) < 3:  # codebook entries
        with pytest.raises(ValueError, match="do not span"):
            one.draw(subject, 100, 1)
        return
    drawn = one.draw(subject, 100, 1)
    assert drawn.codes.shape[1] == subject.view.dim
    assert len(drawn.codes) % drawn.per == 0
    assert drawn.codes.dtype == np.float32
    assert np.isfinite(drawn.codes).all()
    np.testing.assert_array_equal(drawn.codes, one.draw(subject, 100, 1).codes)
    assert not np.array_equal(drawn.codes, one.draw(subject, 100, 2).codes)
    if drawn.own is not None:
        assert len(drawn.own) == len(drawn.codes)
        assert set(drawn.own) <= set(subject.places)
    if one.log_density:
        assert one.log_density(subject, drawn.codes).shape == (len(drawn.codes),)
    assert bool(one.no_density) == (one.log_density is None)


def test_names_and_measures():
    for name, one in DISTRIBUTIONS.items():
        assert one.name == name
        assert one.help.endswith(".")
        assert MEASURES[one.measure].unit == one.unit
    assert DISTRIBUTIONS[HEADLINE].measure == "hole_mass"


def test_an_autoencoder_has_no_prior_and_every_model_has_the_headline(ae, vae):
    assert scores.undefined(ae, "prior") == "it was trained without a prior"
    assert MEASURES["prior_hole_mass"].of(ae).why == "it was trained without a prior"
    assert scores.undefined(vae, "prior") is None
    assert scores.undefined(ae) is scores.undefined(vae) is None


# ---- units


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("factor", [0.25, 0.5, 3.7])
@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_no_number_depends_on_the_units(request, kind, factor, name):
    """A quarter, a half: what made 31 % of an autoencoder's plane 65 % or 21 %."""
    subject = request.getfixturevalue(kind)
    if scores.undefined(subject, name):
        return
    other = rescaled(subject, factor * np.eye(2))
    one, two = signals_under(subject, name), signals_under(other, name)
    np.testing.assert_allclose(two.distance, one.distance, atol=2e-3)
    np.testing.assert_allclose(two.entropy, one.entropy, atol=2e-2)
    # Far outside, where no sum of 32-bit numbers is exact, the ratio is far from its threshold.
    near = ~(one.log_ratio < -20)
    np.testing.assert_allclose(two.log_ratio[near], one.log_ratio[near], atol=0.02)
    before, after = (hole_shares(signals, HoleThresholds()) for signals in (one, two))
    assert after.mass.value == pytest.approx(before.mass.value, abs=2e-3)
    assert after.crossing.value == pytest.approx(before.crossing.value, abs=4e-3)
    assert after.mass.standard_error == pytest.approx(before.mass.standard_error, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_no_number_depends_on_the_axes(ae, name):
    """Rotated and stretched: other draws of the same distribution, except those made of codes."""
    if scores.undefined(ae, name):
        return
    other = rescaled(ae, ROTATION @ np.diag([2.0, 0.3]))
    before, after = (
        hole_shares(signals_under(subject, name), HoleThresholds()).mass for subject in (ae, other)
    )
    assert abs(after.value - before.value) < 4 * math.hypot(before.draw_error, after.draw_error)


# ---- holes of known mass


@pytest.mark.slow
@pytest.mark.parametrize("name", ["digits-ae", "digits-vae"])
def test_the_headline_is_what_other_libraries_find(digits, folder, name):
    """Draws of scipy, neighbours of scikit-learn, densities written out: none of our code but the
    model, the weights of the classifiers and the thresholds."""
    subject = gallery(name, digits, folder)
    random = np.random.default_rng(99)
    mean, scale = (values.astype(float) for values in (subject.codes.mean, subject.codes.scale))
    noise = random.standard_normal((500, *mean.shape))
    cloud = (mean + scale * noise).reshape(-1, 2)
    normal = multivariate_normal(cloud.mean(axis=0), np.cov(cloud.T))
    z = normal.rvs(6000, random_state=7)
    images = decode_means(subject.view, z).reshape(len(z), -1).astype(float)

    real = digits.test.pixels.numpy().reshape(len(digits.test), -1) / 255
    search = NearestNeighbors(n_neighbors=2).fit(real)
    typical = np.median(search.kneighbors(real)[0][:, 1])
    far = search.kneighbors(images, 1)[0][:, 0] / typical > 1.05

    if subject.view.stochastic:
        parts = [multivariate_normal(m, np.diag(s**2)) for m, s in zip(mean, scale, strict=True)]
        density = np.mean([part.pdf(z) for part in parts], axis=0)
    else:
        width = np.cov(mean.T) * len(mean) ** (-2 / 6)
        density = np.mean([multivariate_normal(m, width).pdf(z) for m in mean], axis=0)
    with np.errstate(divide="ignore"):
        empty = np.log(density) - normal.logpdf(z) < -3

    holes = []
    for classifier in subject.once(scores.Judge.of).classifiers:
        hidden = images
        for weight, bias in classifier.layers[:-1]:
            hidden = np.maximum(hidden @ weight.double().numpy().T + bias.double().numpy(), 0)
        weight, bias = (part.double().numpy() for part in classifier.layers[-1])
        logits = (hidden @ weight.T + bias) / classifier.temperature
        logits -= logits.max(axis=1, keepdims=True)
        chance = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        entropy = -(chance * np.log(chance + 1e-300)).sum(axis=1)
        holes.append(far | (entropy > 0.6) | empty)
    truth = np.mean(holes)
    assert len({one.tobytes() for one in holes}) == 3, "three classifiers differ"

    found = MEASURES["hole_mass"].of(subject)
    error = math.hypot(found.error, 100 * math.sqrt(truth * (1 - truth) / len(z)))
    assert abs(found.value - 100 * truth) < 3.5 * error
    shares = hole_shares(signals_under(subject), HoleThresholds())
    assert abs(shares.far.value - far.mean()) < 0.03
    assert shares.empty is not None
    assert abs(shares.empty.value - empty.mean()) < 0.02


# ---- the hull


def test_the_hull_of_a_disc_has_its_area_and_uniform_draws():
    random = np.random.default_rng(0)
    angle, radius = random.uniform(0, 2 * np.pi, 40_000), np.sqrt(random.random(40_000))
    disc = 5 * np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1) + [1, 2]
    hull = central_hull(disc)
    # The central 95 % of a uniform disc is the disc of 95 % of its area.
    assert math.exp(hull.log_volume) == pytest.approx(0.95 * math.pi * 25, rel=0.01)
    z = hull.draw(5000, np.random.default_rng(1))
    away = np.linalg.norm(z - [1, 2], axis=1) / 5
    assert kstest(away**2, uniform(0, 0.95).cdf).pvalue > 1e-3
    assert kstest(np.arctan2(*(z - [1, 2]).T), uniform(-np.pi, 2 * np.pi).cdf).pvalue > 1e-3


@pytest.mark.parametrize("dimensions", [1, 3])
def test_the_hull_in_other_dimensions(dimensions):
    codes = np.random.default_rng(0).normal(size=(3000, dimensions)) * 2
    hull = central_hull(codes)
    z = hull.draw(2000, np.random.default_rng(1))
    assert np.linalg.norm(z, axis=1).max() <= np.quantile(np.linalg.norm(codes, axis=1), 0.96)
    if dimensions == 1:
        assert math.exp(hull.log_volume) == pytest.approx(4 * 1.96, rel=0.05)


def test_codes_without_extent_and_too_many_dimensions_have_no_hull():
    with pytest.raises(ValueError, match="at most 4 dimensions"):
        central_hull(np.random.default_rng(0).normal(size=(50, 5)))
    with pytest.raises(ValueError, match="do not span"):
        central_hull(np.ones((50, 2)))


# ---- lines, and what an image is not compared with


def test_lines_are_straight_and_evenly_spaced(ae):
    drawn = DISTRIBUTIONS["lines"].draw(ae, 400, 0)
    lines = drawn.codes.reshape(-1, POINTS, 2).astype(float)
    assert drawn.per == POINTS
    steps = np.diff(lines, axis=1)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[:, :1], steps.shape), atol=1e-4)
    ends = np.stack([lines[:, 0] - steps[:, 0] / 2, lines[:, -1] + steps[:, 0] / 2])
    distance, _ = NearestNeighbors(n_neighbors=1).fit(ae.codes.mean).kneighbors(ends.reshape(-1, 2))
    assert distance.max() < 1e-3, "they end at codes"
    own = ae.codes.mean[drawn.own].reshape(lines.shape)
    np.testing.assert_allclose(own[:, 0], ends[0], atol=1e-3)
    np.testing.assert_allclose(own[:, -1], ends[1], atol=1e-3)


@pytest.mark.slow
def test_a_line_crosses_a_hole_if_any_of_its_points_is_in_one(ae):
    signals = signals_under(ae, "lines")
    found = hole_shares(signals, HoleThresholds())
    holes = find_holes(signals, HoleThresholds()).hole
    by_hand = [[line.any() for line in np.split(one, len(one) // POINTS)] for one in holes]
    assert found.crossing.value == pytest.approx(np.mean(by_hand))
    assert found.mass.value == pytest.approx(holes.mean())
    assert found.empty is None


@pytest.mark.slow
def test_reconstructions_are_not_compared_with_their_originals(digits, folder):
    """A decoder that returns the image itself: with the original, every distance would be 0."""
    subject = gallery("digits-ae", digits, folder)
    drawn = DISTRIBUTIONS["reconstructions"].draw(subject, 4000, 0)
    assert sorted(drawn.own) == list(range(len(digits.test)))
    real = digits.test.pixels.numpy().reshape(len(digits.test), -1) / 255
    judge = scores.Judge.of(subject)
    np.testing.assert_allclose(
        judge.real.relative(real[drawn.own], drawn.own).min(),
        NearestNeighbors(n_neighbors=2).fit(real).kneighbors(real)[0][:, 1].min()
        / judge.real.typical,
        rtol=1e-4,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gaussian", "prior", "hull"])
def test_a_collapsed_model_has_its_draws_where_its_posteriors_are(digits, folder, name):
    """All mean codes lie in one place, but each posterior is N(0, I), and so is q(z). Codes are
    therefore nowhere rare; draws around the mean codes alone would all be judged to be."""
    subject = gallery("digits-collapsed", digits, folder)
    assert subject.codes.mean.std() < 0.01
    codes = DISTRIBUTIONS[name].draw(subject, 4000, 0).codes
    assert codes.std() > 0.7
    found = hole_shares(signals_under(subject, name), HoleThresholds())
    assert found.empty is not None
    assert found.empty.value < 0.01
