"""Collapse: the KL weight at which each latent dimension dies, predicted and measured."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import streamlit as st

from explorer.analysis.information import collapse
from explorer.figures import collapse_curve, ordinal
from explorer.pages.common.charts import show_chart
from explorer.pages.common.models import Opened
from explorer.pages.common.numbers import measured, number_of
from explorer.pages.common.pending import show_pending
from explorer.pages.common.thresholds import FEW, prediction
from explorer.specs import Measured

INFORMATION = "mutual_information"


def show_collapse(models: Sequence[Opened], weights: Sequence[float], current: int) -> None:
    """Show at which weight each dimension dies: predicted from the images alone, and measured.

    Args:
        models: the models of a series, in order of their KL weight.
        weights: their KL weights.
        current: index of the selected model.
    """
    run, dimensions = models[0].spec.run, models[0].view.dim
    predicted, note = prediction(run.dataset, run.model)
    information = [number_of(one, INFORMATION) for one in models]
    active = [measured(one.spec, "active_units") for one in models]
    if predicted is not None:
        brackets = collapse.measured_brackets(weights, active, dimensions)
        st.markdown(
            verdict(predicted.tolist(), brackets)
            if dimensions <= FEW
            else count_verdict(predicted.tolist(), weights[current], active[current])
        )
    if note:
        st.caption(note)
    if pending := [one for one in information if not one.ready]:
        show_pending("Mutual information", max(pending, key=lambda one: one.about))
    show_chart(
        collapse_curve(
            weights,
            [np.concatenate(one.checkpoint.history[-1].held_out.kl) for one in models],
            active,
            current,
            predicted=predicted,
            information=[_nats(one.value, "value", math.nan) for one in information],
            errors=[_nats(one.value, "error", 0.0) for one in information],
        ),
        f"{models[0].file_name}-collapse",
    )
    st.caption(
        "A latent dimension is worth its cost while the KL weight is below an eigenvalue of the "
        "images' covariance, in units of the variance that p(x|z) gives a pixel at the mean image. "
        "These predictions (dashed) need no training. Solid lines are measured: the KL of each "
        "dimension on the validation images, and on the test images the mutual information of "
        "image and code, with its error, and the active units."
    )


def _nats(found: Measured | None, what: Literal["value", "error"], otherwise: float) -> float:
    """The value or error of a number; something else where it is not known or not defined."""
    known: float | None = getattr(found, what) if found else None
    return otherwise if known is None else known


def verdict(predicted: Sequence[float], brackets: Sequence[collapse.Bracket]) -> str:
    """A sentence on each dimension, in the order in which theory says they die."""
    sentences = []
    for rank in range(len(predicted), 0, -1):
        theory, bracket = predicted[rank - 1], brackets[rank - 1]
        if bracket.alive is None:
            measured = "dead at every weight of this series"
        elif bracket.dead is None:
            measured = f"alive up to β = {bracket.alive:g}, the largest of this series"
        else:
            measured = f"between {bracket.alive:g} and {bracket.dead:g}"
        sentences.append(
            f"Theory: the **{ordinal(rank)} dimension** dies at β = **{theory:.3g}**; measured: "
            f"{measured}."
        )
    return " ".join(sentences)


def count_verdict(predicted: Sequence[float], weight: float, active: float) -> str:
    """A sentence on how many dimensions are alive at a weight."""
    alive = sum(threshold > weight for threshold in predicted)
    return (
        f"At β = {weight:g}, theory predicts that **{alive} of {len(predicted)} dimensions** are "
        f"alive; measured: **{active:g} active units**."
    )
