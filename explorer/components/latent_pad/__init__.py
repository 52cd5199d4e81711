"""An interactive latent plane.

The pad itself is JavaScript (``web/``) and independent of Streamlit; this package packs the data,
mounts the component and returns what the visitor did::

    state = latent_pad([PadPlane("VAE", codes, labels)], classes=names, palette=colours, key="pad")
    for pin in state.pins: ...
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from explorer.components.bundle import bundle
from explorer.components.files import File, lend
from explorer.components.latent_pad.describe import (
    MakeAtlas,
    atlas_at_once,
    describe_film,
    describe_pins,
)
from explorer.components.latent_pad.marks import (
    Companion,
    Dots,
    Ellipses,
    Field,
    Shades,
    Trail,
    on_both,
)
from explorer.components.latent_pad.payload import Film, PadPlane, check
from explorer.components.latent_pad.state import (
    LAYERS,
    MAX_PINS,
    Codes,
    Memory,
    PadState,
    Pin,
    frame_of,
    read_message,
    requested_state,
    settle,
)
from explorer.components.mount import nothing, style
from explorer.figures import Colour

__all__ = [
    "LAYERS",
    "MAX_PINS",
    "Companion",
    "Dots",
    "Ellipses",
    "Field",
    "Film",
    "PadPlane",
    "PadState",
    "PathStyle",
    "Pin",
    "Shades",
    "Trail",
    "latent_pad",
]

WEB = Path(__file__).parent / "web"
# Streamlit sends a component's script again with every change of its data. So it is given these
# lines, which load the actual script once, from where the other files are.
LOADER = """export default async function (component) {
  const script = document.querySelector('script[type="module"][src*="static/js/"]');
  const root = script ? new URL("../../", script.src) : document.baseURI;
  try {
    const pad = await import(new URL(component.data.script.slice(1), root).href);
    return pad.default(component, root);
  } catch (error) {
    const words = document.createElement("p");
    words.textContent = `The plane could not be loaded: ${error.message}. Reload this page.`;
    component.parentElement.replaceChildren(words);
  }
}"""


@dataclass(frozen=True)
class PathStyle:
    """The kind of path through the pins, and the number of images in its film strip.

    ``kind`` is a name in :data:`explorer.analysis.geometry.INTERPOLATIONS`.
    """

    kind: str = "linear"
    steps: int = 11


def latent_pad(
    shown: Sequence[PadPlane | Film],
    *,
    classes: Sequence[str],
    palette: Sequence[str | Colour],
    pins: Sequence[Pin] = (),
    hidden: Collection[int] = (),
    layers: Collection[str] = ("points", "prior"),
    frame: int = 0,
    path: PathStyle | None = None,
    marks: Callable[[PadPlane, PadState], PadPlane] | None = None,
    links: Mapping[str, str] | None = None,
    make_atlas: MakeAtlas = atlas_at_once,
    height: int | None = None,
    key: str,
    on_change: Callable[[], None] | None = None,
) -> PadState:
    """Draw planes, and films of planes, side by side and return what the visitor did on them.

    ``pins``, ``hidden``, ``layers`` and ``frame`` are the initial state. Later the visitor's own
    state wins, until one of the arguments *changes* to something that the pad did not report
    itself: then the pad takes it over (see
    :func:`~explorer.components.latent_pad.state.settle`). So a page may pass constants, or feed the
    returned state back through the URL; both work as expected.

    A change of pins, or a film that comes to rest at a frame, causes a rerun at once; ``on_change``
    is called before it. Hidden classes and layers wait for the next rerun, but appear in the page's
    URL at once if ``links`` names their query parameters: ``{"hidden": …, "layers": …}``. With
    ``"zoom"`` and ``"walk"`` the browser also keeps there what part of each plane is seen, and the
    place on a walk along the path.

    ``path`` asks for a film strip of the path through the pins of each plane; ``marks`` adds to a
    plane the marks that depend on the visitor's pins in this very run (see
    :meth:`PadPlane.varied`); ``make_atlas`` returns the grid of decoded images that stands in for a
    decoder that the browser cannot run, or None until it is ready; ``height`` is the height of a
    plane in CSS pixels, by default as many as the window allows; ``palette`` holds one colour per
    class, ``#rrggbb`` or one for light and one for dark grounds.
    """
    import streamlit as st

    films = [one if isinstance(one, Film) else Film([one], "", [""]) for one in shown]
    check(films, classes, palette)
    n_frames = max((len(film.frames) for film in films), default=1)

    def codes_at(index: int) -> Codes:
        return [plane.points for plane in planes_at(films, index)]

    given = PadState(tuple(pins), frozenset(hidden), frozenset(layers), frame)
    asked = requested_state(given, codes_at(frame), len(classes), n_frames)

    # What the browser last said is in session state before the component is mounted.
    said = st.session_state.get(key, {}).get("pad")
    memory_key = f"{key}: what the pad and the page agreed on"
    memory: Memory | None = st.session_state.get(memory_key)
    last = memory.known.frame if memory else asked.frame
    spoken = frame_of(said, n_frames)
    message = read_message(
        said, codes_at(last if spoken is None else spoken), len(classes), n_frames
    )
    memory = settle(memory, asked, message)
    st.session_state[memory_key] = memory
    state = requested_state(memory.known, codes_at(memory.known.frame), len(classes), n_frames)

    if marks:
        films = [
            replace(film, frames=[marks(plane, state) for plane in film.frames]) for film in films
        ]
        check(films, classes, palette)
    views = message.views if message else ()
    _component()(
        key=key,
        data={
            "script": lend(_script(), f"latent_pad/{key}/script"),
            "style": lend(_style(), f"latent_pad/{key}/style"),
            "films": [
                describe_film(
                    film,
                    min(state.frame, len(film.frames) - 1),
                    views[i] if i < len(views) else None,
                    f"latent_pad/{key}/{i}",
                    make_atlas,
                )
                for i, film in enumerate(films)
            ],
            "classes": list(classes),
            "palette": [on_both(colour) for colour in palette[: len(classes)]],
            "path": path and {"kind": path.kind, "steps": path.steps},
            "links": dict(links or {}),
            "height": height,
            "revision": memory.revision,
            "state": state.to_json(),
            "pictures": describe_pins(planes_at(films, state.frame), state),
        },
        on_pad_change=on_change or nothing,
    )
    return state


def planes_at(films: Sequence[Film], frame: int) -> list[PadPlane]:
    """The planes that the films show at a frame; a shorter film stays at its last frame."""
    return [film.frames[min(max(frame, 0), len(film.frames) - 1)] for film in films]


@cache
def _script() -> File:
    return File(bundle(WEB, "streamlit.js").encode(), "text/javascript")


@cache
def _style() -> File:
    return File(style(WEB).encode(), "text/css")


@cache
def _component() -> Callable[..., Any]:
    import streamlit as st

    return st.components.v2.component("explorer.latent_pad", js=LOADER)
