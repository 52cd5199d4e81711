"""Sampling repaired: draws from densities fitted to a model's codes, and draws from N(0, I)."""

from functools import partial

import streamlit as st

from explorer import session
from explorer.analysis.holes.repair import source_signals
from explorer.analysis.holes.scores import DRAWS
from explorer.analysis.holes.verdict import HoleShares, HoleThresholds, hole_shares
from explorer.analysis.measures import NONE
from explorer.analysis.sampling import SOURCES, Request
from explorer.analysis.subject import needs_classes, needs_images
from explorer.models.latent import decode_means
from explorer.pages.common.models import Opened
from explorer.pages.common.pending import show_pending, shown
from explorer.pages.common.pictures import mosaic_png, show_png
from explorer.pages.holes.scores import percent

BESIDE = ("prior", "gaussian", "mixture", "kernels")  # the prior, then what repairs it
SHOWN, COLUMNS = 32, 8


def show_repair(opened: Opened, components: int) -> None:
    """Draws from the prior and from each fitted density, with their scores of holes.

    Args:
        opened: the model through its view.
        components: the number of components of the mixture.
    """
    st.subheader("What a fitted density repairs")
    st.caption(
        "An autoencoder is not trained to fill N(0, I), so draws from N(0, I) fall into holes. A "
        "density fitted to the codes afterwards (Ghosh et al. 2020) draws where codes are. Here "
        "it is fitted to half of the held-out codes, and its draws are judged by the other half: "
        "by those images, and by the density of their codes against the one drawn from. The "
        "thresholds are the defaults of the Holes page; ± is one standard error, from draws and "
        "classifiers."
    )
    titles, found = [], []
    subject = opened.subject
    beside = [source for source in BESIDE if not SOURCES[source].undefined(subject)]
    for column, source in zip(st.columns(len(beside)), beside, strict=True):
        titles.append(SOURCES[source].title)
        with column:
            _show_draws(opened, source, components)
        found.append(_judged(opened, source, components))
    if why := needs_images(subject):
        st.caption(f"No scores here: {why}.")
        return
    lines = ["| Draws from | In holes, % | Of a clear class, % |", "|---|---:|---:|"]
    for title, one in zip(titles, found, strict=True):
        mass = shown(one, lambda holes: percent(holes.mass), NONE)
        clear = shown(one, lambda holes: percent(holes.clear), NONE)
        lines.append(f"| {title} | {mass} | {NONE if needs_classes(subject) else clear} |")
    st.markdown("\n".join(lines))


def _judged(opened: Opened, source: str, components: int) -> session.Outcome[HoleShares]:
    """The scores of draws from a source, without a value if they are not available."""
    subject = opened.subject
    if needs_images(subject):
        return session.Outcome(True)
    request = Request(DRAWS, components=components)
    outcome = session.later(
        ("holes of draws", source, opened.key, components),
        lambda: source_signals(subject, source, request),
    )
    if outcome.value is None:
        return session.Outcome(outcome.ready, about=outcome.about)
    return session.Outcome(True, hole_shares(outcome.value, HoleThresholds()))


def _show_draws(opened: Opened, source: str, components: int) -> None:
    """Images drawn from a source, as soon as its density is fitted."""
    title = SOURCES[source].title
    drawn = session.later(
        ("draws", source, opened.key, components), partial(_draws_png, opened, source, components)
    )
    if drawn.value:
        show_png(drawn.value, title)
    else:
        show_pending(title, drawn)


def _draws_png(opened: Opened, source: str, components: int) -> bytes:
    request = Request(SHOWN, components=components)
    z = SOURCES[source].draw(opened.subject, request)
    return mosaic_png(decode_means(opened.view, z), COLUMNS)
