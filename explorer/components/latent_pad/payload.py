"""The pad's data: planes checked and packed into files for the browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.geometry import Box, Plane, home_box
from explorer.components.files import File, packed
from explorer.components.latent_pad.atlas import AtlasMaker, Decode
from explorer.components.latent_pad.marks import (
    Companion,
    Dots,
    Ellipses,
    Field,
    Shades,
    Trail,
    on_both,
)
from explorer.components.latent_pad.state import Pin
from explorer.figures import Colour
from explorer.models import DenseDecoder

COLLAPSED = 0.2  # standard deviations of the prior: the side of a heap of codes
MAX_CLASSES = 256  # labels are sent as single bytes
_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

Array = NDArray[np.floating]


# What is computed from the codes of a plane, whatever is drawn over and under them.
_KEPT = ("seen", "points", "whole", "atlases", "scale_unit", "file", "decoder_bits", "decoder_file")


@dataclass(frozen=True, eq=False)
class PadPlane:
    """One latent plane: a title and N codes with their classes.

    Attributes:
        title: the heading above the plane.
        codes: (N, d), finite or not.
        labels: (N,) index into the classes.
        scales: (N, d) posterior standard deviations, drawn as 1σ ellipses.
        surface: where in the plane a code lies; None if the codes are the plane's points.
        prior: whether the prior's density in the plane is the standard normal, drawn as circles
            (it is not where the plane is a section through more dimensions).
        fits_prior: whether the plane is at first large enough for these circles, even if the codes
            cover less of it.
        log_prior: log p(z) over the plane, for another prior that has a density there.
        no_prior: why p(z) cannot be given, if there is a reason.
        marked: a class whose codes are drawn large and above all others.
        decode: E[x|z] of codes (n, d), as images (n, C, H, W): the exact pictures of pins.
        decoder: the same for the browser, which then draws what lies under the cursor; without
            it the browser blends an atlas of decoded images.
        images: the images behind codes, by index (n,): (n, C, H, W), or None if they are not on
            this machine.
        shades: a number for each code, which colours it instead of its class.
        field: a number for each place.
        dots: codes of a few kinds, drawn above all others.
        trails: codes to be shown as paths.
        ellipses: outlines to be shown over the codes.
        indicatrix: the change of the picture, in pixel units, for which the browser draws the
            ellipse around the cursor, with the tangent images there; None for neither. It needs
            the decoder.
        companion: other pictures of the places under the cursor.
        opening: the part of the plane to show at first; by default nearly all codes.
        note: words over the plane, such as that something is being computed.
        key: identifies the decoder, for atlases that are made in the background.
        live: a name for planes that follow one another many times a second, such as those of a
            model in training: codes glide from one to the next, while view and cursor stay.
    """

    title: str
    codes: Array
    labels: NDArray[np.integer]
    scales: Array | None = None
    surface: Plane | None = None
    prior: bool = True
    fits_prior: bool = True
    log_prior: Field | None = None
    no_prior: str = ""
    marked: int | None = None
    decode: Decode | None = None
    decoder: DenseDecoder | None = None
    images: Callable[[NDArray[np.integer]], Array | None] | None = None
    shades: Shades | None = None
    field: Field | None = None
    dots: Dots | None = None
    trails: Sequence[Trail] = ()
    ellipses: Sequence[Ellipses] = ()
    indicatrix: float | None = None
    companion: Companion | None = None
    opening: Box | None = None
    note: str = ""
    key: str = ""
    live: str | None = None

    def varied(self, **changes: Any) -> PadPlane:
        """The same codes with other attributes, such as a field, trails or ellipses. What was
        packed for the browser and decoded for pins is kept."""
        plane = replace(self, **changes)
        for name in _KEPT:
            vars(plane)[name] = getattr(self, name)
        return plane

    @property
    def collapsed(self) -> bool:
        """Whether all codes lie in one heap, far smaller than the prior: the counterpart of
        ``heapOf`` in heap.js."""
        points = self.points[np.isfinite(self.points).all(axis=1)]
        return self.prior and len(points) > 1 and bool((np.ptp(points, axis=0) < COLLAPSED).all())

    def pack(self) -> None:
        """Pack everything for the browser now and not when the plane is first shown."""
        packed_files = (self.file, self.decoder_file, self.field and self.field.file)
        for file in packed_files:
            if file:
                file.digest  # noqa: B018 (it is kept)

    @cached_property
    def seen(self) -> dict[Pin, dict[str, Any]]:
        """The decoded pins, as they are sent to the browser (see ``describe``)."""
        return {}

    @cached_property
    def points(self) -> Array:
        """Where the codes lie: (N, 2)."""
        return np.asarray(self.surface.to_plane(self.codes) if self.surface else self.codes)

    @cached_property
    def axes(self) -> tuple[str, str]:
        """The names of the two axes."""
        return self.surface.labels if self.surface else ("z₁", "z₂")

    def latent(self, points: Array) -> Array:
        """The codes (n, d) at points (n, 2) of the plane."""
        return self.surface.from_plane(points) if self.surface else np.asarray(points)

    def code_of(self, pin: Pin) -> Array:
        """The code (d,) that a pin stands for; that of a pinned image may lie off the plane."""
        if pin.point is not None:
            return np.asarray(self.codes[pin.point], dtype=np.float64)
        return self.latent(np.array([[pin.x, pin.y]]))[0]

    def spread(self, scales: Array) -> Array:
        """Standard deviations (n, d) of codes as those (n, 2) along the plane's axes."""
        return self.surface.scale_to_plane(scales) if self.surface else np.asarray(scales)

    @property
    def home(self) -> Box:
        """The part of the plane to show first, and to decode ahead."""
        return self.opening or self.whole

    @cached_property
    def whole(self) -> Box:
        """Nearly all codes, and the bulk of the prior if the plane is to be that large."""
        return home_box(self.points, self.prior and self.fits_prior)

    @cached_property
    def atlases(self) -> AtlasMaker | None:
        """Makes atlases where the browser cannot decode itself."""
        if self.decoder or not self.decode:
            return None
        decode = self.decode
        return AtlasMaker(lambda points: decode(self.latent(points)))

    @cached_property
    def scale_unit(self) -> float:
        """The unit of the scales' half floats: the largest scale."""
        if self.scales is None:
            return 1.0
        finite = np.abs(self.scales)[np.isfinite(self.scales)]
        return float(finite.max(initial=0.0)) or 1.0

    @cached_property
    def file(self) -> File:
        """Digest, points (N, 2) float32, scales (N, 2) float16 if any, labels (N,) uint8.

        Wider numbers come first so that the browser can lay typed arrays directly over the buffer.
        Points keep 32 bits because the visitor can zoom in a million times; half a thousandth of
        an ellipse's axis is less than a pixel.
        """
        with np.errstate(over="ignore"):  # infinite beyond float32, and reported as such
            parts = [np.ascontiguousarray(self.points, dtype="<f4").tobytes()]
            if self.scales is not None:
                unit = self.scale_unit
                parts.append(self.spread(np.asarray(self.scales) / unit).astype("<f2").tobytes())
        parts.append(np.ascontiguousarray(self.labels, dtype=np.uint8).tobytes())
        return packed(b"".join(parts))

    @cached_property
    def decoder_bits(self) -> int:
        """How many bits a number of the decoder is sent in: 16 where nothing is lost by that, as in
        a checkpoint whose weights are stored as half floats; otherwise 32."""
        parts = [part for pair in self.decoder.layers for part in pair] if self.decoder else []
        with np.errstate(over="ignore"):  # infinite beyond float16, so it is not equal
            return 16 if all((part.astype("<f2") == part).all() for part in parts) else 32

    @cached_property
    def decoder_file(self) -> File | None:
        """Digest, then weights (out, in) and biases (out,), layer by layer, as half or single
        floats."""
        if self.decoder is None:
            return None
        kind = f"<f{self.decoder_bits // 8}"
        parts = [part for pair in self.decoder.layers for part in pair]
        return packed(b"".join(np.ascontiguousarray(part, kind).tobytes() for part in parts))


