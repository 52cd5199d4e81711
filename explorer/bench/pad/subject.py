"""Where a page shows what is measured: the selectors that a change of the pad may change."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """How a page shows its plane, as CSS selectors, which also look into components.

    Attributes:
        surface: what the mouse moves over.
        ready: what is there, ``planes`` times, once all planes are drawn.
        picture: where the exact picture of the last click stands: a canvas whose ``data-exact``
            says for which place it is exact, or an image that the server sent.
        planes: how many planes there are.
    """

    surface: str
    ready: str
    picture: str
    planes: int = 1


# The pad says itself when its planes are drawn and for which place a picture is exact.
PAD = Subject(
    surface=".pad canvas[role=application]",
    ready='.pad[data-ready="true"] canvas[role=application]',
    picture=".inspector canvas.picture[data-exact]",
)
PLOTLY = Subject(
    surface=".js-plotly-plot .nsewdrag",
    ready=".js-plotly-plot .nsewdrag",
    picture='[data-testid="stImage"] img',
)
