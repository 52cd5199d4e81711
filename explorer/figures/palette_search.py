"""Finds the ten class colours: ``python -m explorer.figures.palette_search``.

Two sets, one for light grounds and one for dark, in the same order of hues. In each, the smallest
ΔE2000 of two colours, or of a colour and the accent, for normal and simulated colour-blind eyes, is
as large as the search can make it: it exchanges one class after another for the best in a lattice
of sRGB while ever smaller distances count, and then moves each in ever smaller steps. The best of
many starts counts. The result depends only on SEED.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linear_sum_assignment

from explorer.figures.palette import ACCENTS
from explorer.figures.vision import (
    EYES,
    chroma,
    contrast,
    delta_e,
    distances,
    hue,
    lab,
    levels,
    linear,
    seen,
    written,
)

SEED, STARTS = 1, 40
COUNT = 10
CONTRAST = 3.0  # with the ground, at least: WCAG 2.1's limit for graphical objects
CHROMA = 30.0  # for normal eyes, at least
GREY = 5.0  # ΔE2000 for any eye from the greys of hidden classes, at least
HUES = 20.0  # degrees between the two colours of a class, at most
LIGHTNESS = (20.0, 95.0)  # L*: beyond, dots look black or white, whatever their hue
LATTICE = np.linspace(0, 255, 12).round().astype(int)  # levels per channel
WARMTH = np.geomspace(8, 0.5, 14)  # ΔE over which closeness fades, for each round of exchanges
STEPS = (8, 4, 2, 1)  # levels by which a channel is moved
WIDTH = 5  # degrees of hue in which the lattice is searched at once


def cube(values: np.ndarray) -> np.ndarray:
    """All triples of the values (N, 3)."""
    return np.stack(np.meshgrid(values, values, values, indexing="ij"), axis=-1).reshape(-1, 3)


@dataclass(frozen=True)
class Ground:
    """A background, and the colours of text and of the accent before it."""

    name: str
    paper: str
    ink: str
    accent: str

    def allows(self, rgb: np.ndarray) -> np.ndarray:
        """Which of the levels (N, 3) may be class colours."""
        paper = levels([self.paper])[0]
        lightness = lab(linear(rgb))[..., 0]
        visible = (contrast(rgb, paper) >= CONTRAST) & (chroma(rgb) >= CHROMA)
        visible &= (lightness >= LIGHTNESS[0]) & (lightness <= LIGHTNESS[1])
        return visible & (distances(rgb, self.greys).min(axis=1) >= GREY)

    @cached_property
    def greys(self) -> np.ndarray:
        """What codes of hidden classes look like, one alone to many on top of each other (9, 3)."""
        share = np.linspace(0.2, 1, 9)[:, None]
        return share * levels([self.ink]) + (1 - share) * levels([self.paper])

    @cached_property
    def candidates(self) -> np.ndarray:
        """The colours of the lattice that may be class colours (N, 3)."""
        rgb = cube(LATTICE)
        return rgb[self.allows(rgb)]

    @cached_property
    def far(self) -> np.ndarray:
        """The distances between all candidates and, in the last column, the accent (N, N + 1)."""
        others = np.concatenate([self.candidates, levels([self.accent])])
        return np.concatenate([distances(row[None], others) for row in self.candidates])


GROUNDS = (  # those of Streamlit's themes
    Ground("light", "#ffffff", "#2f2d2b", ACCENTS.light),
    Ground("dark", "#171614", "#edebe8", ACCENTS.dark),
)


def turned(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The angles between hues, in degrees."""
    return np.abs((one - other + 180) % 360 - 180)


def smallest(rgb: np.ndarray, eye: str) -> float:
    """The smallest ΔE2000 between two of the colours (N, 3) for one eye."""
    lab = seen(rgb, eye)
    return float(min(delta_e(lab[k], lab[k + 1 :]).min() for k in range(len(lab) - 1)))


def margin(rgb: np.ndarray, accent: str) -> float:
    """The smallest distance for any eye between two of the colours (N, 3), and to the accent."""
    apart = distances(rgb, np.concatenate([rgb, levels([accent])]))
    return float(apart[np.triu_indices(len(rgb), 1, len(rgb) + 1)].min())