@dataclass(frozen=True, eq=False)
class Film:
    """Planes of the same images, shown one after another in one place, for example per KL weight.

    Attributes:
        frames: the planes in order; points glide from one to the next.
        axis: what changes from frame to frame.
        names: its value at each frame.
    """

    frames: Sequence[PadPlane]
    axis: str
    names: Sequence[str]


def check(shown: Sequence[Film], classes: Sequence[str], palette: Sequence[str | Colour]) -> None:
    """Raise ``ValueError`` with the reason if the pad cannot draw what it is given."""
    if len(classes) > MAX_CLASSES:
        raise ValueError(f"the pad shows at most {MAX_CLASSES} classes, not {len(classes)}")
    if len(palette) < len(classes):
        raise ValueError(f"{len(classes)} classes need as many colours, not {len(palette)}")
    for colour in (one for pair in palette for one in on_both(pair)):
        if not _HEX_COLOUR.fullmatch(colour):
            raise ValueError(f"colours are written #rrggbb, not {colour!r}")
    for film in shown:
        if not film.frames or len(film.names) != len(film.frames):
            raise ValueError(f"a film of {len(film.frames)} frames has {len(film.names)} names")
        if len({len(frame.codes) for frame in film.frames}) > 1:
            raise ValueError(f"the frames along {film.axis!r} show different numbers of codes")
        for frame in film.frames:
            _check_plane(frame, len(classes))


