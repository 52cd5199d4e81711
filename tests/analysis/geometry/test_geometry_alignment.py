import numpy as np
import pytest
from scipy.stats import ortho_group

from explorer.analysis.geometry import orthogonal_alignment

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dimensions", [1, 2, 5])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_rotation_or_reflection_is_found_back(dimensions: int, mirrored: bool) -> None:
    reference = RNG.normal(size=(50, dimensions)) + 3  # off centre: that must not matter
    turn = np.eye(1) if dimensions == 1 else ortho_group.rvs(dimensions, random_state=1)
    if (np.linalg.det(turn) < 0) != mirrored:
        turn[0] *= -1
    found = orthogonal_alignment(reference, reference @ turn.T)
    np.testing.assert_allclose(found, turn, atol=1e-12)


def test_the_standard_normal_stays_as_it_is() -> None:
    """Codes of another scale and place are turned, never scaled or moved."""
    found = orthogonal_alignment(RNG.normal(size=(99, 3)), 7 * RNG.normal(size=(99, 3)) - 2)
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-12)


def test_no_other_angle_comes_nearer_under_noise() -> None:
    reference = RNG.normal(size=(200, 2))
    codes = reference @ [[0.0, 1.0], [-1.0, 0.0]] + 0.3 * RNG.normal(size=(200, 2))

    def distance(turn: np.ndarray) -> float:
        return float(np.linalg.norm(codes @ turn - reference))

    least = distance(orthogonal_alignment(reference, codes))
    for angle in np.linspace(0, 2 * np.pi, 360):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        assert distance(turn) >= least
        assert distance(turn * [1, -1]) >= least


@pytest.mark.parametrize("codes", [np.zeros((3, 2)), np.full((4, 2), np.nan), np.zeros((4, 3))])
def test_codes_that_do_not_match_are_refused(codes: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r".+"):
        orthogonal_alignment(np.zeros((4, 2)), codes)
