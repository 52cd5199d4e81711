"""How much shorter geodesics are than straight lines, between random pairs of codes."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from explorer.analysis.geometry import PATHS, Landscape, path_through
from explorer.analysis.measures.base import Measure, Value
from explorer.analysis.subject import Subject
from explorer.models.pauses import with_pauses

PAIRS = 40
_RESAMPLES = 1000  # bootstrap samples for the standard error of a quantile (Efron 1979)


def _landscape(subject: Subject) -> Landscape:
    return Landscape(subject.view, subject.codes)


def _pairs(subject: Subject) -> np.ndarray:
    """Random pairs of codes, at most PAIRS of them, (pairs, 2, d); always the same ones.

    Raises:
        ValueError: there are fewer than two codes.
    """
    codes = subject.codes.mean
    if len(codes) < 2:
        raise ValueError("a path needs two codes")
    random = np.random.default_rng(0)
    count = min(PAIRS, len(codes) // 2)
    return codes[random.choice(len(codes), (count, 2), replace=False)]


def _straight(subject: Subject) -> np.ndarray:
    landscape = subject.once(_landscape)
    return np.array(
        [path_through(landscape, pair, "linear").length for pair in with_pauses(_pairs(subject))]
    )


def _geodesics(subject: Subject) -> np.ndarray:
    return _ratios(subject, "geodesic")


def _ratios(subject: Subject, kind: str) -> np.ndarray:
    landscape = subject.once(_landscape)
    straight = subject.once(_straight)
    if not (straight > 0).all():
        raise ValueError("the decoded image is the same everywhere, so paths have no length")
    lengths = [path_through(landscape, pair, kind).length for pair in with_pauses(_pairs(subject))]
    return np.divide(lengths, straight)


def _quantile(ratios: np.ndarray, share: float) -> Value:
    """A quantile of the pairs' ratios with its bootstrap standard error."""
    random = np.random.default_rng(0)
    resampled = random.choice(ratios, (_RESAMPLES, len(ratios)))
    found = np.quantile(resampled, share, axis=1)
    return Value(float(np.quantile(ratios, share)), float(found.std()))


def _geodesic(share: float) -> Callable[[Subject], Value]:
    return lambda subject: _quantile(subject.once(_geodesics), share)


def _dense(subject: Subject) -> Value:
    return _quantile(_ratios(subject, "dense"), 0.5)


def _no_geodesic(subject: Subject) -> str | None:
    return PATHS["geodesic"].undefined(subject.view)


def _no_dense(subject: Subject) -> str | None:
    return PATHS["dense"].undefined(subject.view)


GEODESIC_RATIO = Measure(
    name="geodesic_ratio",
    title="Geodesic / straight line",
    unit="ratio of lengths, median of pairs",
    help="Pixel length of the shortest path found between two codes, relative to that of the "
    "straight line (Shao et al. 2018): 1 if the line is as short.",
    compute=_geodesic(0.5),
    cost="minutes",
    undefined=_no_geodesic,
    decimals=3,
)
GEODESIC_QUARTER = replace(
    GEODESIC_RATIO,
    name="geodesic_ratio_quarter",
    title="Geodesic / straight line: lower quartile",
    unit="ratio of lengths, 25 % quantile of pairs",
    help="A quarter of the pairs have a geodesic at least this short, relative to the straight "
    "line.",
    compute=_geodesic(0.25),
    expert=True,
)
GEODESIC_TENTH = replace(
    GEODESIC_RATIO,
    name="geodesic_ratio_tenth",
    title="Geodesic / straight line: lowest tenth",
    unit="ratio of lengths, 10 % quantile of pairs",
    help="A tenth of the pairs have a geodesic at least this short, relative to the straight line.",
    compute=_geodesic(0.1),
    expert=True,
)
DENSE_RATIO = Measure(
    name="dense_geodesic_ratio",
    title="Geodesic round voids / straight line",
    unit="ratio of lengths, median of pairs",
    help="The same for the shortest path if length costs more where there are fewer codes.",
    compute=_dense,
    cost="minutes",
    undefined=_no_dense,
    decimals=3,
)
