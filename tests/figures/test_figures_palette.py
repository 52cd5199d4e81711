"""The colours of the app: who can tell them apart, from each other and from the page."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

import explorer
from explorer.figures import (
    ACCENT,
    ACCENTS,
    CLASS_COLOURS,
    Colour,
    class_colours,
    dimension_colours,
    palette,
    path_colours,
)
from explorer.figures.palette_search import (
    GREY,
    GROUNDS,
    HUES,
    ordered,
    paired,
    refined,
    report,
    search,
    smallest,
    turned,
)
from explorer.figures.vision import EYES, chroma, contrast, delta_e, distances, hue, levels, seen

REPOSITORY = Path(explorer.__file__).parents[1]
SETS = dict(zip(("light", "dark"), zip(*CLASS_COLOURS, strict=True), strict=True))
GROUND = {ground.name: ground for ground in GROUNDS}
EYE_NAMES = list(EYES)
BEST = 37  # the start from which the search finds the palette
DISTINCT = 15.0  # ΔE2000
OLDER = "#0e1117"  # the dark ground of earlier versions of Streamlit


def on_paper(colours: tuple[str, ...], name: str) -> np.ndarray:
    return contrast(levels(colours), levels([GROUND[name].paper])[0])


def told_figures() -> dict[tuple[str, str], float]:
    """What the palette's docstring says of the smallest distances, by ground and eye."""
    rows = re.findall(r"^#\s+(light|dark)((?:\s+[\d.]+){4})$", source(), re.M)
    return {
        (name, eye): float(figure)
        for name, figures in rows
        for eye, figure in zip(EYE_NAMES, figures.split(), strict=True)
    }


def source() -> str:
    return Path(palette.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("name", SETS)
def test_class_colours_are_as_far_apart_as_the_palette_says(name: str, eye: str) -> None:
    assert smallest(levels(SETS[name]), eye) == pytest.approx(told_figures()[name, eye], abs=0.05)


@pytest.mark.parametrize("name", SETS)
def test_class_colours_are_far_apart_for_every_eye(name: str) -> None:
    assert min(smallest(levels(SETS[name]), eye) for eye in EYES) >= DISTINCT


@pytest.mark.parametrize("name", SETS)
def test_class_colours_stand_out_from_the_page_and_are_not_grey(name: str) -> None:
    assert on_paper(SETS[name], name).min() >= 3
    assert contrast(levels(SETS["dark"]), levels([OLDER])[0]).min() >= 3
    assert chroma(levels(SETS[name])).min() >= 30


@pytest.mark.parametrize("name", SETS)
def test_no_class_has_the_accent_of_pins_and_drawn_codes(name: str) -> None:
    accent = levels([GROUND[name].accent])
    assert distances(levels(SETS[name]), accent).min() >= DISTINCT


def test_a_class_has_the_same_hue_on_both_grounds() -> None:
    sets = [levels(SETS[ground.name]) for ground in GROUNDS]
    assert turned(*map(hue, sets)).max() <= HUES
    for rgb, known in zip(paired(sets), sets, strict=True):
        np.testing.assert_array_equal(rgb, known, err_msg="others would be more alike")


@pytest.mark.parametrize("name", SETS)
def test_hidden_classes_look_like_no_class(name: str) -> None:
    """Neither a hidden code alone nor many on top of each other."""
    rgb, greys = levels(SETS[name]), GROUND[name].greys
    assert distances(rgb, greys).min() >= GREY
    assert delta_e(seen(rgb, "normal")[:, None], seen(greys, "normal")).min() >= DISTINCT


def test_the_search_cannot_improve_the_palette() -> None:
    """The cheap part of the search: no colour can be moved, and the order is the one it gives."""
    sets = [levels(SETS[ground.name]) for ground in GROUNDS]
    for found, known in zip(ordered(refined(sets)), sets, strict=True):
        np.testing.assert_array_equal(found, known)


def test_the_search_improves_a_worse_palette() -> None:
    sets = [levels(SETS[ground.name]) for ground in GROUNDS]
    worse = [rgb.copy() for rgb in sets]
    worse[0][3] = np.clip(worse[0][3] + [0, -12, 0], 0, 255)
    better = refined(worse)
    assert min(smallest(better[0], eye) for eye in EYES) > min(
        smallest(worse[0], eye) for eye in EYES
    )


@pytest.mark.slow
def test_the_search_finds_the_palette() -> None:
    """From its best start, instead of from all forty in a minute."""
    found = search([BEST])
    assert found == [SETS[ground.name] for ground in GROUNDS]
    told = list(report(found))
    assert told[0] == f"light: {' '.join(SETS['light'])}"
    assert "  smallest ΔE2000: normal 15.9, protanopia 15.6" in told[1]


def test_the_grounds_and_accents_are_those_of_the_theme() -> None:
    theme = tomllib.loads((REPOSITORY / ".streamlit/config.toml").read_text())["theme"]
    assert Colour(theme["light"]["primaryColor"], theme["dark"]["primaryColor"]) == ACCENTS
    changed = {key for part in (theme, theme["light"], theme["dark"]) for key in part}
    assert changed == {"light", "dark", "primaryColor"}, "grounds are those of Streamlit"
    assert contrast(*levels([ACCENT, "#ffffff"])) >= 4.5


def test_a_class_keeps_its_colour_however_many_there_are() -> None:
    assert class_colours(10) == CLASS_COLOURS
    assert class_colours(3) == CLASS_COLOURS[:3]
    assert class_colours(26)[:10] == CLASS_COLOURS
    assert class_colours(40)[:26] == class_colours(26)
    assert class_colours(0) == ()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("count", [26, 47, 100])
def test_however_many_classes_no_two_look_quite_the_same(count: int, dark: bool) -> None:
    colours = [colour.on(dark) for colour in class_colours(count)]
    assert len(set(colours)) == count
    assert smallest(levels(colours), "normal") > 1, "a just noticeable difference"


def test_kinds_of_paths_are_told_apart_and_begin_with_the_accent() -> None:
    colours = path_colours(4)
    assert colours[0] == ACCENT
    assert smallest(levels(colours), "normal") >= 17
    assert path_colours(6) == (*colours, *colours[:2])


def test_dimensions_go_from_the_accent_to_a_colour_that_all_eyes_tell_from_it() -> None:
    assert dimension_colours(1) == (ACCENT,)
    assert dimension_colours(0) == ()
    ends = dimension_colours(2)
    nine = dimension_colours(9)
    assert ends == (nine[0], nine[-1])
    assert len(set(nine)) == 9
    for eye in EYES:
        assert smallest(levels(ends), eye) >= 25
    for ground in GROUNDS:
        assert on_paper(nine, ground.name).min() >= 3


@pytest.mark.parametrize("eye", EYES)
def test_dimensions_are_in_an_order_that_every_eye_sees(eye: str) -> None:
    """The later a colour, the farther from the first, up to what is just noticeable."""
    lab = seen(levels(dimension_colours(6)), eye)
    away = delta_e(lab[0], lab)
    assert (np.diff(away) > -1).all(), away
    assert delta_e(lab[1:], lab[:-1]).min() > 2


def test_dimensions_have_no_class_colours() -> None:
    for colours in SETS.values():
        assert not set(colours) & {one for n in range(11) for one in dimension_colours(n)}
