"""Small pictures of planes: each code where it lies, in its class colour, on nothing."""

from __future__ import annotations

import numpy as np

from explorer.figures import plane_picture

BOX = (-1.0, 1.0, -1.0, 1.0)
RED, BLUE = "#ff0000", "#0000ff"


def test_a_code_is_a_dot_where_it_lies() -> None:
    picture = plane_picture([[0.51, 0.76]], [1], [RED, BLUE], BOX, side=100)
    assert picture.shape == (100, 100, 4)
    inside = picture[3:-3, 3:-3]
    rows, columns = np.nonzero(inside[..., 3])
    assert set(rows + 3) == {11, 12, 13}, "0.76 upwards is an eighth from the top"
    assert set(columns + 3) == {74, 75, 76}
    assert "#" + "".join(f"{level:02x}" for level in picture[12, 75, :3]) == BLUE
    assert picture[12, 75, 3] > picture[11, 74, 3] > 0


def test_dots_upon_one_another_mix_by_their_number() -> None:
    points = np.zeros((4, 2)) + 0.01
    picture = plane_picture(points, [0, 0, 0, 1], [RED, BLUE], BOX, side=100)
    assert picture[49, 50].tolist()[:3] == [191, 0, 64]
    swapped = plane_picture(points, [1, 0, 0, 0], [RED, BLUE], BOX, side=100)
    np.testing.assert_array_equal(picture, swapped)


def test_more_codes_are_more_opaque() -> None:
    one, many = (
        plane_picture(np.zeros((count, 2)) + 0.01, np.zeros(count, int), [RED], BOX, side=50)
        for count in (1, 9)
    )
    assert 100 < one[24, 25, 3] < many[24, 25, 3] == 255


def test_what_lies_outside_or_nowhere_is_left_out() -> None:
    away = [[1.5, 0], [0, -1.01], [np.nan, 0], [np.inf, 0], [-np.inf, -np.inf], [1e300, 0]]
    picture = plane_picture(away, np.zeros(6, int), [RED], BOX, side=40)
    empty = plane_picture(np.zeros((0, 2)), np.zeros(0, int), [RED], BOX, side=40)
    np.testing.assert_array_equal(picture, empty)
    assert (empty[3:-3, 3:-3, 3] == 0).all(), "nothing, but for a frame"
    assert empty[0, :, 3].min() > 0


def test_rings_are_round_and_thin_and_lie_under_the_codes() -> None:
    picture = plane_picture([[0.5, 0.0]], [0], [RED], BOX, side=200, rings=[0.5])
    y, x = np.nonzero(picture[4:-4, 4:-4, 3])
    radius = np.hypot((x + 4.5) / 100 - 1, 1 - (y + 4.5) / 100)
    ring = np.abs(radius - 0.5) < 0.03
    assert ring.all()
    assert ring.sum() < 2 * np.pi * 50 * 4
    assert picture[99:101, 150, 0].max() > 200, "the code"
    assert picture[50, 100, :3].tolist() == [128, 128, 128]
