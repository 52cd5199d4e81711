"""The Holes page: where decoded images resemble no real image, for three models, with numbers."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.classifier import Classifier, shipped_classifier
from explorer.analysis.fields import FIELDS
from explorer.analysis.holes.distributions import HEADLINE
from explorer.analysis.holes.scores import DRAWS
from explorer.analysis.holes.verdict import HoleThresholds
from explorer.analysis.subject import needs_classes, needs_prior
from explorer.components.latent_pad import PadPlane
from explorer.pages.common.heading import show_heading
from explorer.pages.common.images import local_images
from explorer.pages.common.models import Opened, readable_checkpoints
from explorer.pages.common.numbers import show_rows
from explorer.pages.common.pending import show_pending
from explorer.pages.common.planes import show_planes
from explorer.pages.common.trio import choose_three
from explorer.pages.holes.controls import VERDICT, Controls, show_controls
from explorer.pages.holes.headline import show_headline
from explorer.pages.holes.hunt import show_hunt
from explorer.pages.holes.planes import DRAWN, hole_planes
from explorer.pages.holes.scores import detail_rows, distribution_rows, shares_of
from explorer.session import Setting

TITLE, PATH = "Holes", "holes"
PURPOSE = "See where the decoder draws nothing real, and how much of a plane is such a hole."

CLASSIFIED = (VERDICT, "class-entropy", "winning-class")  # fields that depend on the classifier
FIRST_LAYERS = ("field", "prior", "dots")  # codes would hide the field
EXPLAINED = {"field": "Field", "dots": "Draws"}  # layers that captions speak of
VERDICT_CAPTION = (
    "A place is a hole if D(z) is too far from every held-out image, or the classifier is too "
    "unsure of its class, or log q(z) − log N(z) is too low, where N is the Gaussian fitted to the "
    "codes. The thresholds are a choice: move them."
)


def render() -> None:
    """The page."""
    show_heading(PURPOSE, plane="together")
    specs = readable_checkpoints()
    chosen = choose_three(specs)
    here = all(opened.subject.dataset for opened in chosen)
    controls = show_controls(len(chosen[0].source.classes), here)
    thresholds = controls.thresholds
    for opened in chosen:  # asked for first: what the page is about takes less time than a field
        shares_of(opened, HEADLINE)
    _planes(chosen, controls)
    local_images(chosen[0].spec, "the distance to the nearest image and the classifier need them")
    show_headline(chosen, thresholds)
    _tables(chosen, thresholds)
    session.await_later()


def _tables(chosen: Sequence[Opened], thresholds: HoleThresholds) -> None:
    titles = [one.title for one in chosen]
    rows, details = distribution_rows(chosen, thresholds), detail_rows(chosen, thresholds)
    show_rows("holes", titles, rows)
    st.caption("± is one standard error, from draws and classifiers.")
    st.subheader("Why, and what the plane keeps")
    show_rows("why-holes", titles, details)


def _planes(chosen: Sequence[Opened], controls: Controls) -> None:
    """The planes, and below them what they show."""
    slot = st.container(key="planes-slot")  # the style sheet of the page knows it
    planes = hole_planes(chosen, controls)
    with slot:
        state = show_planes(
            planes,
            chosen[0].source.classes,
            pins=Setting.HOLE_PINS,
            first_layers=FIRST_LAYERS,
            key="holes " + " ".join(opened.widget_key for opened in chosen),
        )
    if off := [title for name, title in EXPLAINED.items() if name not in state.layers]:
        words = " and ".join(f"**{title}**" for title in off)
        layers, are, them = ("layer", "is", "it") if len(off) == 1 else ("layers", "are", "them")
        st.caption(f"The {layers} {words} {are} switched off. Switch {them} on above the planes.")
    show_hunt(chosen, planes, state.pins, controls.thresholds)
    _draws(chosen, planes)
    name = controls.field
    st.caption(VERDICT_CAPTION if name == VERDICT else FIELDS[name].caption)
    _circles(chosen, planes)
    _sections(chosen)
    if name in CLASSIFIED:
        _classifier(chosen[0])


def _draws(chosen: Sequence[Opened], planes: Sequence[PadPlane]) -> None:
    """How many of the draws that are shown are in holes."""
    shares = {
        opened.title: f"{opened.title} {100 * np.mean(plane.dots.values):.0f} %"
        for opened, plane in zip(chosen, planes, strict=True)
        if plane.dots
    }
    if shares:
        st.caption(
            f"The dots are the first {DRAWN} of the {DRAWS:,} codes drawn from the Gaussian fitted "
            f"to each model's codes. In holes: {', '.join(shares.values())} of them, by chance a "
            "little more or less than of all draws, which are counted below."
        )


def _circles(chosen: Sequence[Opened], planes: Sequence[PadPlane]) -> None:
    """What the circles in the planes mean for which model."""
    drawn = [one for one, plane in zip(chosen, planes, strict=True) if plane.prior]
    if not drawn:
        return
    text = (
        "The circles are 1, 2 and 3 σ of N(0, I), to scale; nearly all its draws lie within the "
        "outermost."
    )
    foreign = dict.fromkeys(one.title for one in drawn if needs_prior(one.subject))
    if foreign:
        text += (
            f" {' and '.join(foreign)} {'has' if len(foreign) == 1 else 'have'} been trained "
            "without a prior: how much of the codes the circles cover depends on nothing but "
            "their units."
        )
    st.caption(text)


def _classifier(opened: Opened) -> None:
    """How far the classifier can be trusted."""
    subject = opened.subject
    if subject.dataset is None or needs_classes(subject):
        return
    outcome: session.Outcome[Classifier]
    if ready := shipped_classifier(subject.dataset):
        outcome = session.Outcome(True, ready)
    else:
        outcome = session.later(("classifier", subject.dataset.name), lambda: subject.classifier)
    if classifier := outcome.value:
        st.caption(
            "The classifier, trained on the training images, classifies "
            f"{100 * classifier.accuracy:.1f} % of the {len(subject.dataset.test):,} held-out "
            "images correctly."
        )
    else:
        show_pending("The classifier, trained once for this data set", outcome)


def _sections(chosen: Sequence[Opened]) -> None:
    """Say that in more than two dimensions a plane is only a section."""
    for opened in chosen:
        if (dimensions := opened.view.dim) > 2:
            st.caption(
                f"{opened.title} has {dimensions} latent dimensions: its field is a section along "
                "the plane of the first two principal components, while its codes and draws, "
                "most of which lie off that plane, are projected onto it."
            )
