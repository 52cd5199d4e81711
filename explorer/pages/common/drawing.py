"""A drawing field, and the drawing as the encoder sees it."""

import numpy as np

from explorer import session
from explorer.components.draw_pad import draw_pad
from explorer.datasets import DATASETS, Source
from explorer.datasets.ink import centred, rasterise


def drawn_images(source: Source, height: int = 270) -> np.ndarray:
    """Show the field and return the drawing after each stroke, as images (k, C, H, W) in the format
    of a data set. All pages share one drawing per visitor."""
    ink = source.ink
    strokes = draw_pad(
        strokes=session.drawn_strokes(),
        pen=ink.pen * ink.box,  # the final width, if the drawing fills that share of the field
        prompt="Draw here with a mouse, pen or finger",
        height=height,
        key="draw pad",
    )
    session.remember_strokes(strokes)
    return _images(source.name, strokes)


@session.shared
def _images(dataset: str, strokes: tuple) -> np.ndarray:
    source = DATASETS[dataset]
    grown = [
        centred(rasterise(strokes[: count + 1], source.ink.pen), source.ink, source.image_shape)
        for count in range(len(strokes))
    ]
    return np.array(grown).reshape(-1, *source.image_shape)
