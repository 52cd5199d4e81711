"""The colours of the app: one accent, and one colour per class that is the same everywhere."""

from colorsys import hls_to_rgb

ACCENT = "#4f6bed"

# Ten colours that are distinguishable on light and dark backgrounds and by colour-blind users
# (Petroff 2021, arXiv 2107.02270).
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


_PATHS = (ACCENT, "#12a179", "#e8590c", "#d6336c")  # distinct, on light and dark too
_WARM = "#e8590c"  # the end of a ramp, distinct from the accent on light and dark


def ramp(count: int) -> tuple[str, ...]:
    """``count`` colours from the accent to a warm one, for ordered items that are not classes."""
    ends = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in (ACCENT, _WARM)]
    colours = []
    for index in range(count):
        share = index / max(1, count - 1)
        mixed = (round(a + share * (b - a)) for a, b in zip(*ends, strict=True))
        colours.append("#" + "".join(f"{level:02x}" for level in mixed))
    return tuple(colours)


def class_colours(count: int) -> tuple[str, ...]:
    """A different colour for each of ``count`` classes. From the eleventh on, hues are spread by
    the golden angle and are harder to distinguish."""
    more = tuple(_spread(index) for index in range(len(CLASS_COLOURS), count))
    return (*CLASS_COLOURS[:count], *more)


def _spread(index: int) -> str:
    hue = index * (3 - 5**0.5) / 2 % 1
    lightness = (0.42, 0.55, 0.66)[index % 3]
    levels = (round(255 * level) for level in hls_to_rgb(hue, lightness, 0.6))
    return "#" + "".join(f"{level:02x}" for level in levels)


def path_colours(count: int) -> tuple[str, ...]:
    """A colour for each of ``count`` kinds of paths, the accent first; after four they repeat."""
    return tuple(_PATHS[index % len(_PATHS)] for index in range(count))