def exchanged(random: np.random.Generator) -> list[np.ndarray]:
    """Ten classes from a random start: a set of colours (10, 3) for each of the two grounds."""
    bins = [(hue(ground.candidates) // WIDTH).astype(int) for ground in GROUNDS]
    within = _neighbours(360 // WIDTH, int(HUES // WIDTH) - 1)  # so that hues are close enough
    chosen = [random.integers(len(ground.candidates), size=COUNT) for ground in GROUNDS]
    for warmth in WARMTH:
        closeness = [np.exp(-ground.far / warmth) for ground in GROUNDS]
        for _ in range(3):
            for k in random.permutation(COUNT):
                best = [
                    _best_by_bin(close, np.delete(now, k), place)
                    for close, now, place in zip(closeness, chosen, bins, strict=True)
                ]
                both = best[0][0][within[:, 0]] + best[1][0][within[:, 1]]
                pair = within[int(both.argmin())]
                for now, (_, which), place in zip(chosen, best, pair, strict=True):
                    now[k] = which[place]
    return [ground.candidates[now] for ground, now in zip(GROUNDS, chosen, strict=True)]


def _neighbours(count: int, reach: int) -> np.ndarray:
    """Pairs of bins that are at most ``reach`` apart on a circle (P, 2)."""
    one, off = np.meshgrid(np.arange(count), np.arange(-reach, reach + 1), indexing="ij")
    return np.stack([one, (one + off) % count], axis=-1).reshape(-1, 2)


def _best_by_bin(
    close: np.ndarray, others: np.ndarray, bins: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each bin of hues, how close its best candidate is to the others and the accent, and which
    candidate that is."""
    total = close[:, others].sum(axis=1) + close[:, -1]
    order = np.argsort(-total, kind="stable")
    least, which = np.full(360 // WIDTH, np.inf), np.zeros(360 // WIDTH, int)
    least[bins[order]], which[bins[order]] = total[order], order  # the best is written last
    return least, which


def refined(sets: list[np.ndarray]) -> list[np.ndarray]:
    """The sets with each colour moved, in ever smaller steps, as long as that makes the closest
    colours differ more."""
    sets = [rgb.copy() for rgb in sets]
    while sum(_swept(sets, step) for step in STEPS):  # until no step moves any colour
        pass
    return sets


def _swept(sets: list[np.ndarray], step: int) -> bool:
    """Move each colour by at most a step; returns whether one has moved."""
    moved = False
    for ground, rgb, others in zip(GROUNDS, sets, sets[::-1], strict=True):
        for k in range(COUNT):
            better = _moved(ground, rgb, k, others[k], step)
            moved = moved or bool((better != rgb[k]).any())
            rgb[k] = better
    return moved


def _moved(ground: Ground, rgb: np.ndarray, k: int, other: np.ndarray, step: int) -> np.ndarray:
    """The k-th colour, or the one of its 26 neighbours that is farther from what it is closest to;
    ``other`` is its class's colour before the other ground."""
    near = np.clip(
        rgb[k] + cube(np.array([0, -step, step])), 0, 255
    )  # the colour itself comes first
    near = near[ground.allows(near) & (turned(hue(near), hue(other)) <= HUES)]
    rest = np.concatenate([np.delete(rgb, k, axis=0), levels([ground.accent])])
    return near[np.exp(-distances(near, rest) / WARMTH[-1]).sum(axis=1).argmin()]


def paired(sets: list[np.ndarray]) -> list[np.ndarray]:
    """The same colours, those of a class as alike in hue as can be."""
    turn = turned(hue(sets[0])[:, None], hue(sets[1]))
    return [sets[0], sets[1][linear_sum_assignment(turn**2)[1]]]


def ordered(sets: list[np.ndarray]) -> list[np.ndarray]:
    """The classes in an order in which the first few differ most, for data sets with few."""
    apart = np.minimum(*(distances(rgb, rgb) for rgb in sets))
    order = [int(apart.max(axis=1).argmax())]
    while len(order) < COUNT:
        nearest = apart[order].min(axis=0)
        nearest[order] = -1
        order.append(int(nearest.argmax()))
    return [rgb[order] for rgb in sets]


def search(starts: Sequence[int] = range(STARTS)) -> list[tuple[str, ...]]:
    """The ten colours for a light ground and for a dark one: the best of the starts."""
    random = np.random.default_rng(SEED).spawn(max(starts) + 1)
    best = max((refined(exchanged(random[start])) for start in starts), key=worth)
    return [tuple(map(written, rgb)) for rgb in ordered(refined(paired(best)))]


def worth(sets: list[np.ndarray]) -> float:
    """The sum of the smallest distances before both grounds."""
    return sum(margin(rgb, ground.accent) for ground, rgb in zip(GROUNDS, sets, strict=True))


def report(sets: list[tuple[str, ...]]) -> Iterator[str]:
    """Lines that give the sets, and the figures by which they are judged."""
    for ground, colours in zip(GROUNDS, sets, strict=True):
        rgb = levels(colours)
        yield f"{ground.name}: {' '.join(colours)}"
        apart = ", ".join(f"{eye} {smallest(rgb, eye):.1f}" for eye in EYES)
        yield f"  smallest ΔE2000: {apart}"
        accent = distances(rgb, levels([ground.accent])).min()
        ratio, least = contrast(rgb, levels([ground.paper])[0]).min(), chroma(rgb).min()
        grey = distances(rgb, ground.greys).min()
        yield f"  from the accent: {accent:.1f}, from greys: {grey:.1f}"
        yield f"  smallest contrast: {ratio:.2f}, chroma: {least:.1f}"
    turn = turned(*(hue(levels(colours)) for colours in sets))
    yield f"hues of a class differ by at most {turn.max():.0f}°"


if __name__ == "__main__":
    print("\n".join(report(search())))
