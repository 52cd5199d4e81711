"""ELBO surgery: its two parts where both are known, and two ways that agree."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.analysis.measures.surgery import elbo_surgery

RANDOM = np.random.default_rng(7)  # another than the draws have


def test_codes_that_tell_all_images_apart_hold_log_n():
    mean = 2.0 * np.stack(np.meshgrid(np.arange(4), np.arange(4)), -1).reshape(-1, 2) - 3
    found = elbo_surgery(mean, np.full((16, 2), 0.1))
    assert found.information == pytest.approx(np.log(16), abs=1e-4)
    assert found.information + found.marginal == pytest.approx(found.kl)
    assert found.error < 1e-3


def test_codes_that_say_nothing_hold_nothing():
    found = elbo_surgery(np.zeros((40, 2)), np.ones((40, 2)))
    for value in (found.kl, found.information, found.marginal):
        assert value == pytest.approx(0, abs=1e-5)


def test_an_aggregate_beside_the_prior_costs_without_saying_anything():
    found = elbo_surgery(np.full((10, 2), 1.5), np.ones((10, 2)))
    assert found.information == pytest.approx(0, abs=1e-5)
    assert found.marginal == pytest.approx(0.5 * 2 * 1.5**2, abs=1e-4)


def test_grid_and_draws_agree_within_their_errors():
    mean, scale = RANDOM.normal(size=(800, 2)), RANDOM.uniform(0.1, 0.5, size=(800, 2))
    grid, draws = elbo_surgery(mean, scale), elbo_surgery(mean, scale, by="draws")
    assert grid.kl == draws.kl
    assert abs(grid.information - draws.information) < 4 * draws.error
    assert abs(grid.marginal - draws.marginal) < 4 * draws.error
    assert 0 < grid.error < 0.01 < draws.error < 0.1


def test_more_dimensions_take_draws():
    with pytest.raises(ValueError, match="two dimensions"):
        elbo_surgery(np.zeros((5, 3)), np.ones((5, 3)))
    with pytest.raises(ValueError, match="scales above 0"):
        elbo_surgery(np.zeros((5, 2)), np.zeros((5, 2)))
    assert elbo_surgery(np.zeros((5, 3)), np.ones((5, 3)), by="draws").information == (
        pytest.approx(0, abs=0.2)
    )
