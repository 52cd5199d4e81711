"""The ten class colours are told apart by every kind of eye, and from both backgrounds.

Colour blindness is simulated by the matrices of Machado, Oliveira & Fernandes 2009 for complete
deficiency, applied to linear RGB; distances are Euclidean in CIELAB (CIE 1976, D65). About 2.3 is
a just noticeable difference; points in a cloud need several times that.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from explorer.figures import ACCENT, CLASS_COLOURS, class_colours, path_colours, ramp

EYES = {
    "normal": np.eye(3),
    "protanopic": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopic": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopic": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
DISTINCT = 17.0  # CIELAB units; the closest two are the greys of 3 and 8
# WCAG contrast on the page's own backgrounds. Ten colours that differ so much cannot all reach 3.
CONTRAST = {"#ffffff": 1.5, "#191919": 2.5}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def linear(colour: str) -> np.ndarray:
    """A colour as linear sRGB (3,)."""
    values = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Linear sRGB (3,) as CIELAB (3,)."""
    ratio = XYZ @ rgb / XYZ.sum(axis=1)
    edge = 6 / 29
    f = np.where(ratio > edge**3, np.cbrt(ratio), ratio / (3 * edge**2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def seen(colour: str, eye: np.ndarray) -> np.ndarray:
    return lab(np.clip(eye @ linear(colour), 0, 1))


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two colours, from 1 to 21."""
    dark, light = sorted(float(XYZ[1] @ linear(colour)) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def test_the_yardsticks_give_known_values() -> None:
    np.testing.assert_allclose(lab(linear("#ffffff")), [100, 0, 0], atol=1e-3)
    np.testing.assert_allclose(lab(linear("#ff0000")), [53.24, 80.09, 67.20], atol=0.02)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for name, eye in EYES.items():
        np.testing.assert_allclose(eye @ np.ones(3), 1, atol=2e-3, err_msg=f"{name} keeps white")
    red, green = (seen(colour, EYES["deuteranopic"]) for colour in ("#c23000", "#707000"))
    assert np.linalg.norm(red - green) < DISTINCT, "red and olive do look alike to some"


@pytest.mark.parametrize("eye", EYES)
def test_class_colours_are_distinct(eye: str) -> None:
    pairs = {
        (one, other): float(np.linalg.norm(seen(one, EYES[eye]) - seen(other, EYES[eye])))
        for one, other in combinations(CLASS_COLOURS, 2)
    }
    closest = min(pairs, key=lambda pair: pairs[pair])
    assert pairs[closest] >= DISTINCT, (closest, pairs[closest])


@pytest.mark.parametrize("background", CONTRAST)
def test_class_colours_stand_out_from_the_page(background: str) -> None:
    ratios = {colour: contrast(colour, background) for colour in CLASS_COLOURS}
    assert min(ratios.values()) >= CONTRAST[background], ratios


def test_the_accent_is_no_class_and_can_be_read() -> None:
    for colour in CLASS_COLOURS:
        assert np.linalg.norm(lab(linear(ACCENT)) - lab(linear(colour))) >= DISTINCT
    assert contrast(ACCENT, "#ffffff") >= 4.5


def test_a_class_keeps_its_colour_however_many_there_are() -> None:
    assert class_colours(10) == CLASS_COLOURS
    assert class_colours(3) == CLASS_COLOURS[:3]
    assert class_colours(26)[:10] == CLASS_COLOURS
    assert class_colours(40)[:26] == class_colours(26)
    assert class_colours(0) == ()


@pytest.mark.parametrize("count", [26, 47, 100])
def test_however_many_classes_no_two_look_quite_the_same(count: int) -> None:
    colours = [lab(linear(colour)) for colour in class_colours(count)]
    assert len(set(class_colours(count))) == count
    apart = [np.linalg.norm(one - other) for one, other in combinations(colours, 2)]
    assert min(apart) > 2.3, "a just noticeable difference"


def test_kinds_of_paths_are_told_apart_and_begin_with_the_accent() -> None:
    colours = path_colours(4)
    assert colours[0] == ACCENT
    for one, other in combinations(colours, 2):
        assert np.linalg.norm(lab(linear(one)) - lab(linear(other))) >= DISTINCT
    assert path_colours(6) == (*colours, *colours[:2])


def test_a_ramp_goes_from_the_accent_to_a_colour_that_all_eyes_tell_from_it() -> None:
    assert ramp(1) == (ACCENT,)
    assert ramp(0) == ()
    ends = ramp(2)
    assert ends == (ramp(9)[0], ramp(9)[-1])
    assert len(set(ramp(9))) == 9
    for eye in EYES.values():
        assert np.linalg.norm(seen(ends[0], eye) - seen(ends[1], eye)) >= 2 * DISTINCT
    for background in CONTRAST:
        assert min(contrast(colour, background) for colour in ramp(9)) >= 3
