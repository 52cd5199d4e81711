import numpy as np
import pytest
from scipy.stats import norm

from explorer.analysis.geometry import box_grid, icdf_grid


def test_a_grid_over_a_box_has_its_largest_z2_on_top() -> None:
    grid = box_grid((7.0, 13.0, 17.0, 20.0), 3)
    np.testing.assert_array_equal(grid[0], [[8, 19.5], [10, 19.5], [12, 19.5]])
    np.testing.assert_array_equal(grid[2], [[8, 17.5], [10, 17.5], [12, 17.5]])


@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_each_cell_of_the_icdf_grid_holds_equal_prior_mass(n: int) -> None:
    """Back through the CDF the codes are the centres of n × n equal squares."""
    grid = icdf_grid(n)
    assert grid.shape == (n, n, 2)
    centres = (np.arange(n) + 0.5) / n
    np.testing.assert_allclose(norm.cdf(grid[0, :, 0]), centres)
    np.testing.assert_allclose(norm.cdf(grid[:, 0, 1]), centres[::-1])
    assert (grid[:, :, 0] == grid[:1, :, 0]).all()
    assert (grid[:, :, 1] == grid[:, :1, 1]).all()


def test_one_by_one_is_the_centre() -> None:
    np.testing.assert_array_equal(box_grid((0.0, 2.0, 1.0, 3.0), 1), [[[1, 2]]])
    np.testing.assert_array_equal(icdf_grid(1), [[[0, 0]]])


def test_a_grid_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="one row"):
        box_grid((0, 1, 0, 1), 0)
    with pytest.raises(ValueError, match="one row"):
        icdf_grid(0)
