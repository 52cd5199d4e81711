"""Evidence: the closed form where there is one, the plain sum where there is none."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from explorer.analysis.geometry import box_grid
from explorer.analysis.information import bounds, evidence
from explorer.analysis.information.evidence import exact_evidence, true_posterior
from explorer.analysis.information.grid import LEAST_HALF_WIDTH, Grid
from explorer.models import FAMILIES, LIKELIHOODS, NotDefined, build_model
from explorer.specs import ModelSpec
from tests.support.toys import TOYS

IMAGES = torch.rand(7, 1, 8, 8, generator=torch.Generator().manual_seed(1))


def test_a_grid_sums_to_the_closed_form(linear):
    found = exact_evidence(linear.view, linear.images.floats(), Grid(6.0))
    np.testing.assert_allclose(found.nats, linear.evidence, atol=1e-3)
    np.testing.assert_allclose(found.gap, linear.gap, atol=1e-3)
    assert (np.abs(found.nats - linear.evidence) <= found.error).all()
    assert found.error.max() < 0.01
    assert (found.hills == 1).all()


@pytest.mark.parametrize(
    "grid", [Grid(60.0, 40), Grid(5.0, 16), Grid(0.5, 20), Grid(2.0, 30, (9, 9))]
)
def test_the_sum_does_not_depend_on_the_grid(linear, grid):
    """Cells of 3 where posteriors have a width of 0.2, or a grid that misses most of them."""
    found = exact_evidence(linear.view, linear.images.floats(), grid)
    np.testing.assert_allclose(found.nats, linear.evidence, atol=2e-3)
    np.testing.assert_allclose(found.gap, linear.gap, atol=2e-3)
    assert (np.abs(found.nats - linear.evidence) <= found.error).all()


@pytest.mark.parametrize("log_width", [-9.0, -4.0, 1.5])
def test_the_gap_of_a_posterior_far_too_narrow_or_wide(linear, log_width):
    """q(z|x) is then not resolved by cells that suit p(z|x), nor covered by them."""
    (layer,) = linear.model.encoder.layers
    before = layer.bias.detach().clone()
    with torch.no_grad():
        layer.bias[2:] = 2 * log_width
        try:
            found = exact_evidence(linear.view, linear.images.floats(), Grid(6.0))
            code = linear.view.encode(linear.images.floats())
        finally:
            layer.bias.copy_(before)
    precision = np.linalg.inv(linear.posterior_covariance)
    shift = code.mean.double().numpy() - linear.posterior_mean
    own = np.square(code.width.double().numpy())
    logs = np.linalg.slogdet(linear.posterior_covariance)[1] - np.log(own).sum(axis=1)
    distance = np.einsum("ni,ij,nj->n", shift, precision, shift)
    expected = 0.5 * (own @ np.diag(precision) + distance - 2 + logs)
    np.testing.assert_allclose(found.gap, expected, rtol=1e-3, atol=5e-3)


def test_the_gap_is_the_divergence_from_the_true_posterior(linear):
    found = bounds.bounds(linear.view, linear.images, draws=64)
    np.testing.assert_allclose(linear.evidence - found.elbo, linear.gap, atol=1e-3)
    assert (linear.gap > 0.01).all()
    assert (found.elbo_error == 0).all()
    assert found.iwae.mean() > found.elbo.mean() + 0.5 * linear.gap.mean()
    wide = bounds.bounds(linear.view, linear.images, draws=512)
    off = np.abs(np.mean(linear.evidence - wide.iwae))
    assert off < np.mean(linear.evidence - found.iwae) + 0.05
    assert off < 0.2 * linear.gap.mean()


def test_the_true_posterior_is_the_closed_form_normal(linear):
    found = true_posterior(linear.view, linear.images.floats()[3], Grid(6.0), cells=200)
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
    view = build_model(spec, seed=3).view()
    grid = Grid(6.0, 96)
    found = exact_evidence(view, IMAGES, grid)
    with torch.no_grad():
        decoded = view.decode(torch.as_tensor(grid.points, dtype=torch.float32))
        one_by_one = [decoded.log_prob(x.expand(len(grid.points), -1, -1, -1)) for x in IMAGES]
    log_prior = -0.5 * np.square(grid.points).sum(axis=1) - np.log(2 * np.pi)
    joint = torch.stack(one_by_one).double().numpy() + log_prior
    expected = logsumexp(joint, 1) + 2 * np.log(grid.step)
    assert (np.abs(found.nats - expected) <= found.error).all()
    assert found.error.max() < 0.01
    paired = decoded.pairs(IMAGES).double().numpy()
    np.testing.assert_allclose(paired + log_prior, joint, rtol=1e-5, atol=2e-3)
    assert (found.gap > 0).all()
    by_quadrature = bounds.elbo_by_quadrature(view, IMAGES)
    # |x − μ| has kinks, which quadrature takes for a polynomial
    close = 5e-2 if likelihood == "laplace" else 2e-2
    np.testing.assert_allclose(found.elbo, by_quadrature, atol=close)


def images_of(x):
    from explorer.datasets import Images

    return Images((x * 255).round().byte(), torch.zeros(len(x), dtype=torch.long))


def test_two_codes_that_decode_to_the_same_image_are_two_modes():
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
    assert exact_evidence(model.view(), images, Grid(5.0)).hills.tolist() == [2, 1, 2]


def test_an_image_far_outside_the_grid_is_not_lost():
    """x = z + ε: the posterior of an image at 40 is at 39.6, where a grid up to 5 never looks."""
    spec = ModelSpec(
        image_shape=(1, 1, 2),
        classes=1,
        likelihood="gaussian",
        likelihood_scale=0.1,
        link="identity",
        widths=(),
    )
    model = build_model(spec)
    with torch.no_grad():
        (decoding,) = model.decoder.layers
        decoding.weight.copy_(torch.eye(2))
        decoding.bias.zero_()
        (encoding,) = model.encoder.layers
        encoding.weight.zero_()
        encoding.bias.copy_(torch.tensor([0.0, 0.0, -4.0, -4.0]))  # no hint of where it is
    x = torch.tensor([[0.3, -0.2], [40.0, 0.0], [4.97, 4.97]]).reshape(3, 1, 1, 2)
    found = exact_evidence(model.view(), x, Grid(5.0))
    flat = x.flatten(1).double().numpy()
    expected = multivariate_normal(np.zeros(2), 1.01 * np.eye(2)).logpdf(flat)
    off = np.abs(found.nats - expected)
    assert (off <= found.error).all()
    assert off.max() < 0.02
    assert (found.error < 0.05).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_errors_bound_the_difference_from_a_far_finer_sum(seed):
    """Posteriors of all widths and shapes: sums over 800² points in float64, one image at a
    time."""
    spec = ModelSpec(
        image_shape=(1, 4, 4), classes=1, likelihood="gaussian", likelihood_scale=0.15, widths=(16,)
    )
    model = build_model(spec, seed=seed)
    with torch.no_grad():
        for weight in model.decoder.parameters():
            weight.mul_(3.0)
    view = model.view()
    z = torch.randn(6, 2, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        x = view.decode(z).mean + 0.15 * torch.randn(
            6, 1, 4, 4, generator=torch.Generator().manual_seed(9)
        )
    found = exact_evidence(view, x, Grid(6.0))
    exact = copy.deepcopy(model).double().view()
    axis = (np.arange(800) + 0.5) * 12 / 800 - 6
    points = torch.from_numpy(np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2))
    with torch.no_grad():
        location = torch.cat([exact.decode(part).mean.flatten(1) for part in points.split(2**18)])
    log_prior = -0.5 * points.square().sum(1) - np.log(2 * np.pi)
    for one, nats, error in zip(x.double().flatten(1), found.nats, found.error, strict=True):
        misfit = (location - one).square().sum(1) / (2 * 0.15**2)
        joint = log_prior - misfit - 16 * np.log(0.15 * np.sqrt(2 * np.pi))
        expected = float(joint.logsumexp(0)) + 2 * np.log(12 / 800)
        assert abs(nats - expected) <= error
    assert found.error.max() < 0.01
    assert (found.gap > 0).all()


def test_where_it_is_not_defined_it_says_why(monkeypatch, digits, tiny_run):
    for name, family in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, family)
    few = digits.test[:5]
    for family in FAMILIES:
        for view in views_of(build_model(tiny_run.replace({"family": family}).model)):
            if why := evidence.undefined(view):
                with pytest.raises(NotDefined, match=re.escape(why)):
                    exact_evidence(view, few.floats(), Grid(5.0))
            if why := bounds.undefined(view):
                with pytest.raises(NotDefined, match=re.escape(why)):
                    bounds.bounds(view, few)
            else:  # with levels and classes too
                found = bounds.bounds(view, few, draws=8)
                assert found.elbo.shape == found.iwae.shape == (5,)
                assert np.isfinite(found.elbo).all()
                assert (found.iwae >= found.elbo - 5 * found.elbo_error - 1).all()


def views_of(model):
    """The views of a model, one control varied at a time."""
    yield model.view()
    for control in model.controls():
        for option in control.options[:3]:
            yield model.view(None, **{control.name: option})


def linear_toy(family: str, **fields):
    """A toy with linear networks and Gaussian pixels: all densities are Normals."""
    spec = ModelSpec(
        **{"family": family, "image_shape": (1, 2, 3), "classes": 3, "latent_dim": 2}
        | {"likelihood_scale": 0.3, "link": "identity", "widths": ()}
        | fields
    )
    return TOYS[family](spec)


@pytest.mark.parametrize("place", [0.0, 4.0, -25.0])
def test_under_a_learned_prior_the_evidence_is_the_closed_form(digits, place):
    """x = Wz + b + ε with z ~ N(m, diag s²) is a Normal; N(0, I) would be far off."""
    torch.manual_seed(0)
    model = linear_toy("toy-learned-prior")
    scale = np.array([0.6, 1.4])
    with torch.no_grad():
        model.prior_mean.copy_(torch.tensor([place, 1.0]))
        model.prior_log_scale.copy_(torch.from_numpy(np.log(scale)))
        (layer,) = model.decoder.layers
        layer.weight.mul_(0.5)
        weight, bias = layer.weight.double().numpy(), layer.bias.double().numpy()
    view = model.view()
    prior = np.array([place, 1.0])
    random = np.random.default_rng(0)
    z = prior + scale * random.standard_normal((40, 2))
    x = z @ weight.T + bias + 0.3 * random.standard_normal((40, 6))
    covariance = weight @ np.diag(scale**2) @ weight.T + 0.09 * np.eye(6)
    expected = multivariate_normal(weight @ prior + bias, covariance).logpdf(x)
    images = torch.from_numpy(x).float().reshape(-1, 1, 2, 3)
    # Posteriors of the linear model, to lay the grid over.
    precision = np.diag(1 / scale**2) + weight.T @ weight / 0.09
    mean = (prior / scale**2 + (x - bias) @ weight / 0.09) @ np.linalg.inv(precision)
    width = np.sqrt(np.diag(np.linalg.inv(precision)))
    grid = Grid.over(mean, np.broadcast_to(width, mean.shape), standard_prior=False, sigmas=6)
    found = exact_evidence(view, images, grid)
    np.testing.assert_allclose(found.nats, expected, atol=1e-3)
    wrong = multivariate_normal(bias, weight @ weight.T + 0.09 * np.eye(6)).logpdf(x)
    assert np.abs(wrong - expected).mean() > 0.1


def test_of_a_class_the_evidence_is_that_of_its_own_prior_and_decoder():
    torch.manual_seed(0)
    model = linear_toy("toy-cvae")
    x = torch.randn(5, 1, 2, 3)
    for choice in "012":
        view = model.view(None, **{"class": choice})
        with torch.no_grad():
            origin = view.decode(torch.zeros(1, 2)).mean.double().numpy().ravel()
            shifted = view.decode(torch.eye(2)).mean.double().numpy().reshape(2, 6)
            centre = model.class_means.weight[int(choice)].double().numpy()
        weight = (shifted - origin).T
        covariance = weight @ weight.T + 0.09 * np.eye(6)
        expected = multivariate_normal(origin + weight @ centre, covariance)
        found = exact_evidence(view, x, Grid(8.0, 400))
        flat = x.flatten(1).double().numpy()
        np.testing.assert_allclose(found.nats, expected.logpdf(flat), atol=2e-3)


def test_no_level_of_a_hierarchy_is_summed_as_if_it_were_the_only_one():
    """At the top E[x|z] is no likelihood, and below the prior is a mixture."""
    model = linear_toy("toy-hvae")
    reasons = {level: evidence.undefined(model.view(None, level=level)) for level in "123"}
    assert "through the ones below" in reasons["1"]
    assert "through the ones below" in reasons["2"]
    assert "mixture" in reasons["3"]


@pytest.mark.slow
def test_the_bound_of_a_hierarchy_lies_under_its_evidence():
    """Normal levels with fixed widths: log p(x) is known by drawing from the priors."""
    torch.manual_seed(0)
    model = linear_toy("toy-hvae", latent_dim=2, likelihood_scale=1.0)
    view = model.view(None, level="3")
    x = images_of(torch.rand(4, 1, 2, 3)).floats()
    with torch.no_grad():
        z = view.sample_prior(200_000, np.random.default_rng(0))
        logs = view.decode(z).pairs(x).double()  # (4, draws)
    expected = (logs.logsumexp(1) - np.log(len(z))).numpy()
    # As many draws as 100 times 300: a bound that is as good as tight.
    found = bounds.bounds(view, images_of(x.repeat(100, 1, 1, 1)), draws=300)
    pooled = logsumexp(found.iwae.reshape(100, 4), axis=0) - np.log(100)
    np.testing.assert_allclose(pooled, expected, atol=0.05)
    assert (found.elbo.reshape(100, 4).mean(axis=0) < expected).all()


def test_beyond_two_dimensions_the_bound_has_an_error(digits, tiny_run):
    view = build_model(tiny_run.replace({"latent_dim": 5}).model).view()
    assert "two latent dimensions" in evidence.undefined(view)
    found = bounds.bounds(view, digits.test[:20], draws=200)
    again = bounds.bounds(view, digits.test[:20], draws=200, seed=1)
    assert (found.elbo_error > 0).all()
    off = np.abs(found.elbo - again.elbo) / np.hypot(found.elbo_error, again.elbo_error)
    assert off.max() < 5
    assert 0.3 < off.mean() < 1.5


def test_a_grid_holds_prior_and_posteriors():
    assert Grid.over(np.zeros((5, 2)), np.ones((5, 2))).half_width == LEAST_HALF_WIDTH
    far = Grid.over(np.full((5, 2), -9.0), np.full((5, 2), 0.5))
    assert far.half_width == pytest.approx(11)
    elsewhere = Grid.over(np.full((5, 2), (30.0, -2.0)), np.full((5, 2), 0.5), standard_prior=False)
    assert elsewhere.centre == pytest.approx((30, -2))
    assert elsewhere.half_width == pytest.approx(2)
    points = Grid(2.0, 4).points
    assert points.min() == -1.5
    assert points.max() == 1.5
    assert points[1].tolist() == [-0.5, -1.5]
