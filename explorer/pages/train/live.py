"""Live: a model of the embedded digits that trains while the visitor turns its knobs."""

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.geometry import Plane
from explorer.analysis.information.collapse import predicted_thresholds, undefined
from explorer.analysis.numerals import numeral
from explorer.background.live import BATCH, DATASET, Controls, Snapshot
from explorer.components.latent_pad import PadPlane
from explorer.components.live_controls import Said, heard, live_controls
from explorer.datasets import DATASETS, ImageDataset
from explorer.models import FAMILIES
from explorer.pages.common.numbers import show_numbers
from explorer.pages.common.pending import pulsing
from explorer.pages.common.planes import show_planes
from explorer.pages.common.replays import show_replay
from explorer.pages.common.thresholds import forecast
from explorer.runs.checkpoints import CheckpointError

KEY = "live knobs"
RECORDED = "digits-vae"  # in the gallery
TICK = 0.1  # seconds between two updates
SLOW_TICK = 2.0  # the same while training is paused
PATIENCE = 0.3  # seconds to wait for the result of a single step
_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def render_live() -> None:
    """A model in training with its plane and its knobs, updated many times a second."""
    mine = session.live_training()
    # Opening the page restarts a training that ended because nobody was watching. The clock of a
    # background tab must not restart it: hence not once this tab has shown the end.
    if mine.training is None or (mine.training.unwatched and not mine.told):
        session.start_live(_said().controls)
    tick = _tick(_said().controls)
    st.fragment(run_every=tick)(_live)(tick)


def _live(tick: float | None) -> None:
    said = _said()
    if said.rests:
        session.remember_controls(said.controls)
    training = session.live_training().training
    patience = 0.0 if said.controls.playing else PATIENCE
    snapshot = training.look(said.controls, patience) if training else None
    knobs, picture = st.columns([2, 5], gap="medium")
    with knobs:
        thresholds = _thresholds(said.controls)
        live_controls(said.controls, snapshot, thresholds=thresholds, key=KEY)
        _theory(said.controls, thresholds)
        if snapshot:
            # Last, because an element that appears or disappears has those after it built again.
            _state(said.controls, snapshot)
    with picture:
        if snapshot:
            _plane(snapshot)
            _numbers(snapshot)
        else:
            _state(said.controls, snapshot)
            if training is None:
                _lesson()
        images = _digits()
        st.caption(
            f"The model trains without end on {len(images.train):,} handwritten digits of 8×8 "
            f"pixels; the plane and the numbers show {len(images.test)} held-out digits."
        )
    if _tick(said.controls) != tick:
        st.rerun()  # only a rerun of the whole page can change how often this runs


def _lesson() -> None:
    """What those see who have a place: a training of the same digits, recorded."""
    try:
        spec = session.checkpoint(RECORDED).spec
    except CheckpointError:
        return
    st.caption(f"Meanwhile, a recorded training of the same digits, {RECORDED}. Play it.")
    show_replay(spec)


def _said() -> Said:
    return heard(session.linked_controls(), KEY)


def _tick(controls: Controls) -> float | None:
    """Seconds between two updates; None if there is nothing to update."""
    training = session.live_training().training
    if training is None or training.ended is not None:
        return None
    is_paused = training.latest is not None and not controls.playing
    return SLOW_TICK if is_paused else TICK


def _state(controls: Controls, snapshot: Snapshot | None) -> None:
    """Messages on the state of the training, if there are any."""
    mine = session.live_training()
    if mine.training is None:
        st.info(f"{mine.problem} Try again when another visitor has left.")
        st.button("Try again", on_click=session.start_live, args=[controls])
    elif mine.training.ended is not None:
        session.tell_end()
        st.info(f"This live training has ended: {mine.training.ended}.")
        st.button("Restart", on_click=session.start_live, args=[controls])
    elif snapshot is None:
        st.caption(pulsing("Starting a process for the training, which takes a few seconds"))
    elif snapshot.notice:
        st.caption(snapshot.notice)


