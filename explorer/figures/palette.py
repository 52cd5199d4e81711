"""The colours of the app: the accent, classes, latent dimensions and paths, the same everywhere."""

from colorsys import hls_to_rgb
from typing import NamedTuple


class Colour(NamedTuple):
    """A colour as ``#rrggbb``: on a light ground, and on a dark one."""

    light: str
    dark: str

    def on(self, dark: bool) -> str:
        """The colour for one of the grounds."""
        return self.dark if dark else self.light


ACCENTS = Colour("#4f6bed", "#7c93ff")  # as in .streamlit/config.toml
ACCENT = ACCENTS.light  # where one colour must do on both grounds
NEUTRAL = "#808495"  # of what is neither class nor dimension; visible on both grounds

# Found by ``python -m explorer.figures.palette_search`` (a minute): ten colours as far apart as can
# be, with a contrast of 3 on their ground, of similar hues on both, and none of them grey or the
# accent. The smallest ΔE2000 for normal and simulated colour-blind eyes:
#          normal  protanopia  deuteranopia  tritanopia
#   light    15.9        15.6          15.3        15.9
#   dark     16.2        16.0          16.4        16.3
CLASS_COLOURS = (
    Colour("#33a77d", "#08714f"),
    Colour("#4a126d", "#ffcfff"),
    Colour("#637517", "#e1ff0a"),
    Colour("#85547b", "#a43982"),
    Colour("#ba84ac", "#db8cb1"),
    Colour("#5d152e", "#eb4676"),
    Colour("#0000e7", "#5e3dff"),
    Colour("#2b7457", "#acffcf"),
    Colour("#7ea100", "#658000"),
    Colour("#454500", "#a3b31c"),
)

_PATHS = (ACCENT, "#12a179", "#e8590c", "#d6336c")  # distinct, on light and dark too
_DIMENSIONS = (ACCENT, "#a24bc9", "#d6336c", "#e8590c")


def dimension_colours(count: int) -> tuple[str, ...]:
    """``count`` colours in the order of a spectrum from the accent to a warm one, for what has an
    order and is no class. They can be read on light and dark grounds."""
    stops = [[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in _DIMENSIONS]
    colours = []
    for index in range(count):
        place = index * (len(stops) - 1) / max(1, count - 1)
        k = min(int(place), len(stops) - 2)
        mixed = (round(a + (place - k) * (b - a)) for a, b in zip(*stops[k : k + 2], strict=True))
        colours.append("#" + "".join(f"{level:02x}" for level in mixed))
    return tuple(colours)


def class_colours(count: int) -> tuple[Colour, ...]:
    """A different colour for each of ``count`` classes. From the eleventh on, hues are spread by
    the golden angle, are the same on both grounds and are harder to distinguish."""
    more = tuple(Colour(*[_spread(index)] * 2) for index in range(len(CLASS_COLOURS), count))
    return (*CLASS_COLOURS[:count], *more)


def _spread(index: int) -> str:
    hue = index * (3 - 5**0.5) / 2 % 1
    lightness = (0.42, 0.55, 0.66)[index % 3]
    levels = (round(255 * level) for level in hls_to_rgb(hue, lightness, 0.6))
    return "#" + "".join(f"{level:02x}" for level in levels)


def path_colours(count: int) -> tuple[str, ...]:
    """A colour for each of ``count`` kinds of paths, the accent first; after four they repeat."""
    return tuple(_PATHS[index % len(_PATHS)] for index in range(count))
