"""ELBO surgery: its two parts where both are known, and two ways that agree."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.information.mutual import mutual_information
from explorer.analysis.information.surgery import elbo_surgery, kl_per_image
from explorer.models import build_model
from explorer.models.latent import Codes
from explorer.specs import ModelSpec
from tests.support.toys import TOYS

RANDOM = np.random.default_rng(7)  # another than the draws have


def surgery(mean, scale):
    """That of a VAE's posteriors, whose prior is N(0, I)."""
    mean = np.asarray(mean)
    view = build_model(ModelSpec(latent_dim=mean.shape[1], widths=())).view()
    return elbo_surgery(view, Codes(mean, np.asarray(scale), np.zeros(len(mean), int)))


def test_codes_that_tell_all_images_apart_hold_log_n():
    mean = 2.0 * np.stack(np.meshgrid(np.arange(4), np.arange(4)), -1).reshape(-1, 2) - 3
    found = surgery(mean, np.full((16, 2), 0.1))
    assert found.information == pytest.approx(np.log(16), abs=1e-4)
    assert found.information + found.marginal == pytest.approx(found.kl)
    assert found.low == pytest.approx(np.log(16), abs=1e-4)
    assert found.error >= found.high - np.log(16) - 1e-4  # 16 images cannot tell what more would


@pytest.mark.parametrize("scale", [1e-2, 1e-4, 1e-7])
def test_posteriors_too_narrow_for_a_grid_are_drawn_from(scale):
    """Sums over points that miss most posteriors gave 12.28 nats for 10,000 images."""
    mean = RANDOM.normal(size=(3000, 2))
    found = surgery(mean, np.full((3000, 2), scale))
    assert found.low <= found.information <= np.log(3000) + 1e-9
    assert found.low > np.log(3000) - 0.4
    assert found.information + found.marginal == pytest.approx(found.kl)
    assert found.information <= found.high <= found.kl
    if scale < 1e-3:
        assert found.by == "draws"
        assert found.mass < 0.999


@pytest.mark.parametrize(("ratio", "count"), [(10, 4000), (20, 4000), (20, 1000)])
def test_few_images_bracket_the_information_of_all(ratio, count):
    """z = a x + s ε with x ~ N(0, I): log(1 + a²/s²) nats in two dimensions, whatever N."""
    x = RANDOM.normal(size=(count, 2))
    scale = 1 / np.sqrt(1 + ratio**2)  # the aggregate is N(0, I)
    found = surgery(ratio * scale * x, np.full_like(x, scale))
    expected = np.log(1 + ratio**2)
    sampling = found.error - max(found.high - found.information, found.information - found.low)
    assert 0 < sampling < 0.1
    assert found.low < expected + 4 * sampling
    assert found.high > expected - 4 * sampling
    assert abs(found.information - expected) < found.error + 2 * sampling
    # Halfway between the two, most of the bias of few images is gone
    assert abs(found.information - expected) < 0.4 * (found.high - found.low) + 3 * sampling
    assert found.marginal == pytest.approx(found.kl - found.information)


def test_codes_that_say_nothing_hold_nothing():
    found = surgery(np.zeros((40, 2)), np.ones((40, 2)))
    for value in (found.kl, found.information, found.marginal):
        assert value == pytest.approx(0, abs=1e-5)


def test_an_aggregate_beside_the_prior_costs_without_saying_anything():
    found = surgery(np.full((10, 2), 1.5), np.ones((10, 2)))
    assert found.information == pytest.approx(0, abs=1e-5)
    assert found.marginal == pytest.approx(0.5 * 2 * 1.5**2, abs=1e-4)


def test_the_grid_agrees_with_draws_within_their_error():
    mean, scale = RANDOM.normal(size=(800, 2)), RANDOM.uniform(0.1, 0.5, size=(800, 2))
    grid, draws = surgery(mean, scale), mutual_information(mean, scale)
    assert abs(grid.low - draws.nats) < 4 * draws.standard_error
    assert grid.information + grid.marginal == pytest.approx(grid.kl)
    assert grid.by == "grid"
    assert 0.999 < grid.mass <= 1
    assert 0.01 < draws.standard_error < grid.error < 0.3


def test_beyond_two_dimensions_draws_are_taken():
    with pytest.raises(ValueError, match="scales above 0"):
        surgery(np.zeros((5, 2)), np.zeros((5, 2)))
    found = surgery(np.zeros((5, 3)), np.ones((5, 3)))
    assert found.by == "draws"
    assert found.mass is None
    assert found.information == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_kl_against_a_learned_prior_is_the_closed_form(dimensions):
    model = TOYS["toy-learned-prior"](
        ModelSpec(family="toy-learned-prior", latent_dim=dimensions, widths=())
    )
    prior_mean, prior_scale = 0.7, 1.5
    mean = RANDOM.normal(size=(60, dimensions))
    scale = RANDOM.uniform(0.1, 0.9, size=(60, dimensions))
    ratio, shift = scale / prior_scale, (mean - prior_mean) / prior_scale
    expected = (0.5 * (ratio**2 + shift**2 - 1) - np.log(ratio)).sum(axis=1)
    codes = Codes(mean, scale, np.zeros(60, int))
    found = kl_per_image(model.view(), codes)
    np.testing.assert_allclose(found, expected, atol=1e-6 if dimensions <= 2 else 2.0)
    assert found.mean() == pytest.approx(expected.mean(), abs=1e-6 if dimensions <= 2 else 0.2)
    whole = elbo_surgery(model.view(), codes)
    assert whole.information + whole.marginal == pytest.approx(whole.kl)


def test_where_there_is_no_posterior_it_says_so():
    view = build_model(ModelSpec(family="ae", widths=())).view()
    with pytest.raises(ValueError, match="deterministic"):
        elbo_surgery(view, Codes(np.zeros((5, 2)), np.ones((5, 2)), np.zeros(5, int)))
