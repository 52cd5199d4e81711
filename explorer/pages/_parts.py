"""Pieces that several pages are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
import streamlit as st
import torch

from explorer import session
from explorer.analysis.geometry import Plane, orthogonal_alignment
from explorer.analysis.measures import MEASURES
from explorer.components.latent_pad import PadPlane, Pin
from explorer.datasets import DATASETS, DatasetUnavailable, ImageDataset, Images
from explorer.figures import mosaic, png
from explorer.models import FAMILIES, LIKELIHOODS, Model
from explorer.models.latent import decode_means, dense_decoder, prior_draws
from explorer.runs.checkpoints import Checkpoint, CheckpointError
from explorer.runs.series import kl_weight
from explorer.session import Listed, Setting
from explorer.specs import CheckpointSpec

TILE = 84  # pixels an image of a mosaic has on its longer side, about


def readable_checkpoints() -> dict[str, CheckpointSpec]:
    """The checkpoints that can be read, by name; says which cannot, and stops if there is none."""
    entries = session.listed_checkpoints()
    _show_problems([entry for entry in entries if entry.problem])
    specs = {entry.name: entry.spec for entry in entries if entry.spec}
    if not specs:
        st.info(
            "There is no model to show yet. Train one: "
            "`python -m explorer train digits vae`, then reload this page."
        )
        st.stop()
    return specs


def _show_problems(broken: Sequence[Listed]) -> None:
    if broken:
        count = "1 checkpoint" if len(broken) == 1 else f"{len(broken)} checkpoints"
        with st.expander(f"{count} cannot be read"):
            for entry in broken:
                st.warning(f"**{entry.name}**: {entry.problem}")


def choose_checkpoint(
    setting: Setting, specs: dict[str, CheckpointSpec], default: str, label: str = "Model"
) -> Checkpoint:
    """A menu of models; the default is used where it exists."""
    names = list(specs)
    name = session.choose(
        setting,
        label,
        names,
        default=default if default in specs else names[0],
        help="The shipped gallery, then what you trained yourself.",
    )
    return open_checkpoint(name)


def open_checkpoint(name: str) -> Checkpoint:
    """The checkpoint of that name; if it is broken, its reason is shown and the page ends."""
    try:
        return session.checkpoint(name)
    except CheckpointError as error:
        st.error(f"{name} cannot be opened. {error}")
        st.stop()


def describe(spec: CheckpointSpec) -> str:
    """A line or two on a model: family, data set, likelihood, KL weight."""
    model, training = spec.run.model, spec.run.training
    family, likelihood = FAMILIES[model.family], LIKELIHOODS[model.likelihood]
    scale = f" with σ = {model.likelihood_scale:g}" if likelihood.scaled else ""
    weight = f", KL weight {kl_weight(spec):g}" if family.stochastic else ""
    return (
        f"**{family.title}** on {DATASETS[spec.run.dataset].title}: {model.latent_dim}-D, "
        f"{likelihood.title} pixels{scale}{weight}, {training.epochs} epochs. {family.summary}"
    )


def class_names(spec: CheckpointSpec) -> tuple[str, ...]:
    """The classes of the data set a model was trained on."""
    return DATASETS[spec.run.dataset].classes


def pad_plane(checkpoint: Checkpoint, turned_onto: Checkpoint | None = None) -> PadPlane:
    """A model's held-out codes in a plane, as the pad draws and decodes them.

    Args:
        checkpoint: the model.
        turned_onto: another model of the same two dimensions and images; the plane is turned (or
            mirrored) onto its codes by orthogonal Procrustes, which leaves N(0, I) as it is.
    """
    reference = turned_onto.spec.digest if turned_onto else ""
    return _pad_plane(checkpoint.spec.digest, reference, checkpoint, turned_onto)


@session.shared
def _pad_plane(
    digest: str, reference: str, _checkpoint: Checkpoint, _turned_onto: Checkpoint | None
) -> PadPlane:
    model, codes, spec = _checkpoint.model, _checkpoint.codes, _checkpoint.spec
    plane = Plane.of(codes.mean)
    if _turned_onto:
        turn = orthogonal_alignment(_turned_onto.codes.mean, codes.mean)  # (2, 2)
        plane = replace(plane, axes=turn.T)
    return PadPlane(
        spec.name,
        codes.mean,
        codes.labels,
        codes.scale if model.stochastic else None,
        plane,
        prior=model.latent_dim == 2,  # elsewhere its circles would lie
        decode=None if model.needs_label else partial(decode_means, model),
        decoder=None if model.needs_label else dense_decoder(model),
        images=partial(_original_images, spec),
    )


def image_pin(plane: PadPlane, index: int) -> Pin:
    """A pin on the code of a held-out image."""
    x, y = plane.points[index].tolist()
    return Pin(0, x, y, point=index)


def middles(plane: PadPlane, labels: Sequence[int]) -> list[Pin]:
    """Pins on the images whose codes are nearest to the middles of some classes."""
    pins = []
    for label in labels:
        members = np.flatnonzero(plane.labels == label)
        if len(members):
            middle = np.median(plane.points[members], axis=0)
            nearest = members[np.square(plane.points[members] - middle).sum(axis=1).argmin()]
            pins.append(image_pin(plane, int(nearest)))
    return pins


def _original_images(spec: CheckpointSpec, indices: np.ndarray) -> np.ndarray | None:
    images = originals(spec)
    return None if images is None else images[torch.as_tensor(indices)].floats().numpy()


def show_measures(spec: CheckpointSpec) -> None:
    """The measured numbers in a row, each with its unit and a line on what it means."""
    numbers = []
    for name, measure in MEASURES.items():
        measured = spec.measures.get(name)
        why = f" Not defined here: {measured.why}." if measured and measured.why else ""
        meaning = f"{measure.help}{why} On the test images."
        numbers.append((measure.title, measure.format(measured), measure.unit, meaning))
    show_numbers(numbers)


def show_numbers(numbers: Iterable[tuple[str, str, str, str]]) -> None:
    """Numbers side by side: title, value, unit, and a line on what it means."""
    row = st.container(horizontal=True)  # on a phone it breaks into several
    for title, value, unit, meaning in numbers:
        row.metric(title, value, delta=unit, delta_color="off", delta_arrow="off", help=meaning)


def measured(spec: CheckpointSpec, name: str) -> float:
    """A measured number of a model that it is defined for; 0 if it was never measured."""
    found = spec.measures.get(name)
    return found.value if found and found.value is not None else 0.0


@dataclass(frozen=True)
class Row:
    """A row of a table of models: a number's title, unit and meaning, and its value for each."""

    title: str
    unit: str
    help: str
    values: Sequence[str]


