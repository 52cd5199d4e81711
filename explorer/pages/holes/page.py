"""The Holes page: where decoded images resemble no real image, for three models, with numbers."""

import math
from collections.abc import Sequence
from itertools import islice

import numpy as np
import streamlit as st

from explorer import session
from explorer.analysis.classifier import Classifier, shipped_classifier
from explorer.analysis.fields import FIELDS, SIDE, HomeField
from explorer.analysis.holes.distributions import HEADLINE
from explorer.analysis.holes.verdict import HoleSignals, HoleThresholds, find_holes
from explorer.analysis.subject import needs_classes, needs_prior
from explorer.components.latent_pad import Field, PadPlane
from explorer.pages.common.fields import field_values, pad_field
from explorer.pages.common.heading import show_heading
from explorer.pages.common.images import local_images
from explorer.pages.common.models import Opened, readable_checkpoints
from explorer.pages.common.numbers import show_rows
from explorer.pages.common.pending import show_pending
from explorer.pages.common.planes import pad_plane, show_planes
from explorer.pages.common.trio import choose_three
from explorer.pages.holes.headline import show_headline
from explorer.pages.holes.scores import detail_rows, distribution_rows, shares_of
from explorer.session import Setting

TITLE, PATH = "Holes", "holes"
PURPOSE = "See where the decoder draws nothing real, and how much of a plane is such a hole."

VERDICT = "verdict"
SIGNALS = ("nearest-image", "class-entropy", "density-ratio")  # what the verdict is based on
CLASSIFIED = (VERDICT, "class-entropy", "winning-class")  # fields that depend on the classifier
FIRST_LAYERS = ("field", "contours", "prior")  # codes would hide the field
KINDS = (("no hole", "#9ed8c6"), ("hole", "#b0305c"))
VERDICT_CAPTION = (
    "A place is a hole if D(z) is too far from every held-out image, or the classifier is too "
    "unsure of its class, or log q(z) − log N(z) is too low, where N is the Gaussian fitted to the "
    "codes. The thresholds are a choice: move them."
)


def render() -> None:
    """The page."""
    show_heading(PURPOSE, with_plane=True)
    specs = readable_checkpoints()
    chosen = choose_three(specs)
    name, thresholds = _controls(chosen)
    for opened in chosen:  # asked for first: what the page is about takes less time than a field
        shares_of(opened, HEADLINE)
    _planes(chosen, name, thresholds)
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


def _controls(chosen: Sequence[Opened]) -> tuple[str, HoleThresholds]:
    """The chosen field, and the thresholds beyond which a place is a hole."""
    here = all(opened.subject.dataset for opened in chosen)
    names = [VERDICT, *FIELDS] if here else [*FIELDS, VERDICT]
    columns = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
    with columns[0]:
        name = session.choose(
            Setting.FIELD,
            "Colour the plane by",
            names,
            show=lambda name: "Hole or not" if name == VERDICT else FIELDS[name].title,
        )
    start = HoleThresholds()
    with columns[1]:
        distance = session.slide(
            Setting.HOLE_DISTANCE,
            "Hole: image distance above",
            0.5,
            3.0,
            start.distance,
            0.05,
            help="Distance from D(z) to the nearest held-out image, in units of the typical "
            "distance between held-out images. One in twenty reconstructions exceeds the default.",
        )
    classes = len(chosen[0].source.classes)
    entropy = start.entropy
    if classes > 1:
        with columns[2]:
            guess = round(math.log(classes), 1)
            entropy = session.slide(
                Setting.HOLE_ENTROPY,
                "or class entropy above",
                0.0,
                guess,
                min(start.entropy, guess),
                0.05,
                help=f"Entropy of the classifier on D(z), in nats: 0 is certain, {guess} a guess "
                f"among {classes} classes. One in twenty reconstructions exceeds the default.",
            )
    with columns[3]:
        ratio = session.slide(
            Setting.HOLE_RATIO,
            "or log q − log p below",
            -10.0,
            0.0,
            start.log_ratio,
            0.5,
            help="In nats: q is the density of the codes of images, p the one that was drawn from; "
            "in the plane, the Gaussian fitted to the codes. At −3, codes are 20 times rarer "
            "there than draws.",
        )
    return name, HoleThresholds(distance, entropy, ratio)


def _planes(chosen: Sequence[Opened], name: str, thresholds: HoleThresholds) -> None:
    slot = st.container()
    planes = [pad_plane(opened) for opened in chosen]
    fields = _verdicts(chosen, thresholds) if name == VERDICT else _fields(chosen, name)
    shown = [plane.varied(field=field) for plane, field in zip(planes, fields, strict=True)]
    with slot:
        state = show_planes(
            shown,
            chosen[0].source.classes,
            pins=Setting.COMPARE_PINS,
            first_layers=FIRST_LAYERS,
            key="holes " + " ".join(opened.widget_key for opened in chosen),
        )
    if "field" not in state.layers:
        st.caption("The layer **Field** is switched off. Switch it on above the planes.")
    st.caption(VERDICT_CAPTION if name == VERDICT else FIELDS[name].caption)
    _circles(chosen, planes)
    _sections(chosen)
    if name in CLASSIFIED:
        _classifier(chosen[0])


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


def _fields(chosen: Sequence[Opened], name: str) -> list[Field | None]:
    """The field of each plane, all on one scale; None where it is not ready or not available."""
    found = field_values([(opened, name) for opened in chosen])
    known = [one.values[np.isfinite(one.values)] for one in found if one]
    numbers = np.concatenate(known) if known else np.zeros(0)
    span = (float(numbers.min()), float(numbers.max())) if len(numbers) else None
    return [
        None if one is None else pad_field(opened, name, one, span)
        for opened, one in zip(chosen, found, strict=True)
    ]


def _verdicts(chosen: Sequence[Opened], thresholds: HoleThresholds) -> list[Field | None]:
    """Hole or not, as a field of each plane; None until all its signals are ready. Signals that are
    not defined are ignored."""
    fields = iter(field_values([(opened, name) for opened in chosen for name in SIGNALS]))
    return [
        _verdict(opened, dict(zip(SIGNALS, islice(fields, len(SIGNALS)), strict=True)), thresholds)
        for opened in chosen
    ]


def _verdict(
    opened: Opened, found: dict[str, HomeField | None], thresholds: HoleThresholds
) -> Field | None:
    missing = [name for name, one in found.items() if one is None]
    known = [one for one in found.values() if one]
    if not known or not all(FIELDS[name].undefined(opened.subject) for name in missing):
        return None
    nothing = np.full((SIDE, SIDE), np.nan)
    distance, entropy, ratio = (one.values if one else nothing for one in found.values())
    signals = HoleSignals(distance, entropy, ratio)
    holes = find_holes(signals, thresholds).hole.astype(np.float64)
    return Field("hole or not", holes, known[0].home, kinds=KINDS)


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
                "the plane of the first two principal components, while its codes, most of which "
                "lie off that plane, are projected onto it."
            )
