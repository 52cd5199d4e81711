"""The light half of what the browser gets: texts, numbers, and the URLs of the heavy half."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from explorer.analysis.geometry import Box, Plane
from explorer.components.files import File, lend
from explorer.components.latent_pad.atlas import Atlas
from explorer.components.latent_pad.marks import (
    Companion,
    Dots,
    Ellipses,
    Field,
    Shades,
    Trail,
    on_both,
)
from explorer.components.latent_pad.payload import Film, PadPlane
from explorer.components.latent_pad.state import PadState, Pin
from explorer.figures import data_url, grey_levels
from explorer.models import DenseDecoder

MOST_SEEN = 500  # pins per plane whose pictures are kept, for all visitors together


# The atlas of a part of a plane; None while it is being made.
MakeAtlas = Callable[[PadPlane, Box], Atlas | None]


def atlas_at_once(plane: PadPlane, box: Box) -> Atlas | None:
    """The atlas of a part of a plane, made immediately; None for a plane that needs none."""
    return plane.atlases.of(box) if plane.atlases else None


def describe_film(
    film: Film, current: int, view: Box | None, place: str, make_atlas: MakeAtlas
) -> dict[str, Any]:
    """A film that rests at the frame ``current``; ``view`` is the part of its plane to decode at a
    finer resolution, or None for the whole plane."""

    def atlas(plane: PadPlane) -> dict[str, Any] | None:
        if plane.atlases is None:
            return None
        made = make_atlas(plane, view or plane.home)
        return _describe_images(made, f"{place}/atlas") if made else None

    return {
        "axis": film.axis,
        "names": list(film.names),
        "frames": [
            _describe_plane(plane, f"{place}/{index}")
            | {"atlas": atlas(plane) if index == current else None}
            for index, plane in enumerate(film.frames)
        ],
    }


def _describe_plane(plane: PadPlane, place: str) -> dict[str, Any]:
    file = plane.file
    send = _inline if plane.live else lend
    return {
        "title": plane.title,
        "axes": list(plane.axes),
        "prior": plane.prior,
        "fitsPrior": plane.prior and plane.fits_prior,
        "logPrior": plane.log_prior and _describe_field(plane.log_prior, f"{place}/prior"),
        "noPrior": plane.no_prior,
        "marked": plane.marked,
        "id": file.digest,
        "live": plane.live,
        "points": send(file, f"{place}/points"),
        "count": len(plane.codes),
        "scaleUnit": None if plane.scales is None else plane.scale_unit,
        "surface": plane.surface and _describe_surface(plane.surface),
        "decoder": plane.decoder and _describe_decoder(plane, plane.decoder, place),
        "shades": plane.shades and _describe_shades(plane.shades, place),
        "field": plane.field and _describe_field(plane.field, f"{place}/field"),
        "dots": plane.dots and _describe_dots(plane, plane.dots),
        "trails": [_describe_trail(plane, trail) for trail in plane.trails],
        "ellipses": [_describe_ellipses(ellipses) for ellipses in plane.ellipses],
        "indicatrix": plane.indicatrix,
        "companion": plane.companion and _describe_companion(plane.companion, place),
        "opening": plane.opening and list(plane.opening),
        "note": plane.note,
    }


def _inline(file: File, place: str) -> str:
    """The file as a data URL: a file that is used only once need not be stored."""
    return data_url(file.content, file.mimetype)


def _describe_surface(surface: Plane) -> dict[str, Any]:
    return {"center": surface.center.tolist(), "axes": surface.axes.tolist()}


def _describe_decoder(plane: PadPlane, decoder: DenseDecoder, place: str) -> dict[str, Any]:
    assert plane.decoder_file
    send = _inline if plane.live else lend
    return {
        "url": send(plane.decoder_file, f"{place}/decoder"),
        "bits": plane.decoder_bits,
        "inputs": int(decoder.layers[0][0].shape[1]),
        "widths": [len(bias) for _, bias in decoder.layers],
        "activation": decoder.activation,
        "link": decoder.link,
        "shape": list(decoder.image_shape),
    }


def _describe_companion(companion: Companion, place: str) -> dict[str, Any]:
    images = _describe_images(companion.atlas, f"{place}/companion")
    return {"title": companion.title, "atlas": images}


def _describe_images(atlas: Atlas, place: str) -> dict[str, Any]:
    return {
        "url": lend(atlas.file, place),
        "box": list(atlas.box),
        "shape": list(atlas.shape),
        "error": atlas.error,
    }


def _describe_shades(shades: Shades, place: str) -> dict[str, Any]:
    url = lend(shades.file, f"{place}/shades")
    return {"title": shades.title, "url": url, "span": list(shades.span)}


def _describe_field(field: Field, place: str) -> dict[str, Any]:
    rows, columns = np.shape(field.values)
    return {
        "title": field.title,
        "url": lend(field.file, place),
        "rows": rows,
        "columns": columns,
        "box": list(field.box),
        "span": field.span and list(field.span),
        "kinds": [[name, *on_both(colour)] for name, colour in field.kinds],
        "help": field.help,
        "told": field.told,
    }


def _describe_trail(plane: PadPlane, trail: Trail) -> dict[str, Any]:
    surface = plane.surface
    points = surface.to_plane(trail.codes) if surface else np.asarray(trail.codes)
    scales = None if trail.scales is None else plane.spread(np.asarray(trail.scales))
    return {
        "points": points.tolist(),
        "scales": None if scales is None else scales.tolist(),
        "name": trail.name,
        "colour": trail.colour,
        "dots": trail.dots,
        "marked": trail.marked,
    }


def _describe_dots(plane: PadPlane, dots: Dots) -> dict[str, Any]:
    codes, values = np.asarray(dots.codes), np.asarray(dots.values)
    finite = np.isfinite(codes).all(axis=1)
    points = plane.surface.to_plane(codes[finite]) if plane.surface else codes[finite]
    return {
        "title": dots.title,
        # Five digits are less than a pixel, and a third of the bytes.
        "points": [[float(f"{x:.5g}"), float(f"{y:.5g}")] for x, y in points],
        "values": values[finite].tolist(),
        "kinds": [[name, *on_both(colour)] for name, colour in dots.kinds],
    }


def _describe_ellipses(ellipses: Ellipses) -> dict[str, Any]:
    """Each ellipse as x, y, its two half-axes and its angle."""
    parts = (ellipses.centres, ellipses.radii, np.reshape(ellipses.angles, (-1, 1)))
    rows = np.concatenate(parts, axis=1)  # (n, 5)
    drawn = rows[np.isfinite(rows).all(axis=1)]
    return {"rows": drawn.tolist(), "colour": ellipses.colour, "width": ellipses.width}


def describe_pins(planes: Sequence[PadPlane], state: PadState) -> list[dict[str, Any]]:
    """The exact decoded image of each pin of the state, and the original image if one is pinned."""
    pictures: dict[Pin, dict[str, Any]] = {}
    for index, plane in enumerate(planes):
        mine = dict.fromkeys(pin for pin in state.pins if pin.plane == index)
        if plane.decode:
            pictures |= _decoded(plane, list(mine))
    return [{"frame": state.frame, **pictures.get(pin, {})} for pin in state.pins]


def _decoded(plane: PadPlane, pins: list[Pin]) -> dict[Pin, dict[str, Any]]:
    """The decoded images of pins. They are remembered, since most pins are still there in the next
    run; and as all visitors share the planes, each call keeps its own copy of what it found."""
    found = {pin: plane.seen[pin] for pin in pins if pin in plane.seen}
    if new := [pin for pin in pins if pin not in found]:
        assert plane.decode
        codes = np.array([plane.code_of(pin) for pin in new])  # (n, d)
        for pin, code, image in zip(new, codes, plane.decode(codes), strict=True):
            found[pin] = plane.seen[pin] = {
                "pin": pin.to_json(),
                "shape": list(image.shape),
                "decoded": _base64(image),
                "original": _original(plane, pin),
                # In more than two dimensions, a pinned code lies off the plane.
                "code": None if pin.point is None else code.tolist(),
            }
        for old in list(plane.seen)[:-MOST_SEEN]:  # the oldest go first
            plane.seen.pop(old, None)
    return found


def _original(plane: PadPlane, pin: Pin) -> str | None:
    if pin.point is None or plane.images is None:
        return None
    images = plane.images(np.array([pin.point]))
    return None if images is None else _base64(images[0])


def _base64(image: np.ndarray) -> str:
    """The grey levels (C, H, W) of one image: as small as its PNG, and drawn without decoding."""
    return b64encode(grey_levels(image).tobytes()).decode()
