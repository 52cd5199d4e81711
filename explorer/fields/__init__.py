"""Fields over the latent plane. Adding one is a new file and a line in FIELDS."""

from explorer.fields import blur, condition, magnification, round_trip
from explorer.fields.base import PlaneField, Subject, first_reason, needs_images, needs_no_label

__all__ = [
    "FIELDS",
    "PlaneField",
    "Subject",
    "first_reason",
    "needs_images",
    "needs_no_label",
]

FIELDS: dict[str, PlaneField] = {
    field.name: field
    for field in (round_trip.FIELD, magnification.FIELD, condition.FIELD, blur.FIELD)
}
