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

__all__ = ["FIELDS", "PlaneField"]

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
