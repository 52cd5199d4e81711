"""Figures: arrays in, pictures or plotly figures out; no Streamlit."""

from explorer.figures.history import history
from explorer.figures.images import enlarge, gif, grey_levels, mosaic, png, thumbnail, to_bytes
from explorer.figures.palette import ACCENT, CLASS_COLOURS, class_colours
from explorer.figures.rate_distortion import rate_distortion

__all__ = [
    "ACCENT",
    "CLASS_COLOURS",
    "class_colours",
    "enlarge",
    "gif",
    "grey_levels",
    "history",
    "mosaic",
    "png",
    "rate_distortion",
    "thumbnail",
    "to_bytes",
]
