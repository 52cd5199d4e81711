"""Fitted densities are judged by images that they were not fitted to, and by their own density."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gaussian_kde, multivariate_normal
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

from explorer.analysis.holes.repair import halves, judging_half, source_signals
from explorer.analysis.holes.scores import DRAWS
from explorer.analysis.sampling import SOURCES, Request
from explorer.analysis.subject import Subject
from explorer.models.latent import Codes, decode_means
from explorer.runs.checkpoints import find_checkpoint, load_checkpoint

REQUEST = Request(DRAWS, components=3)


@pytest.fixture(scope="module")
def ae(digits, tmp_path_factory) -> Subject:
    view = load_checkpoint(find_checkpoint("digits-ae")).model.view()
    codes = Subject.of(view, digits).all_codes
    return Subject(view, codes, digits, tmp_path_factory.mktemp("classifiers"))


def test_halves_share_no_image_and_leave_none_out():
    one, other = halves(401)
    assert sorted([*one, *other]) == list(range(401))
    assert abs(len(one) - len(other)) == 1
    np.testing.assert_array_equal(halves(401)[0], one)
    with pytest.raises(ValueError, match="too few"):
        halves(3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["prior", "gaussian", "mixture", "kernels"])
def test_the_ratio_is_against_the_density_that_was_drawn_from(ae, digits, name):
    """With scipy's densities and scikit-learn's neighbours, of halves found by hand."""
    found = source_signals(ae, name, REQUEST.components)
    fitted, judging = halves(len(digits.test))
    mean = ae.codes.mean.astype(float)
    part = Subject(ae.view, ae.codes[fitted])
    z = SOURCES[name].draw(part, REQUEST).astype(float)

    covariance = np.cov(mean[fitted].T, ddof=0)
    if name == "prior":
        drawn_from = multivariate_normal(np.zeros(2)).logpdf(z)
    elif name == "gaussian":
        drawn_from = multivariate_normal(mean[fitted].mean(axis=0), covariance).logpdf(z)
    elif name == "mixture":
        drawn_from = GaussianMixture(3, random_state=0, n_init=5).fit(mean[fitted]).score_samples(z)
    else:
        drawn_from = gaussian_kde(mean[fitted].T).logpdf(z.T)
    truth = gaussian_kde(mean[judging].T).logpdf(z.T) - drawn_from
    near = truth > -8
    assert near.mean() > 0.8
    np.testing.assert_allclose(found.log_ratio[near], truth[near], atol=0.3)

    real = digits.test.pixels.numpy().reshape(len(digits.test), -1)[judging] / 255
    search = NearestNeighbors(n_neighbors=2).fit(real)
    typical = np.median(search.kneighbors(real)[0][:, 1])
    images = decode_means(ae.view, z).reshape(len(z), -1)
    distance = search.kneighbors(images, 1)[0][:, 0] / typical
    np.testing.assert_allclose(found.distance, distance, atol=1e-3)


@pytest.mark.slow
def test_copies_of_the_fitted_images_are_not_judged_by_these(ae, digits):
    """Real images that a density might have copied are as far from the judging half as others."""
    fitted, judging = halves(len(digits.test))
    pixels = digits.test.floats().numpy()
    judge = judging_half(ae)
    assert judge.real.relative(pixels[judging]).max() < 1e-6
    assert np.median(judge.real.relative(pixels[fitted])) == pytest.approx(1, abs=0.15)


def test_units_of_the_codes_do_not_matter_to_fitted_densities():
    """The log density of draws changes by the log of the volume, and nothing else."""
    mean = np.random.default_rng(0).normal(size=(600, 2)).astype(np.float32)
    mean[:200] += 5
    view = load_checkpoint(find_checkpoint("digits-ae")).model.view()
    for name in ("gaussian", "mixture", "kernels"):
        logs = []
        for factor in (1.0, 1 / 1024):
            codes = Codes(factor * mean, np.zeros_like(mean), np.zeros(600, dtype=np.int64))
            subject, source = Subject(view, codes), SOURCES[name]
            assert source.log_density
            draws = source.draw(subject, REQUEST)
            logs.append(source.log_density(subject, REQUEST, draws) + 2 * np.log(factor))
        np.testing.assert_allclose(logs[1], logs[0], atol=0.02)
