"""A model's codes in a plane, as the pad draws and decodes them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
import torch

from explorer import session
from explorer.analysis.fields import over_box
from explorer.analysis.geometry import Plane, middle_images, orthogonal_alignment
from explorer.analysis.subject import needs_prior
from explorer.components.latent_pad import Field, Film, PadPlane, PadState, Pin
from explorer.figures import class_colours
from explorer.models import View
from explorer.models.latent import decode_means, log_prior
from explorer.pages.common.images import held_out_images
from explorer.pages.common.models import Opened
from explorer.specs import CheckpointSpec

PRIOR_SIDE = 128  # cells along a side of the grid on which p(z) is evaluated
COLLAPSED_LAYERS = ("points", "prior", "ellipses")  # each posterior is as large as the prior
NAMELESS = "image"  # the name of all points where images have no classes


def classes_of(names: Sequence[str]) -> tuple[str, ...]:
    """The classes of a pad: those of the data set, or a single class if it has none."""
    return tuple(names) or (NAMELESS,)


def pad_labels(labels: np.ndarray) -> np.ndarray:
    """Labels (N,) as indices into ``classes_of``."""
    return labels.clip(min=0)


def pad_plane(opened: Opened, turned_onto: Opened | None = None) -> PadPlane:
    """The held-out codes of a view in a plane.

    Args:
        opened: the model through its view.
        turned_onto: another two-dimensional model of the same images; the plane is rotated (or
            reflected) onto its codes by orthogonal Procrustes, which leaves N(0, I) unchanged.
    """
    reference = turned_onto.key if turned_onto else ""
    return _pad_plane(opened.key, reference, opened, turned_onto)


@session.shared
def _pad_plane(key: str, reference: str, _opened: Opened, _turned_onto: Opened | None) -> PadPlane:
    view, codes = _opened.view, _opened.codes
    plane = Plane.of(codes.mean)
    if _turned_onto:
        turn = orthogonal_alignment(_turned_onto.codes.mean, codes.mean)  # (2, 2)
        plane = replace(plane, axes=turn.T)
    return _with_prior(
        view,
        PadPlane(
            _opened.title,
            codes.mean,
            pad_labels(codes.labels),
            codes.scale if view.stochastic else None,
            plane,
            prior=view.standard_prior and view.dim == 2,  # otherwise the circles would be wrong
            fits_prior=needs_prior(_opened.subject) is None,
            decode=partial(decode_means, view),
            decoder=view.dense_decoder(),
            images=partial(_original_images, _opened.spec),
            key=f"{key} onto {reference}",
        ),
    )


def _with_prior(view: View, plane: PadPlane) -> PadPlane:
    """The plane with p(z) of a prior other than N(0, I), or with the reason why it has none."""
    if plane.prior:
        return plane
    if view.dim != 2:
        return replace(plane, no_prior=f"not defined in a section through {view.dim} dimensions")
    if view.no_log_prior:
        return replace(plane, no_prior=f"not defined: {view.no_log_prior}")
    density = over_box(plane.home, PRIOR_SIDE, plane.latent, partial(log_prior, view))
    return replace(plane, log_prior=Field("log p(z)", density, plane.home))


def _original_images(spec: CheckpointSpec, indices: np.ndarray) -> np.ndarray | None:
    images = held_out_images(spec)
    return None if images is None else images[torch.as_tensor(indices)].floats().numpy()


def show_planes(
    shown: Sequence[PadPlane | Film], classes: Sequence[str], **options: Any
) -> PadState:
    """A pad of planes whose codes are coloured by class.

    Args:
        shown: planes and films.
        classes: names of the data set's classes; empty if it has none.
        options: as for ``session.show_pad``.
    """
    names = classes_of(classes)
    frames = [frame for one in shown for frame in (one.frames if isinstance(one, Film) else [one])]
    if all(frame.collapsed for frame in frames):
        options.setdefault("first_layers", COLLAPSED_LAYERS)
    state = session.show_pad(shown, classes=names, palette=class_colours(len(names)), **options)
    show_shares(shown)
    return state


def show_shares(shown: Sequence[PadPlane | Film]) -> None:
    """Say of each plane through more than two dimensions how much of the codes it shows."""
    planes = [one.frames[-1] if isinstance(one, Film) else one for one in shown]
    words = [shares_in_words(plane) for plane in planes if not plane.live]
    if told := [sentence for sentence in dict.fromkeys(words) if sentence]:
        st.caption(" ".join(told))


def shares_in_words(plane: PadPlane) -> str:
    """How much of the codes' variance lies in a plane through more than two dimensions; nothing
    about a plane that shows all of it."""
    dimensions, surface = plane.codes.shape[1], plane.surface
    if surface is None or dimensions <= 2:
        return ""
    first, second = surface.explained
    return (
        f"{plane.title}: the plane of the first two principal components of {dimensions} latent "
        f"dimensions, with {first:.0%} + {second:.0%} of the codes' variance."
    )


def image_pin(plane: PadPlane, index: int, place: int = 0) -> Pin:
    """A pin on the code of a held-out image; ``place`` is the index of the plane on the pad."""
    x, y = plane.points[index].tolist()
    return Pin(place, x, y, point=index)


def first_of_class(plane: PadPlane, label: int) -> int | None:
    """The first held-out image of a class; if the class has none, the first image of all; None if
    there are no images."""
    if not len(plane.labels):
        return None
    return int(np.argmax(plane.labels == label))


def middles(plane: PadPlane, count: int = 2) -> list[Pin]:
    """Pins for a first visit, on the images in the middle of the first classes; none on a collapsed
    plane, where they would hide all codes."""
    if plane.collapsed:
        return []
    return [image_pin(plane, one) for one in middle_images(plane.points, plane.labels, count)]
