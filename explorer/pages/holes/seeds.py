"""The sentence "an autoencoder has holes" as a number with an interval."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from explorer import session
from explorer.analysis.holes.scores import prior_signals, retrained
from explorer.analysis.holes.verdict import HoleSignals, HoleThresholds, mean_interval, prior_holes
from explorer.datasets import ImageDataset
from explorer.pages.common.models import Opened
from explorer.pages.common.pending import computing
from explorer.pages.holes.scores import scores_of
from explorer.session import Setting
from explorer.training.replay import is_brief

SEEDS = 5
NORMAL_95 = 1.96  # standard errors


def over_seeds(chosen: Sequence[Opened], thresholds: HoleThresholds) -> None:
    """How much of the prior lies in holes, with an interval: over seeds if training takes only a
    moment, otherwise for the one model that there is."""
    st.subheader("“An autoencoder has holes”, as a number")
    models = list({one.name: one for one in chosen}.values())
    short = {one.name for one in models if is_brief(one.spec.run)}
    wanted = bool(short) and session.switch(
        Setting.OVER_SEEDS,
        f"Train each model with {SEEDS} seeds",
        help="The same runs with other seeds and nothing else changed: a few seconds each.",
    )
    for opened in models:
        again = wanted and opened.name in short
        words = (_of_seeds if again else _of_one)(opened, thresholds)
        st.markdown(f"- **{opened.title}**: {words}")
    if not short:
        title = chosen[0].source.title
        st.caption(
            f"Training on {title} takes minutes, so there is one model of each kind and no "
            "interval over seeds. Seeds differ by more than the Monte Carlo error; on the embedded "
            "digits, this page trains several."
        )


def _of_one(opened: Opened, thresholds: HoleThresholds) -> str:
    scores = scores_of(opened, thresholds)
    if scores.why:
        return f"not available: {scores.why}"
    if scores.prior.value is None:
        return computing(scores.prior.about)
    mass = scores.prior.value.mass
    half = 100 * NORMAL_95 * mass.standard_error
    return (
        f"**{100 * mass.value:.1f} % ± {half:.1f} %** of the prior's mass lies in holes (95 % "
        f"Monte Carlo interval of {mass.draws:,} draws from this one model, not over seeds)"
    )


def _of_seeds(opened: Opened, thresholds: HoleThresholds) -> str:
    images = opened.subject.dataset
    if not isinstance(images, ImageDataset) or scores_of(opened, thresholds).why:
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
    masses = [prior_holes(signals, thresholds).mass.value for signals in found]
    interval = mean_interval(masses)
    listed = ", ".join(f"{100 * mass:.0f}" for mass in masses)
    return (
        f"**{100 * interval.mean:.1f} % ± {100 * interval.half:.1f} %** of the prior's mass lies "
        f"in holes (mean and 95 % interval over {SEEDS} seeds: {listed})"
    )


def _trained(opened: Opened, seed: int, images: ImageDataset) -> HoleSignals:
    return prior_signals(retrained(opened.spec.run, seed, images, opened.view.choices))
