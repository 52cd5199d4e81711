"""The yardsticks by which colours are judged give published and known values."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.figures.vision import (
    EYES,
    chroma,
    contrast,
    delta_e,
    hue,
    lab,
    levels,
    linear,
    seen,
    written,
)

# From table 1 of Sharma, Wu & Dalal 2005, which covers the formula's discontinuities.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, 2.8361, -74.02), (50, 0, -82.7485), 3.4412),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.001), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
    ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (61, -5, 29), 22.8977),
    ((50, 2.5, 0), (56, -27, -3), 31.903),
    ((50, 2.5, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.263),
    ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), PUBLISHED)
def test_distances_are_those_published(one: tuple, other: tuple, expected: float) -> None:
    assert delta_e(one, other) == pytest.approx(expected, abs=5e-5)
    assert delta_e(other, one) == pytest.approx(expected, abs=5e-5)


def test_distances_of_many_colours_at_once() -> None:
    one, other, expected = (np.array(part) for part in zip(*PUBLISHED, strict=True))
    np.testing.assert_allclose(delta_e(one, other), expected, atol=5e-5)
    assert delta_e(one[:, None], other[None]).shape == (len(PUBLISHED),) * 2
    np.testing.assert_array_equal(delta_e(one, one), 0)


def test_known_colours() -> None:
    red, green, white = linear(levels(["#ff0000", "#00ff00", "#ffffff"]))
    np.testing.assert_allclose(lab(white), [100, 0, 0], atol=1e-3)
    np.testing.assert_allclose(lab(red), [53.24, 80.09, 67.20], atol=0.02)
    np.testing.assert_allclose(lab(green), [87.73, -86.18, 83.18], atol=0.02)
    rgb = levels(["#ff0000", "#808080"])
    np.testing.assert_allclose(chroma(rgb), [np.hypot(80.09, 67.20), 0], atol=0.02)
    assert hue(rgb[0]) == pytest.approx(40.0, abs=0.1)
    assert [written(one) for one in levels(["#0a0b0c", "#ffffff"])] == ["#0a0b0c", "#ffffff"]


def test_contrast_is_that_of_wcag() -> None:
    black, white, grey = levels(["#000000", "#ffffff", "#767676"])
    assert contrast(black, white) == contrast(white, black) == pytest.approx(21)
    assert contrast(grey, white) == pytest.approx(4.54, abs=0.01)  # WCAG's usual example


@pytest.mark.parametrize("eye", EYES)
def test_every_eye_sees_greys_as_they_are(eye: str) -> None:
    greys = levels(["#000000", "#404040", "#9a9a9a", "#ffffff"])
    assert delta_e(seen(greys, eye), lab(linear(greys))).max() < 0.5


def test_each_kind_of_colour_blindness_confuses_its_own_colours() -> None:
    def apart(one: str, other: str) -> dict[str, float]:
        rgb = levels([one, other])
        return {eye: float(delta_e(*seen(rgb, eye))) for eye in EYES}

    red_and_olive = apart("#c23000", "#707000")
    assert min(red_and_olive["normal"], red_and_olive["tritanopia"]) > 20
    assert red_and_olive["deuteranopia"] < 10
    blue_and_green = apart("#0080a0", "#008870")
    assert blue_and_green["tritanopia"] < 5 < 15 < blue_and_green["deuteranopia"]
