"""Hole hunt: the verdict on each place that a visitor pins, why, and a score."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.holes.distributions import HEADLINE
from explorer.analysis.holes.judge import meet_judges
from explorer.analysis.holes.scores import signals_at, undefined
from explorer.analysis.holes.verdict import HoleSignals, HoleThresholds, find_holes
from explorer.analysis.numerals import numeral
from explorer.analysis.subject import Subject
from explorer.components.latent_pad import PadPlane, Pin
from explorer.pages.common.models import Opened
from explorer.pages.common.pending import show_pending
from explorer.pages.holes.planes import JUDGE
from explorer.session import Outcome

Codes = tuple[tuple[float, ...], ...]

HELP = (
    "Click a place where you expect a hole: here you learn whether it is one, and why. To hunt by "
    "the pictures alone, first switch off the layers **Field** and **Draws** above the planes."
)


def show_hunt(
    chosen: Sequence[Opened],
    planes: Sequence[PadPlane],
    pins: Sequence[Pin],
    thresholds: HoleThresholds,
) -> None:
    """The verdicts on pins in their order, and how many found a hole in each model."""
    st.subheader("Hole hunt")
    if not pins:
        st.caption(HELP)
    told: dict[int, str] = {}
    scores = []
    for index, (opened, plane) in enumerate(zip(chosen, planes, strict=True)):
        mine = [number for number, pin in enumerate(pins) if pin.plane == index]
        if not mine or (signals := _signals(opened, plane, [pins[k] for k in mine])) is None:
            continue
        holes = find_holes(signals, thresholds).hole
        count = "1 pin" if len(mine) == 1 else f"{len(mine)} pins"
        scores.append(f"**{opened.title}: {holes.sum()} of {count} found a hole**")
        for place, number in enumerate(mine):
            told[number] = f"- **{chr(ord('A') + number)}** on {opened.title}: " + verdict_words(
                signals, place, thresholds
            )
    if scores:
        st.markdown(" · ".join(scores))
        st.markdown("\n".join(told[number] for number in sorted(told)))


def _signals(opened: Opened, plane: PadPlane, pins: Sequence[Pin]) -> HoleSignals | None:
    """The signals at pins of one plane; if they are not ready or not available, None, and a caption
    says so."""
    codes = tuple(tuple(plane.code_of(pin).tolist()) for pin in pins)  # n of d numbers
    found = _judged(opened, codes)
    if not found.ready:
        show_pending(f"The verdict on the pins of {opened.title}", found)
    elif found.value is None:
        st.caption(f"No verdict on the pins of {opened.title}: {found.trouble}.")
    return found.value


def _judged(opened: Opened, codes: Codes) -> Outcome[HoleSignals]:
    """The signals at codes of a model: in a moment once the judges of its data set, which are the
    same for all models, are ready."""
    subject = opened.subject
    if why := undefined(subject, HEADLINE):
        return Outcome(ready=True, trouble=why)
    judges = session.later(("judges of holes", opened.source.name), partial(meet_judges, subject))
    if judges.value is None:
        return Outcome(judges.ready, trouble=judges.trouble, about=judges.about)
    try:
        return Outcome(ready=True, value=_signals_at(opened.key, codes, subject))
    except ValueError as error:
        return Outcome(ready=True, trouble=str(error))


@session.shared
def _signals_at(key: str, codes: Codes, _subject: Subject) -> HoleSignals:
    """The signals at codes, found once: thresholds move more often than pins."""
    return signals_at(_subject, np.array(codes)).by(JUDGE)


@dataclass(frozen=True)
class Criterion:
    """How one of the criteria of a hole is put into words.

    Attributes:
        beyond, within: what is so if a signal is beyond its threshold, and if it is not.
        sign: the name of the signal.
        unit: its unit, with a space before it.
        digits: after the point.
    """

    beyond: str
    within: str
    sign: str
    unit: str
    digits: int

    def words(self, value: float, limit: float, hit: bool) -> str:
        """The criterion at a place, in Markdown."""
        numbers = f"{self.sign} {self._number(value)}{self.unit}, limit {self._number(limit)}"
        return f"**{self.beyond}** ({numbers})" if hit else f"{self.within} ({numbers})"

    def _number(self, value: float) -> str:
        digits = f"z.{self.digits}f" if abs(value) < 1000 else ".1e"
        return numeral(value, digits)


FAR = Criterion("far from every held-out image", "near a held-out image", "distance", "", 2)
UNCLEAR = Criterion("of no clear class", "of a clear class", "entropy", " nats", 2)
EMPTY = Criterion("hardly any codes near", "codes near", "log q − log N =", " nats", 1)


def verdict_words(signals: HoleSignals, place: int, thresholds: HoleThresholds) -> str:
    """The verdict on one of the places with these signals, in Markdown: what makes it a hole comes
    first. A signal that is not known is left out."""
    found = find_holes(signals, thresholds)
    each = (
        (FAR, signals.distance, thresholds.distance, found.far),
        (UNCLEAR, signals.entropy, thresholds.entropy, found.unclear),
        (EMPTY, signals.log_ratio, thresholds.log_ratio, found.empty),
    )
    reasons: list[str] = []
    others: list[str] = []
    for criterion, values, limit, hits in each:
        if not np.isnan(values[place]):
            words = criterion.words(float(values[place]), limit, bool(hits[place]))
            (reasons if hits[place] else others).append(words)
    if not reasons and not others:
        return "**no verdict**: none of its signals is known."
    if reasons and others:
        others[0] = f"but {others[0]}"
    return f"{'**a hole**' if reasons else '**no hole**'}: {'; '.join(reasons + others)}."
