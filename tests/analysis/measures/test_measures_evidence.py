"""Evidence: the closed form where there is one, the plain sum where there is none."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import logsumexp

from explorer.analysis.geometry import box_grid
from explorer.analysis.measures import bounds, evidence
from explorer.analysis.measures.evidence import Grid, exact_evidence, true_posterior
from explorer.models import FAMILIES, LIKELIHOODS, build_model
from explorer.specs import ModelSpec
from tests.support.toy_families import TOYS

IMAGES = torch.rand(7, 1, 8, 8, generator=torch.Generator().manual_seed(1))


def test_a_grid_sums_to_the_closed_form(linear):
    found = exact_evidence(linear.model, linear.images.floats(), Grid(6.0))
    np.testing.assert_allclose(found.nats, linear.evidence, atol=1e-3)
    np.testing.assert_allclose(found.by_half, linear.evidence, atol=1e-3)
    assert found.error.max() < 1e-3
    assert (found.hills == 1).all()


def test_a_grid_that_is_too_coarse_says_so(linear):
    found = exact_evidence(linear.model, linear.images.floats(), Grid(60.0, 40))
    off = np.abs(found.nats - linear.evidence)
    assert off.max() > 0.1
    assert np.median(found.error) > 0.1


def test_the_gap_is_the_divergence_from_the_true_posterior(linear):
    found = bounds.bounds(linear.model, linear.images, draws=64)
    np.testing.assert_allclose(linear.evidence - found.elbo, linear.gap, atol=1e-3)
    assert (linear.gap > 0.01).all()
    assert (found.elbo_error == 0).all()
    assert found.iwae.mean() > found.elbo.mean() + 0.5 * linear.gap.mean()
    wide = bounds.bounds(linear.model, linear.images, draws=512)
    off = np.abs(np.mean(linear.evidence - wide.iwae))
    assert off < np.mean(linear.evidence - found.iwae) + 0.05
    assert off < 0.2 * linear.gap.mean()


def test_the_true_posterior_is_the_closed_form_normal(linear):
    found = true_posterior(linear.model, linear.images.floats()[3], Grid(6.0), cells=200)
    assert found.log_evidence == pytest.approx(linear.evidence[3], abs=1e-3)
    assert found.hills == 1
    points = box_grid(found.box, 200).reshape(-1, 2)
    area = (found.box[1] - found.box[0]) * (found.box[3] - found.box[2]) / 200**2
    density = np.exp(found.log_density).ravel() * area
    assert density.sum() == pytest.approx(1, abs=1e-3)
    mean = density @ points
    np.testing.assert_allclose(mean, linear.posterior_mean[3], atol=1e-3)
    away = points - mean
    covariance = (away * density[:, None]).T @ away
    np.testing.assert_allclose(covariance, linear.posterior_covariance, atol=1e-3)


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_every_likelihood_is_summed_as_it_is(likelihood):
    spec = ModelSpec(
        image_shape=(1, 8, 8), classes=10, likelihood=likelihood, widths=(8,), likelihood_scale=0.4
    )
    model = build_model(spec, seed=3)
    grid = Grid(5.0, 24)
    found = exact_evidence(model, IMAGES, grid)
    with torch.no_grad():
        decoded = model.decode(torch.as_tensor(grid.points, dtype=torch.float32))
        one_by_one = [decoded.log_prob(x.expand(len(grid.points), -1, -1, -1)) for x in IMAGES]
    log_prior = -0.5 * np.square(grid.points).sum(axis=1) - np.log(2 * np.pi)
    joint = torch.stack(one_by_one).double().numpy() + log_prior
    np.testing.assert_allclose(found.nats, logsumexp(joint, 1) + 2 * np.log(grid.step), atol=2e-3)
    paired = decoded.pairs(IMAGES).double().numpy()
    np.testing.assert_allclose(paired + log_prior, joint, rtol=1e-5, atol=2e-3)
    log_evidence = exact_evidence(model, IMAGES, Grid(5.0)).nats
    sandwich = bounds.bounds(model, images_of(IMAGES), draws=64)
    assert (sandwich.elbo <= log_evidence + 1e-2).all()


def images_of(x):
    from explorer.datasets import Images

    return Images((x * 255).round().byte(), torch.zeros(len(x), dtype=torch.long))


def test_two_places_that_draw_the_same_image_are_two_hills():
    """D(z) = |z₁|: an image of 2 may come from either side, an image of 0 from the middle only."""
    spec = ModelSpec(
        image_shape=(1, 1, 1),
        classes=1,
        likelihood="gaussian",
        likelihood_scale=0.2,
        link="identity",
        widths=(2,),
        activation="relu",
    )
    model = build_model(spec)
    with torch.no_grad():
        first, second = (layer for layer in model.decoder.layers if hasattr(layer, "weight"))
        first.weight.copy_(torch.tensor([[1.0, 0.0], [-1.0, 0.0]]))
        first.bias.zero_()
        second.weight.fill_(1.0)
        second.bias.zero_()
    images = torch.tensor([1.0, 0.0, 0.9]).reshape(-1, 1, 1, 1)
    assert exact_evidence(model, images, Grid(5.0)).hills.tolist() == [2, 1, 2]


def test_where_it_is_not_defined_it_says_why(monkeypatch, digits, tiny_run):
    for name, family in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, family)
    for family in FAMILIES:
        model = build_model(tiny_run.replace({"family": family}).model)
        few = digits.test[:5]
        if why := evidence.undefined(model):
            with pytest.raises(ValueError, match=why):
                exact_evidence(model, few.floats(), Grid(5.0))
        if why := bounds.undefined(model):
            with pytest.raises(ValueError, match=why):
                bounds.bounds(model, few)
        else:  # with levels and labels too
            found = bounds.bounds(model, few, draws=8)
            assert found.elbo.shape == found.iwae.shape == (5,)
            assert np.isfinite(found.elbo).all()
            assert (found.iwae >= found.elbo - 5 * found.elbo_error - 1).all()


def test_beyond_two_dimensions_the_bound_has_an_error(digits, tiny_run):
    model = build_model(tiny_run.replace({"latent_dim": 5}).model)
    assert "two latent dimensions" in evidence.undefined(model)
    found = bounds.bounds(model, digits.test[:20], draws=200)
    again = bounds.bounds(model, digits.test[:20], draws=200, seed=1)
    assert (found.elbo_error > 0).all()
    off = np.abs(found.elbo - again.elbo) / np.hypot(found.elbo_error, again.elbo_error)
    assert off.max() < 5
    assert 0.3 < off.mean() < 1.5


def test_a_grid_holds_prior_and_posteriors():
    assert Grid.over(np.zeros((5, 2)), np.ones((5, 2))).half_width == evidence.LEAST_HALF_WIDTH
    far = Grid.over(np.full((5, 2), -9.0), np.full((5, 2), 0.5))
    assert far.half_width == pytest.approx(11)
    points = Grid(2.0, 4).points
    assert points.min() == -1.5
    assert points.max() == 1.5
    assert points[1].tolist() == [-0.5, -1.5]
