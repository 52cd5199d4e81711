import numpy as np
import pytest

from explorer.analysis.geometry import Plane

RNG = np.random.default_rng(0)


def test_two_dimensions_are_shown_as_they_are() -> None:
    codes = RNG.normal(size=(20, 2)) * [2, 1] + 5
    plane = Plane.of(codes)
    np.testing.assert_array_equal(plane.to_plane(codes), codes)
    np.testing.assert_array_equal(plane.from_plane(codes), codes)
    assert plane.labels == ("z₁", "z₂")
    assert sum(plane.explained) == pytest.approx(1)
    assert plane.explained[0] == pytest.approx(codes[:, 0].var() / codes.var(axis=0).sum())


def test_one_dimension_lies_along_the_horizontal_axis() -> None:
    codes = RNG.normal(size=(20, 1))
    plane = Plane.of(codes)
    np.testing.assert_array_equal(plane.to_plane(codes), np.hstack([codes, np.zeros_like(codes)]))
    np.testing.assert_array_equal(plane.from_plane([[0.5, 9.0]]), [[0.5]])
    assert plane.labels == ("z₁", "")
    assert plane.explained == (1, 0)


def test_more_dimensions_are_shown_in_the_plane_of_most_variance() -> None:
    """Codes that lie in a tilted plane up to a little noise: that plane, its long axis across."""
    frame = np.linalg.qr(RNG.normal(size=(6, 2)))[0].T  # (2, 6) orthonormal
    points = RNG.normal(size=(500, 2)) * [3, 1]
    codes = points @ frame + 4 + 0.01 * RNG.normal(size=(500, 6))
    plane = Plane.of(codes)
    assert plane.explained == pytest.approx((0.9, 0.1), abs=0.02)
    np.testing.assert_allclose(np.abs(np.sum(plane.axes * frame, axis=1)), 1, atol=1e-3)
    np.testing.assert_allclose(plane.from_plane(plane.to_plane(codes)), codes, atol=0.06)
    np.testing.assert_allclose(plane.center, codes.mean(axis=0))


def test_every_point_of_the_picture_has_a_code_that_lies_there() -> None:
    plane = Plane.of(RNG.normal(size=(30, 8)))
    points = RNG.normal(size=(10, 2))
    np.testing.assert_allclose(plane.to_plane(plane.from_plane(points)), points, atol=1e-12)


def test_the_picture_does_not_flip_with_the_order_of_the_codes() -> None:
    codes = RNG.normal(size=(100, 5)) * [1, 5, 2, 9, 1]
    axes = Plane.of(codes).axes
    assert (axes.max(axis=1) > -axes.min(axis=1)).all()
    for seed in range(5):
        shuffled = np.random.default_rng(seed).permutation(codes)
        np.testing.assert_allclose(Plane.of(shuffled).axes, axes, atol=1e-9)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_collapsed_codes_have_a_plane_that_explains_nothing(dimensions: int) -> None:
    codes = np.ones((10, dimensions))
    plane = Plane.of(codes)
    assert plane.explained == (0, 0)
    assert np.isfinite(plane.from_plane(plane.to_plane(codes))).all()


def test_one_code_of_many_dimensions_has_no_plane() -> None:
    with pytest.raises(ValueError, match="two codes"):
        Plane.of(np.zeros((1, 3)))


@pytest.mark.parametrize("dimensions", [1, 2, 5])
def test_clouds_have_their_spread_along_the_axes_of_the_picture(dimensions: int) -> None:
    plane = Plane.of(RNG.normal(size=(40, dimensions)) * np.arange(1, dimensions + 1))
    scale = np.arange(1, dimensions + 1) / 2
    draws = plane.to_plane(scale * RNG.normal(size=(100_000, dimensions)))
    (spread,) = plane.scale_to_plane(scale[None])
    np.testing.assert_allclose(spread, draws.std(axis=0), rtol=0.02)
