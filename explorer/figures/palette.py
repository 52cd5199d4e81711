"""The colours of the product: one accent, and one colour per class, the same in every picture."""

ACCENT = "#4f6bed"

# Ten colours told apart on light and dark and by colour-blind eyes (Petroff 2021, 2107.02270).
CLASS_COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)


def class_colours(count: int) -> tuple[str, ...]:
    """A colour for each of ``count`` classes; beyond ten they come round again."""
    return tuple(CLASS_COLOURS[index % len(CLASS_COLOURS)] for index in range(count))