def numbers_table(specs: Sequence[CheckpointSpec], more: Sequence[Row] = ()) -> None:
    """The measured numbers of models, a column each, and more rows of the like."""
    rows = [
        Row(
            measure.title,
            measure.unit,
            measure.help,
            [measure.format(spec.measures.get(name)) for spec in specs],
        )
        for name, measure in MEASURES.items()
    ]
    show_rows([spec.name for spec in specs], [*rows, *more])


def show_rows(names: Sequence[str], rows: Sequence[Row]) -> None:
    """A table of models, a column each: narrow enough for a phone."""
    lines = ["| | " + " | ".join(f"**{name}**" for name in names) + " |"]
    lines.append("|---|" + "---:|" * len(names))
    lines += [f"| {row.title}, *{row.unit}* | " + " | ".join(row.values) + " |" for row in rows]
    st.markdown("\n".join(lines))
    with st.popover("What these numbers mean"):
        for row in rows:
            st.markdown(f"**{row.title}** ({row.unit}): {row.help}")


def draws_png(
    checkpoint: Checkpoint, count: int, columns: int, seed: int, tile: int = TILE
) -> bytes:
    """Draws from the prior, the same z for every model of a dimension, decoded (see mosaic_png)."""
    return _draws_png(checkpoint.spec.digest, checkpoint.model, count, columns, seed, tile)


@session.cached
def _draws_png(digest: str, _model: Model, count: int, columns: int, seed: int, tile: int) -> bytes:
    return mosaic_png(decode_means(_model, prior_draws(_model, count, seed)), columns, tile)


def mosaic_png(images: np.ndarray, columns: int, tile: int = TILE) -> bytes:
    """Images (N, C, H, W) in rows, each about ``tile`` pixels long and its pixels sharp squares."""
    zoom = max(1, round(tile / max(images.shape[2:])))
    return png(mosaic(images, columns, zoom=zoom, gap=2))


def show_png(
    picture: bytes, caption: str = "", width: Literal["stretch", "content"] = "stretch"
) -> None:
    """A picture that is made already: what does not change need not be made in every run."""
    st.image(picture, caption=caption or None, output_format="PNG", width=width)


def originals(spec: CheckpointSpec) -> Images | None:
    """The held-out images themselves, if they are on this machine and in order."""
    try:
        dataset = session.local_dataset(spec.run.dataset)
    except DatasetUnavailable:
        return None
    return dataset.test if dataset else None


def local_dataset(
    spec: CheckpointSpec, needed: str = "its reconstructions need the originals"
) -> ImageDataset | None:
    """The images a model was trained on, if they are on this machine; else how to get them, and
    what they are ``needed`` for."""
    source = DATASETS[spec.run.dataset]
    try:
        images = session.local_dataset(source.name)
    except DatasetUnavailable as error:
        st.warning(str(error))
        images = None
    if images is None:
        st.info(
            f"The images of {source.title} are not on this machine. The model works without them; "
            f"{needed}."
        )
        if st.button(f"Get {source.title}", key=f"get {source.name}"):
            try:
                session.fetch_dataset(source.name)
            except DatasetUnavailable as error:
                st.error(str(error))
            else:
                st.rerun()
    return images
