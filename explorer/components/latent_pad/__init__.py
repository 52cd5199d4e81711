"""A latent plane people can touch.

The pad itself is JavaScript (``web/``) and knows nothing of Streamlit; this package packs the
data, mounts the component and says what the visitor did::

    state = latent_pad([PadPlane("VAE", codes, labels)], classes=names, palette=colours, key="pad")
    for pin in state.pins: ...
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from explorer.components.latent_pad.bundle import bundle
from explorer.components.latent_pad.payload import (
    DIGEST_BYTES,
    ImageGrid,
    PadPlane,
    check,
    pack_decoder,
    pack_points,
)
from explorer.components.latent_pad.state import (
    LAYERS,
    MAX_PINS,
    Memory,
    PadState,
    Pin,
    read_message,
    requested_state,
    settle,
)
from explorer.latent import DenseDecoder

__all__ = ["LAYERS", "MAX_PINS", "ImageGrid", "PadPlane", "PadState", "Pin", "latent_pad"]

WEB = Path(__file__).parent / "web"


def latent_pad(
    planes: Sequence[PadPlane],
    *,
    classes: Sequence[str],
    palette: Sequence[str],
    pins: Sequence[Pin] = (),
    hidden: Collection[int] = (),
    layers: Collection[str] = ("points", "prior"),
    height: int = 560,
    key: str,
    on_change: Callable[[], None] | None = None,
) -> PadState:
    """Draw the planes side by side and return what the visitor did on them.

    ``pins``, ``hidden`` and ``layers`` are the state to begin with. Later the visitor's own state
    wins, until one of them *changes* to something the pad did not say itself: then the pad takes
    it over (see :func:`~explorer.components.latent_pad.state.settle`). So a page may pass
    constants, or feed the returned state back through the URL; both do what one expects.

    ``height`` is that of a plane in CSS pixels; ``palette`` holds one ``#rrggbb`` per class.
    ``on_change`` is called before the rerun that a pin, a class or a layer causes.
    """
    import streamlit as st

    check(planes, classes, palette)
    codes = [plane.codes for plane in planes]
    asked = requested_state(pins, hidden, layers, codes, len(classes))

    # What the browser last said is in session state before the component is mounted.
    spoken = st.session_state.get(key, {})
    message = read_message(spoken.get("pad"), codes, len(classes))
    memory_key = f"{key}: what the pad and the page agreed on"
    memory: Memory = settle(st.session_state.get(memory_key), asked, message)
    st.session_state[memory_key] = memory

    _component()(
        key=key,
        data={
            "planes": [_describe(plane, f"{key}/{i}") for i, plane in enumerate(planes)],
            "classes": list(classes),
            "palette": list(palette[: len(classes)]),
            "height": height,
            "revision": memory.revision,
            "state": memory.known.to_json(),
        },
        on_pad_change=on_change or _nothing,
    )
    return memory.known


def _describe(plane: PadPlane, place: str) -> dict[str, Any]:
    """The light half of a plane: words, flags, and where the browser fetches the heavy half."""
    points = pack_points(plane)
    return {
        "title": plane.title,
        "axes": list(plane.axes),
        "prior": plane.prior,
        "marked": plane.marked,
        "id": points[:DIGEST_BYTES].hex(),
        "points": _publish(points, "application/octet-stream", f"{place}/points"),
        "count": len(plane.codes),
        "hasScales": plane.scales is not None,
        "grid": plane.grid
        and {
            "url": _publish(plane.grid.png, "image/png", f"{place}/grid"),
            "extent": [float(v) for v in plane.grid.extent],
        },
        "decoder": plane.decoder and _describe_decoder(plane.decoder, place),
    }


def _describe_decoder(decoder: DenseDecoder, place: str) -> dict[str, Any]:
    return {
        "url": _publish(pack_decoder(decoder), "application/octet-stream", f"{place}/decoder"),
        "widths": [len(bias) for _, bias in decoder.layers],
        "activation": decoder.activation,
        "link": decoder.link,
        "shape": list(decoder.image_shape),
    }


def _publish(content: bytes, mimetype: str, place: str) -> str:
    """Lend bytes to the media route and return their address, named by content.

    Why this route: bytes beside JSON in a component's ``data`` are sent again whenever one pin
    moves, and a route of our own needs ``st.App``, which plain ``streamlit run`` does not give.
    Media files are named by content, so a browser fetches each cloud once. They live as long as
    a session refers to them, and each full rerun starts by dropping its references: hence a call
    per rerun (a hash of at most 192 kB, no copy).
    """
    from streamlit import runtime

    if not runtime.exists():  # a bare `python app.py` run: nobody will ask
        return ""
    return runtime.get_instance().media_file_mgr.add(content, mimetype, f"latent_pad/{place}")


@cache
def _component() -> Callable[..., Any]:
    import streamlit as st

    return st.components.v2.component(
        "explorer.latent_pad",
        css=(WEB / "style.css").read_text(encoding="utf-8"),
        js=bundle(WEB, "streamlit.js"),
    )


def _nothing() -> None:
    """Streamlit keeps a state value only when a callback of that name is given."""
