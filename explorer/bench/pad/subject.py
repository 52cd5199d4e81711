"""Where a page shows what is measured: the selectors to adapt when the pad changes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Subject:
    """How a page shows its plane, as CSS selectors, which also look into components.

    Attributes:
        surface: what the mouse moves over.
        ready: matches ``planes`` elements once all planes are drawn.
        picture: the exact picture of the last click: a canvas whose ``data-exact`` names the place
            for which it is exact, or an image that the server sent.
        planes: how many planes there are.
    """

    surface: str
    ready: str
    picture: str
    planes: int = 1


# The pad itself reports when its planes are drawn and for which place a picture is exact.
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
