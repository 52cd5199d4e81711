import numpy as np
import pytest

from explorer.analysis.geometry import INTERPOLATIONS, interpolate

PINS = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
KINDS = pytest.mark.parametrize("kind", INTERPOLATIONS)


@KINDS
@pytest.mark.parametrize("pins", [2, 3, 4])
def test_pins_are_met_exactly_at_equal_shares(kind: str, pins: int) -> None:
    per_segment = 7  # sevenths are not exact in binary: the pins must be so all the same
    path = interpolate(PINS[:pins], per_segment * (pins - 1) + 1, kind)
    np.testing.assert_array_equal(path[::per_segment], PINS[:pins])


@KINDS
def test_the_ends_are_exact_whatever_the_number_of_steps(kind: str) -> None:
    for steps in range(2, 30):
        path = interpolate(PINS, steps, kind)
        assert path.shape == (steps, 5)
        np.testing.assert_array_equal(path[[0, -1]], PINS[[0, -1]])


def test_a_line_has_equal_steps_along_each_segment() -> None:
    path = interpolate(PINS[:2], 11, "linear")
    np.testing.assert_allclose(np.diff(path, axis=0), np.tile((PINS[1] - PINS[0]) / 10, (10, 1)))


def test_an_arc_runs_on_the_circle_at_constant_speed() -> None:
    path = interpolate([[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0]], 13, "spherical")
    angles = np.linspace(0, np.pi, 13)
    np.testing.assert_allclose(path, 2 * np.stack([np.cos(angles), np.sin(angles)], 1), atol=1e-12)


def test_an_arc_between_pins_of_different_length_changes_length_linearly() -> None:
    path = interpolate([[1.0, 0.0, 0.0], [0.0, 3.0, 0.0]], 9, "spherical")
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), np.linspace(1, 3, 9))


def test_an_arc_keeps_the_length_of_typical_codes_where_the_line_does_not() -> None:
    ends = np.random.default_rng(1).normal(size=(2, 256))  # ‖z‖ ≈ 16
    middle = {kind: np.linalg.norm(interpolate(ends, 3, kind)[1]) for kind in INTERPOLATIONS}
    assert middle["spherical"] == pytest.approx(np.linalg.norm(ends, axis=1).mean())
    assert middle["linear"] < 0.8 * middle["spherical"]


@pytest.mark.parametrize(
    "ends",
    [
        pytest.param([[1.0, 2.0], [2.0, 4.0]], id="same direction"),
        pytest.param([[1.0, 2.0], [1.0, 2.0 + 1e-12]], id="nearly the same"),
        pytest.param([[1.0, 2.0], [1.0, 2.0]], id="the same pin twice"),
        pytest.param([[0.0, 0.0], [1.0, 2.0]], id="from the origin"),
        pytest.param([[1.0, 2.0], [0.0, 0.0]], id="to the origin"),
        pytest.param([[1.0, 2.0], [-1.0, -2.0]], id="opposite"),
    ],
)
def test_where_no_arc_is_defined_the_line_is_taken(ends: list[list[float]]) -> None:
    lines = interpolate(ends, 5, "linear")
    np.testing.assert_allclose(interpolate(ends, 5, "spherical"), lines, atol=1e-9)


def test_rounding_puts_no_angle_out_of_reach() -> None:
    """The cosine between parallel pins can be 1 + 2⁻⁵², of which there is no angle."""
    for pin in np.random.default_rng(0).normal(size=(200, 7)):
        for factor in (3.0, -3.0):
            ends = np.stack([pin, factor * pin])
            path = interpolate(ends, 4, "spherical")
            np.testing.assert_allclose(path, interpolate(ends, 4, "linear"), atol=1e-9)


@pytest.mark.parametrize(
    ("points", "steps", "kind", "reason"),
    [
        ([[0.0, 1.0]], 5, "linear", "two pins"),
        ([0.0, 1.0], 5, "linear", "two pins"),
        ([[0.0], [1.0]], 1, "linear", "two steps"),
        ([[0.0], [1.0]], 5, "cubic", "'cubic' is unknown"),
    ],
)
def test_what_makes_no_path_is_refused(points: list, steps: int, kind: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        interpolate(points, steps, kind)
