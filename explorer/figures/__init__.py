"""Figures: turn arrays into pictures or plotly figures, without Streamlit."""

from explorer.figures.collapse import collapse_curve, ordinal
from explorer.figures.gain import gain_curve
from explorer.figures.images import (
    barred,
    data_url,
    enlarge,
    gif,
    grey_levels,
    mosaic,
    png,
    thumbnail,
    to_bytes,
)
from explorer.figures.information import collapse_meter, gap_histogram, kl_bars, posterior_map
from explorer.figures.palette import (
    ACCENT,
    ACCENTS,
    CLASS_COLOURS,
    Colour,
    class_colours,
    dimension_colours,
    path_colours,
)
from explorer.figures.planes import plane_picture
from explorer.figures.progress import kl_by_dimension, loss_terms
from explorer.figures.signed import signed

__all__ = [
    "ACCENT",
    "ACCENTS",
    "CLASS_COLOURS",
    "Colour",
    "barred",
    "class_colours",
    "collapse_curve",
    "collapse_meter",
    "data_url",
    "dimension_colours",
    "enlarge",
    "gain_curve",
    "gap_histogram",
    "gif",
    "grey_levels",
    "kl_bars",
    "kl_by_dimension",
    "loss_terms",
    "mosaic",
    "ordinal",
    "path_colours",
    "plane_picture",
    "png",
    "posterior_map",
    "signed",
    "thumbnail",
    "to_bytes",
]