def _check_plane(plane: PadPlane, n_classes: int) -> None:
    codes, labels = np.asarray(plane.codes), np.asarray(plane.labels)
    if codes.ndim != 2 or (plane.surface is None and codes.shape[1] != 2):
        raise ValueError(f"{plane.title!r}: codes must be (N, 2), not {codes.shape}")
    if labels.shape != codes.shape[:1]:
        raise ValueError(f"{plane.title!r}: {len(codes)} codes but labels {labels.shape}")
    if len(labels) and not (labels.min() >= 0 and labels.max() < n_classes):
        raise ValueError(f"{plane.title!r}: a label lies outside the {n_classes} classes")
    if plane.scales is not None and np.shape(plane.scales) != codes.shape:
        raise ValueError(f"{plane.title!r}: scales must be {codes.shape}")
    if plane.shades is not None and np.shape(plane.shades.values) != labels.shape:
        raise ValueError(
            f"{plane.title!r}: {len(codes)} codes but {np.shape(plane.shades.values)} shades"
        )
    if plane.field is not None and not np.isfinite(plane.field.box).all():
        raise ValueError(f"{plane.title!r}: the field's box is not finite")
    if plane.opening is not None and not np.isfinite(plane.opening).all():
        raise ValueError(f"{plane.title!r}: the part shown at first is not finite")
    if plane.dots is not None and len(plane.dots.values) != len(plane.dots.codes):
        raise ValueError(f"{plane.title!r}: each of its {len(plane.dots.codes)} dots needs a kind")
    kinds = [*(plane.field.kinds if plane.field else ()), *(plane.dots.kinds if plane.dots else ())]
    for name, kind in kinds:
        if not all(map(_HEX_COLOUR.fullmatch, on_both(kind))):
            raise ValueError(f"{plane.title!r}: {name} is coloured {kind!r}, not #rrggbb")
    colours = [*(trail.colour for trail in plane.trails), *(one.colour for one in plane.ellipses)]
    for colour in colours:
        if colour is not None and not _HEX_COLOUR.fullmatch(colour):
            raise ValueError(f"colours are written #rrggbb, not {colour!r}")
