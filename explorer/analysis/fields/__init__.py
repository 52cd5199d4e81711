"""Fields over the latent plane. To add one, write a new file and add a line to FIELDS."""

from explorer.analysis.fields import (
    blur,
    class_entropy,
    condition,
    density_ratio,
    magnification,
    nearest_image,
    round_trip,
    winning_class,
)
from explorer.analysis.fields.base import PlaneField
from explorer.analysis.fields.home import PARTS, SIDE, HomeField, home_of, over_box, over_part

__all__ = [
    "FIELDS",
    "HOLE_SIGNALS",
    "OVER",
    "PARTS",
    "SIDE",
    "HomeField",
    "PlaneField",
    "home_of",
    "over_box",
]

FIELDS: dict[str, PlaneField] = {
    field.name: field
    for field in (
        round_trip.FIELD,
        density_ratio.FIELD,
        nearest_image.FIELD,
        class_entropy.FIELD,
        winning_class.FIELD,
        magnification.FIELD,
        condition.FIELD,
        blur.FIELD,
    )
}
# The fields that tell whether a place is in a hole, in the order of ``HoleSignals``.
HOLE_SIGNALS = (nearest_image.FIELD.name, class_entropy.FIELD.name, density_ratio.FIELD.name)
# Compute a field over a part of the plane; always the same functions, so that each runs once for a
# subject.
OVER = {part: {name: over_part(field, part) for name, field in FIELDS.items()} for part in PARTS}
