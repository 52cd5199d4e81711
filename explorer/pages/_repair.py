"""Sampling repaired: draws from densities fitted to a model's codes, beside draws from N(0, I)."""

import streamlit as st

from explorer import session
from explorer.analysis.hole_scores import DRAWS, hole_signals, undefined
from explorer.analysis.measures.holes import HoleThresholds, PriorHoles, prior_holes
from explorer.analysis.sampling import SOURCES, Request
from explorer.models.latent import decode_means
from explorer.pages import _parts as parts
from explorer.pages._fields import subject_of
from explorer.pages._holes import NONE, percent
from explorer.runs.checkpoints import Checkpoint

BESIDE = ("prior", "gaussian", "mixture", "kernels")  # from the one that is repaired on
SHOWN, COLUMNS = 32, 8


def show_repair(checkpoint: Checkpoint, components: int) -> None:
    """Draws from the prior and from each fitted density, with the scores of holes of each.

    Args:
        checkpoint: the model.
        components: of the mixture.
    """
    st.subheader("What a fitted density repairs")
    st.caption(
        "An autoencoder is not trained to fill N(0, I): draws from it fall into holes. A density "
        "fitted to its codes afterwards (Ghosh et al. 2020) draws where codes are. Thresholds are "
        "those that the page Holes begins with; ± is one standard error."
    )
    titles, found = [], []
    for column, source in zip(st.columns(len(BESIDE)), BESIDE, strict=True):
        titles.append(SOURCES[source].title)
        found.append(_judged(checkpoint, source, components))
        with column:
            picture = _draws_png(checkpoint.spec.digest, checkpoint, source, components)
            parts.show_png(picture, SOURCES[source].title)
    if why := undefined(subject_of(checkpoint)):
        st.caption(f"No scores here: {why}.")
        return
    lines = ["| Draws from | In holes, % | Of a clear class, % |", "|---|---:|---:|"]
    for title, one in zip(titles, found, strict=True):
        values = (percent(one.mass), percent(one.clear)) if one else (NONE, NONE)
        lines.append(f"| {title} | {values[0]} | {values[1]} |")
    st.markdown("\n".join(lines))


def _judged(checkpoint: Checkpoint, source: str, components: int) -> PriorHoles | None:
    """The scores of draws from a source; None until they are there or if there are none."""
    subject = subject_of(checkpoint)
    if undefined(subject):
        return None
    request = Request(DRAWS, components=components)
    outcome = session.later(
        ("holes of draws", source, checkpoint.spec.digest, components),
        lambda: hole_signals(
            subject, SOURCES[source].draw(checkpoint.model, checkpoint.codes, request)
        ),
    )
    return prior_holes(outcome.value, HoleThresholds()) if outcome.value else None


@session.cached
def _draws_png(digest: str, _checkpoint: Checkpoint, source: str, components: int) -> bytes:
    request = Request(SHOWN, components=components)
    z = SOURCES[source].draw(_checkpoint.model, _checkpoint.codes, request)
    return parts.mosaic_png(decode_means(_checkpoint.model, z), COLUMNS)
