"""What a visitor chooses on the Holes page: the field, the part of the plane, the thresholds."""

import math
from dataclasses import dataclass

import streamlit as st

from explorer import session
from explorer.analysis.fields import FIELDS
from explorer.analysis.holes.reference import REACH
from explorer.analysis.holes.verdict import HoleThresholds
from explorer.session import Setting

VERDICT = "verdict"
PARTS = {"reference": f"Reference ±{REACH:g} σ", "home": "All codes"}


@dataclass(frozen=True)
class Controls:
    """What was chosen.

    Attributes:
        field: the field under the codes: a name in FIELDS, or VERDICT.
        part: the part of the plane that is shown first, a name in ``analysis.fields.PARTS``.
        thresholds: beyond which a place is a hole.
    """

    field: str
    part: str
    thresholds: HoleThresholds


def show_controls(classes: int, with_images: bool) -> Controls:
    """Ask for them, for images of so many classes; without images there is no verdict."""
    columns = st.columns([3, 3, 2, 2, 2], vertical_alignment="bottom")
    names = [VERDICT, *FIELDS] if with_images else [*FIELDS, VERDICT]
    with columns[0]:
        field = session.choose(
            Setting.FIELD,
            "Colour the plane by",
            names,
            show=lambda name: "Hole or not" if name == VERDICT else FIELDS[name].title,
        )
    with columns[1]:
        part = session.pick(
            Setting.HOLE_PART,
            "View",
            list(PARTS),
            PARTS.__getitem__,
            help="The reference is the distribution from which the draws come that are counted "
            "below: the Gaussian fitted to each model's codes. In its units the view is the same "
            "for all models.",
        )
    start, slots = HoleThresholds(), columns[2:]
    with slots[0]:
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
    entropy = start.entropy
    if classes > 1:
        with slots[1]:
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
    with slots[2]:
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
    return Controls(field, part, HoleThresholds(distance, entropy, ratio))
