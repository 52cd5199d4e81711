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
from explorer.analysis.fields.home import SIDE, HomeField, at_home, home_of, over_box

__all__ = ["AT_HOME", "FIELDS", "SIDE", "HomeField", "PlaneField", "home_of", "over_box"]

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
# Compute a field over the part of the plane that pages show first; always the same functions, so
# that each runs once for a subject.
AT_HOME = {name: at_home(field) for name, field in FIELDS.items()}
