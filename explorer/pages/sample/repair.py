"""Sampling repaired: draws from densities fitted to a model's codes, and draws from N(0, I)."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from explorer import session
from explorer.analysis.holes.repair import REPAIRS, source_signals
from explorer.analysis.holes.shares import Share
from explorer.analysis.holes.verdict import HoleShares, hole_shares
from explorer.analysis.measures import NONE
from explorer.analysis.sampling import SOURCES, Request
from explorer.analysis.subject import needs_classes, needs_images
from explorer.models.latent import decode_means
from explorer.pages.common.models import Opened
from explorer.pages.common.numbers import number_text
from explorer.pages.common.pending import show_pending, shown
from explorer.pages.common.pictures import mosaic_png, show_png
from explorer.pages.common.tables import offer_csv
from explorer.pages.holes.scores import DEFAULTS, percent

SHOWN, COLUMNS = 32, 8


def show_repair(opened: Opened, components: int | None) -> None:
    """Draws from the prior and from each fitted density, with their scores of holes.

    Args:
        opened: the model through its view.
        components: the number of components of the mixture; None for the number that suits best.
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
    subject = opened.subject
    beside = [source for source in REPAIRS if not SOURCES[source].undefined(subject)]
    for column, source in zip(st.columns(len(beside)), beside, strict=True):
        with column:
            _show_draws(opened, source, components)
    if why := needs_images(subject):
        st.caption(f"No scores here: {why}.")
        return
    head = ("Draws from", "In holes, %", "Of a clear class, %")
    rows = [(SOURCES[source].title, *_scores(opened, source, components)) for source in beside]
    lines = ["|---|---:|---:|", *(f"| {' | '.join(row)} |" for row in rows)]
    st.markdown("\n".join([f"| {' | '.join(head)} |", *lines]))
    offer_csv(st.container(), f"{opened.file_name}-repair", head, rows)


def _scores(opened: Opened, source: str, components: int | None) -> tuple[str, str]:
    """The shares of a source's draws in holes and of a clear class, as text: measures of the
    registry, unless the mixture is one that was chosen by hand."""
    if source != "mixture" or components is None:
        in_holes, is_clear = (f"{name}_{source}" for name in ("repaired_holes", "repaired_clear"))
        return number_text(opened, in_holes, True), number_text(opened, is_clear, True)
    subject = opened.subject
    outcome = session.later(
        ("holes of draws", source, opened.key, components),
        lambda: source_signals(subject, source, components),
    )

    def share(of: Callable[[HoleShares], Share]) -> str:
        return shown(outcome, lambda found: percent(of(hole_shares(found, DEFAULTS))), NONE)

    clear = NONE if needs_classes(subject) else share(lambda shares: shares.clear)
    return share(lambda shares: shares.mass), clear


def _show_draws(opened: Opened, source: str, components: int | None) -> None:
    """Images drawn from a source, as soon as its density is fitted."""
    title = SOURCES[source].title
    drawn = session.later(
        ("draws", source, opened.key, components), partial(_draws_png, opened, source, components)
    )
    if drawn.value:
        show_png(drawn.value, title)
    else:
        show_pending(title, drawn)


def _draws_png(opened: Opened, source: str, components: int | None) -> bytes:
    request = Request(SHOWN, components=components)
    z = SOURCES[source].draw(opened.subject, request)
    return mosaic_png(decode_means(opened.view, z), COLUMNS)
