"""A field to draw in, and what an encoder sees of the drawing."""

import numpy as np

from explorer import session
from explorer.components.draw_pad import draw_pad
from explorer.datasets import DATASETS, Source
from explorer.datasets.ink import centred, rasterise


def drawn_images(source: Source, height: int = 270) -> np.ndarray:
    """The field; returns the drawing after each stroke as images (k, C, H, W) of a data set. One
    drawing goes with a visitor from page to page."""
    ink = source.ink
    strokes = draw_pad(
        strokes=session.drawn_strokes(),
        pen=ink.pen * ink.box,  # as wide as it will be, if the drawing fills the field alike
        prompt="Draw here with mouse, pen or finger",
        height=height,
        key="draw pad",
    )
    session.remember_strokes(strokes)
    return _images(source.name, strokes)


@session.cached
def _images(dataset: str, strokes: tuple) -> np.ndarray:
    source = DATASETS[dataset]
    grown = [
        centred(rasterise(strokes[: count + 1], source.ink.pen), source.ink, source.image_shape)
        for count in range(len(strokes))
    ]
    return np.array(grown).reshape(-1, *source.image_shape)
