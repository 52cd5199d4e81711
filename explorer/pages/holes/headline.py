"""The sentence "an autoencoder has holes" as a number: of which codes, give or take how much."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.holes.distributions import DISTRIBUTIONS, HEADLINE
from explorer.analysis.holes.scores import retrained, signals_under
from explorer.analysis.holes.shares import Share
from explorer.analysis.holes.verdict import HoleSignals, HoleThresholds, find_holes
from explorer.datasets import ImageDataset
from explorer.pages.common.models import Opened
from explorer.pages.common.pending import computing
from explorer.pages.holes.scores import DEFAULTS, shares_of
from explorer.session import Setting
from explorer.training.replay import is_brief

SEEDS = 5
NORMAL_95 = 1.96  # standard errors
DRAWN = "of the codes drawn from the Gaussian fitted to its codes"
BESIDE = (("prior", "of those drawn from its prior"), ("reconstructions", "of its reconstructions"))


def show_headline(chosen: Sequence[Opened], thresholds: HoleThresholds) -> None:
    """How much of the codes drawn from the fitted Gaussian falls into holes, with an interval: over
    seeds if training takes only a moment, otherwise for the one model that there is."""
    models = list({one.name: one for one in chosen}.values())
    brief = {one.name for one in models if is_brief(one.spec.run)}
    st.subheader("How much falls into holes")
    wanted = bool(brief) and session.switch(
        Setting.OVER_SEEDS,
        f"Train each model with {SEEDS} seeds",
        help="The same runs with other seeds and nothing else changed: a few seconds each.",
    )
    told = [
        f"- **{opened.title}**: "
        + (_of_seeds if wanted and opened.name in brief else _of_one)(opened, thresholds)
        for opened in models
    ]
    st.markdown("\n".join(told))
    st.caption(
        "A code is in a hole if it decodes to an image far from every held-out image or of no "
        "clear class, or if codes of images are much rarer there than draws. ± is half of a 95 % "
        "interval. Of one model, it holds the random draws and the training of the classifiers; of "
        "several, also the training of the model. The held-out images and the thresholds are given."
        + ("" if brief else f" {_LONG.format(chosen[0].source.title)}")
    )


_LONG = (
    "Training on {} takes minutes, so no interval here holds the seed of the model; on the "
    "embedded digits, this page trains several."
)


def interval(share: Share) -> str:
    """A share with half of its 95 % interval, in per cent, as text."""
    return _give_or_take(100 * share.value, 100 * share.half)


def _give_or_take(value: float, half: float) -> str:
    places = 2 if half < 0.1 else 1 if half < 10 else 0
    return f"{value:.{places}f} ± {half:.{places}f} %"


def _of_one(opened: Opened, thresholds: HoleThresholds) -> str:
    found = shares_of(opened, HEADLINE, thresholds)
    share = _share(opened, HEADLINE, thresholds)
    if share is None:
        return f"not available: {found.trouble}." if found.ready else computing(found.about)
    draws = ""
    if found.value:
        mass = found.value.mass
        judged = f" judged by {mass.classifiers} classifiers" if mass.classifiers > 1 else ""
        draws = f" ({mass.draws:,} draws{judged})"
    known = ((_share(opened, name, thresholds), words) for name, words in BESIDE)
    beside = "".join(f", {one} {words}" for one, words in known if one)
    return f"**{share}** {DRAWN} fall into holes{draws}{beside}."


def _share(opened: Opened, name: str, thresholds: HoleThresholds) -> str | None:
    """The share of a distribution in holes; until it is computed, as it is stored for the default
    thresholds. None if it is neither."""
    if computed := shares_of(opened, name, thresholds).value:
        return interval(computed.mass)
    stored = session.stored_numbers(opened.spec).get(DISTRIBUTIONS[name].measure)
    if thresholds != DEFAULTS or not stored or stored.value is None or stored.error is None:
        return None
    return _give_or_take(stored.value, NORMAL_95 * stored.error)


def _of_seeds(opened: Opened, thresholds: HoleThresholds) -> str:
    images = opened.subject.dataset
    if not isinstance(images, ImageDataset) or shares_of(opened, HEADLINE, thresholds).trouble:
        return _of_one(opened, thresholds)
    found: list[HoleSignals] = []
    for seed in range(SEEDS):  # one after another, so that other visitors get their turn
        outcome = session.later(
            ("holes of a seed", opened.spec.run.model_dump_json(), opened.view.key, seed),
            partial(_trained, opened, seed, images),
        )
        if outcome.trouble:
            return outcome.trouble
        if outcome.value is None:
            return f"seed {seed + 1} of {SEEDS}: {computing(outcome.about)}"
        found.append(outcome.value)
    holes = [np.atleast_2d(find_holes(signals, thresholds).hole) for signals in found]
    masses = np.stack([one.mean(axis=1) for one in holes], axis=1)  # (classifiers, SEEDS)
    listed = ", ".join(f"{100 * mass:.0f}" for mass in masses.mean(axis=0))
    return (
        f"**{interval(Share.mean(masses))}** {DRAWN} fall into holes (mean over {SEEDS} seeds of "
        f"the model: {listed})."
    )


def _trained(opened: Opened, seed: int, images: ImageDataset) -> HoleSignals:
    return signals_under(retrained(opened.spec.run, seed, images, opened.view.choices), HEADLINE)