def _plane(snapshot: Snapshot) -> None:
    """The held-out codes, in the two most informative dimensions."""
    controls = snapshot.controls
    has_kl = FAMILIES[controls.family].capabilities.stochastic
    weight = f", β = {controls.kl_weight:g}" if has_kl else ""
    show_planes(
        [
            PadPlane(
                f"{controls.family.upper()}{weight}, σ = {controls.scale:g}",
                snapshot.mean,
                _digits().test.labels.numpy(),
                snapshot.scale if has_kl else None,
                surface(snapshot),
                decoder=snapshot.decoder,
                live="training",
            )
        ],
        DATASETS[DATASET].classes,
        key="live plane",
    )


def _numbers(snapshot: Snapshot) -> None:
    """The numbers measured on the held-out images, each with its unit and an explanation."""
    has_kl = FAMILIES[snapshot.controls.family].capabilities.stochastic
    numbers = (
        (
            "Reconstruction",
            numeral(snapshot.reconstruction),
            "nats per image",
            "−log p(x|z) with one draw of z. It may be negative, since a density can exceed 1.",
        ),
        (
            "KL",
            f"{snapshot.kl_total:.2f}" if has_kl else "–",
            "nats per image",
            "KL(q(z|x) ‖ p(z)): how much a code says about its image; 0 means collapse.",
        ),
        (
            "Loss",
            numeral(snapshot.total),
            "nats per image",
            "Reconstruction + β · KL. It is minimised on the training images, not on these. It may "
            "be negative, since a density can exceed 1.",
        ),
        (
            "Squared error",
            f"{snapshot.squared_error:.2f}",
            "per image",
            "Σ over pixels of (x − D(z))²: comparable between values of σ, unlike the loss.",
        ),
        (
            "Active units",
            f"{snapshot.active_units} of {len(snapshot.kl)}",
            "dimensions",
            "Latent dimensions whose mean code varies over the images (variance > 0.01).",
        ),
        (
            "Steps",
            f"{snapshot.step:,}",
            f"{snapshot.steps_per_second:,.0f} per second"
            if snapshot.controls.playing
            else "paused",
            f"Optimiser steps since the weights were initialised, on {BATCH} images each: "
            f"{snapshot.epoch:,.1f} epochs.",
        ),
    )
    show_numbers(
        (
            title,
            value,
            unit,
            f"{meaning} On the held-out images." if title != "Steps" else meaning,
        )
        for title, value, unit, meaning in numbers
    )


def surface(snapshot: Snapshot) -> Plane:
    """The plane of the dimensions shown; the others are fixed at the mean of their codes.

    Its axes are latent dimensions, not principal components, which rotate and flip from one moment
    to the next: a dimension keeps its place, and N(0, I) along two dimensions is N(0, I).
    """
    first, second = snapshot.shown
    center = snapshot.mean.mean(axis=0).astype(np.float64)
    center[[first, second]] = 0
    axes = np.eye(len(center))[[first, second]]
    shares = snapshot.mean.var(axis=0)[[first, second]] / max(snapshot.mean.var(axis=0).sum(), 1e-9)
    labels = tuple(f"z{str(dimension + 1).translate(_DIGITS)}" for dimension in (first, second))
    return Plane(center, axes, (labels[0], labels[1]), (float(shares[0]), float(shares[1])))


def _thresholds(controls: Controls) -> list[float]:
    """KL weights at which dimensions die, the largest first; none where theory predicts none."""
    return _predicted(controls.family, controls.latent_dim, controls.scale)


@session.shared
def _predicted(family: str, latent_dim: int, scale: float) -> list[float]:
    spec = Controls().model.model_copy(
        update={"family": family, "latent_dim": latent_dim, "likelihood_scale": scale}
    )
    if undefined(spec):
        return []
    return predicted_thresholds(_digits().train, spec).tolist()


def _digits() -> ImageDataset:
    dataset = session.local_dataset(DATASET)
    assert dataset is not None, "it is embedded"
    return dataset


def _theory(controls: Controls, thresholds: list[float]) -> None:
    if not thresholds:
        st.caption("An AE has no KL term, so none of its dimensions dies from it.")
        return
    st.caption(
        forecast(thresholds),
        help="Known from the images alone, and dashed above: a dimension is alive while β is below "
        "an eigenvalue of the pixels' covariance divided by σ² (Lucas et al. 2019). Just after a "
        "collapse, or when a dimension is new, it may stay inactive for longer.",
    )
