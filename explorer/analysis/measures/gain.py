"""The projector probe as two numbers: how much of the noise on images passes through."""

import numpy as np

from explorer.analysis.geometry import Gain, projector_gain, why_no_probe
from explorer.analysis.measures.base import Measure, Value
from explorer.analysis.subject import Subject, first_reason, needs_images

IMAGES = 200
NOISE = 1.0  # norm of the noise, in pixel units


def _found(subject: Subject) -> Gain:
    images = subject.test[:IMAGES].floats().numpy()
    return projector_gain(subject.view, images, np.array([NOISE]))


def _tangent(subject: Subject) -> Value:
    found = subject.once(_found)
    return Value(float(found.tangent[0]), float(found.tangent_error[0]))


def _normal(subject: Subject) -> Value:
    found = subject.once(_found)
    return Value(float(found.normal[0]), float(found.normal_error[0]))


def _why_not(subject: Subject) -> str | None:
    return why_no_probe(subject.view)


TANGENT_GAIN = Measure(
    name="tangent_gain",
    title="Gain along the surface",
    unit=f"at ‖δ‖ = {NOISE:g}",
    help="‖D(E(x + δ)) − D(E(x))‖ / ‖δ‖ for noise δ in the tangent plane of the decoded images: 1 "
    "for a perfect projector (Alain & Bengio 2014).",
    compute=_tangent,
    cost="seconds",
    undefined=first_reason(needs_images, _why_not),
)
NORMAL_GAIN = Measure(
    name="normal_gain",
    title="Gain normal to the surface",
    unit=f"at ‖δ‖ = {NOISE:g}",
    help="The same for noise perpendicular to the tangent plane: 0 for a perfect projector.",
    compute=_normal,
    cost="seconds",
    undefined=first_reason(needs_images, _why_not),
)
