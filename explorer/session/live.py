"""A visitor's live training, and its knobs in the URL."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import streamlit as st

from explorer.background.live import Controls, LiveSession, LiveSessions, NoPlace, read_controls
from explorer.session.marks import read_word, remember
from explorer.session.settings import Setting

_IN_THE_URL: Mapping[Setting, str] = {
    Setting.LIVE_FAMILY: "family",
    Setting.LIVE_KL_WEIGHT: "kl_weight",
    Setting.LIVE_SCALE: "scale",
    Setting.LIVE_DIMENSIONS: "latent_dim",
    Setting.LIVE_SPEED: "speed",
    Setting.LIVE_SEED: "seed",
}
_MINE = "this visitor's live training"


@dataclass(frozen=True)
class Mine:
    """A visitor's live training, or why there is none.

    Attributes:
        training: the latest one, which may have ended.
        problem: why none could start.
        told: whether the visitor has been told that it ended.
    """

    training: LiveSession | None
    problem: str | None = None
    told: bool = False


def linked_controls() -> Controls:
    """The knobs as set in the URL; those that are missing or invalid are at their defaults."""
    said = {field: read_word(setting) for setting, field in _IN_THE_URL.items()}
    return read_controls(
        {field: _value(text) for field, text in said.items() if text is not None}, Controls()
    )


def _value(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def remember_controls(controls: Controls) -> None:
    """Write to the URL the knobs that differ from it."""
    before = linked_controls()
    for setting, field in _IN_THE_URL.items():
        value = getattr(controls, field)
        if value != getattr(before, field):
            remember(setting, value if isinstance(value, str) else f"{value:.7g}")


def live_training() -> Mine:
    """This visitor's live training."""
    mine = st.session_state.get(_MINE)
    return mine if isinstance(mine, Mine) else Mine(None)


def tell_end() -> None:
    """Note that the visitor has been told that the training ended."""
    st.session_state[_MINE] = replace(live_training(), told=True)


def start_live(controls: Controls) -> None:
    """Start a live training for this visitor, who can have only one at a time."""
    end_live()
    try:
        st.session_state[_MINE] = Mine(_all().start(controls))
    except NoPlace as problem:
        st.session_state[_MINE] = Mine(None, str(problem))


def end_live() -> None:
    """End this visitor's live training, if there is one."""
    training = live_training().training
    if training and training.ended is None:
        training.end("it was stopped")


@cache  # not Streamlit's, which a page can clear
def _all() -> LiveSessions:
    return LiveSessions()
