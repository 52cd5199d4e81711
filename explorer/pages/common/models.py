"""Menus of models, and a model as a page shows it: opened through one of its views."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from explorer import session
from explorer.analysis.subject import Subject
from explorer.datasets import DATASETS, HeldOut, ImageDataset, Source
from explorer.models import FAMILIES, LIKELIHOODS, View
from explorer.models.latent import Codes, encode_images
from explorer.pages.common.images import held_out_images, local_images, quiet_dataset
from explorer.runs.checkpoints import Checkpoint, CheckpointError
from explorer.runs.series import kl_weight
from explorer.session import Listed, Setting
from explorer.session.words import plain
from explorer.specs import CheckpointSpec

T = TypeVar("T")

COLLAPSED = "**Collapsed:** no active dimension; the decoder ignores z."


@dataclass(frozen=True, eq=False)
class Opened:
    """A checkpoint seen through one of its model's views.

    Attributes:
        checkpoint: the checkpoint.
        view: the chosen view.
        codes: the codes of all held-out images in that view, each image with its own class.
    """

    checkpoint: Checkpoint
    view: View
    codes: Codes

    @property
    def spec(self) -> CheckpointSpec:
        """The checkpoint's spec."""
        return self.checkpoint.spec

    @property
    def name(self) -> str:
        """The checkpoint's name."""
        return self.spec.name

    @property
    def title(self) -> str:
        """The name, with the choices that make the view."""
        chosen = ", ".join(
            f"{control.title.lower()} {session.option_title(control, choice, self.source.classes)}"
            for control in self.view.model.controls()
            if (choice := self.view.choices[control.name])
        )
        return f"{self.name}, {chosen}" if chosen else self.name

    @property
    def file_name(self) -> str:
        """The title in the letters that every system allows in names of files."""
        return re.sub(r"[^\w.]+", "-", self.title)

    @property
    def key(self) -> str:
        """Identifies this checkpoint and view in cache keys."""
        return f"{self.spec.digest}@{self.view.key}"

    @property
    def widget_key(self) -> str:
        """The same for widget keys, which stay the same when a checkpoint is trained again."""
        return f"{self.name}@{self.view.key}" if self.view.key else self.name

    @property
    def prior(self) -> str:
        """The name of its prior, for captions."""
        return "N(0, I)" if self.view.standard_prior else "its prior"

    @property
    def source(self) -> Source:
        """Where its images come from."""
        return DATASETS[self.spec.run.dataset]

    @property
    def subject(self) -> Subject:
        """The model as measures and fields see it, with what is here of its data set."""
        dataset, load = quiet_dataset(self.spec), session.dataset_loader(self.spec.run.dataset)
        here = f"{dataset is not None} {load is not None}"
        known = self.checkpoint.validation
        subject = _subject(self.key, here, self.view, self.codes, dataset, load, known)
        is_default = self.view.key == self.view.model.view().key
        return subject.knowing(session.kept_results(self.checkpoint)) if is_default else subject

    def once(
        self, what: str, compute: Callable[[Subject], T], **options: Any
    ) -> session.Outcome[T]:
        """A result of the subject: at once if it is known or kept with the checkpoint, otherwise
        computed in the background.

        Args:
            what: names the result.
            compute: as for ``Subject.once``.
            options: as for ``session.later``.
        """
        subject = self.subject
        if subject.has(compute):
            return session.Outcome(True, subject.once(compute))
        key = (what, self.key, bool(subject.load_whole))
        like = options.pop("like", (what, self.source.name))
        return session.later(key, lambda: subject.once(compute), like=like, **options)


@session.shared
def _subject(
    key: str,
    here: str,
    _view: View,
    _codes: Codes,
    _dataset: HeldOut | None,
    _load: Callable[[], ImageDataset] | None,
    _validation: tuple[float, ...],
) -> Subject:
    return Subject(_view, _codes, _dataset, _load, _validation)


def readable_checkpoints() -> dict[str, CheckpointSpec]:
    """The readable checkpoints by name. Lists the unreadable ones on the page, and stops the page
    if there is nothing to show."""
    entries = session.listed_checkpoints()
    _show_problems([entry for entry in entries if entry.problem])
    specs = {entry.name: entry.spec for entry in entries if entry.spec}
    if not specs:
        st.info(
            "There is no model to show yet. Train one with "
            "`python -m explorer train digits vae`, then reload this page."
        )
        st.stop()
    return specs


def _show_problems(broken: Sequence[Listed]) -> None:
    if broken:
        count = "1 checkpoint" if len(broken) == 1 else f"{len(broken)} checkpoints"
        with st.expander(f"{count} cannot be read"):
            told = (f"- **{entry.name}**: {plain(entry.problem)}" for entry in broken)
            st.warning("\n".join(told))


def choose_checkpoint(
    setting: Setting, specs: dict[str, CheckpointSpec], default: str, label: str = "Model"
) -> Checkpoint:
    """A menu of models. If there is no model called ``default``, the first one is preselected."""
    names = list(specs)
    name = session.choose(
        setting,
        label,
        names,
        default=default if default in specs else names[0],
        help="The gallery comes first, then the models you have trained.",
    )
    return load(name)


def load(name: str) -> Checkpoint:
    """The checkpoint of that name; if it cannot be read, the page says why and stops."""
    try:
        return session.checkpoint(name)
    except CheckpointError as error:
        st.error(f"{name} cannot be opened. {plain(error)}")
        st.stop()


def open_views(checkpoints: Sequence[Checkpoint]) -> list[Opened]:
    """Checkpoints through the views that the visitor chooses, in one row of controls. Without
    anything to choose there is no row."""
    wanted = [
        (control, DATASETS[checkpoint.spec.run.dataset].classes)
        for checkpoint in checkpoints
        for control in checkpoint.model.controls()
    ]
    chosen = session.view_controls(wanted)
    return [_opened(checkpoint, chosen) for checkpoint in checkpoints]


def _opened(checkpoint: Checkpoint, chosen: dict[str, str]) -> Opened:
    model = checkpoint.model
    mine = {
        control.name: chosen[control.name]
        for control in model.controls()
        if control.accepts(chosen.get(control.name, ""))
    }
    anchors = any(control.anchor for control in model.controls())
    view = model.view(held_out_images(checkpoint.spec) if anchors else None, **mine)
    if view.codes_key == model.view().codes_key:
        return Opened(checkpoint, view, checkpoint.codes)
    dataset = local_images(checkpoint.spec, "but the codes of this view are computed from them")
    if dataset is None:
        st.stop()
    codes = _codes(f"{checkpoint.spec.digest}@{view.codes_key}", view, dataset.test)
    return Opened(checkpoint, view, codes)


@session.shared
def _codes(key: str, _view: View, _images: object) -> Codes:
    return encode_images(_view, _images)  # type: ignore[arg-type]


def default_view(checkpoint: Checkpoint) -> Opened:
    """A checkpoint through the view that is chosen at first."""
    return Opened(checkpoint, checkpoint.model.view(), checkpoint.codes)


def introduce(checkpoint: Checkpoint) -> Opened:
    """Describe a model on the page and open it through the view that the visitor chooses."""
    st.markdown(describe(checkpoint.spec))
    return open_views([checkpoint])[0]


def is_missing(what: str, why: str | None) -> bool:
    """Whether there is a reason why something is not available; if so, the page says it."""
    if why:
        st.info(f"{what} is not available: {why}.")
    return why is not None


def describe(spec: CheckpointSpec) -> str:
    """A model in a line or two: family, data set, likelihood, KL weight."""
    model, training = spec.run.model, spec.run.training
    family, likelihood = FAMILIES[model.family], LIKELIHOODS[model.likelihood]
    scale = f" with σ = {model.likelihood_scale:g}" if likelihood.scaled else ""
    weight = f", KL weight {kl_weight(spec):g}" if family.capabilities.stochastic else ""
    active = spec.measures.get("active_units")
    has_collapsed = active is not None and active.value == 0
    return (
        f"**{family.title}** on {DATASETS[spec.run.dataset].title}: {model.latent_dim}-D, "
        f"{likelihood.title} pixels{scale}{weight}, {training.epochs} epochs. "
        + (COLLAPSED if has_collapsed else family.summary)
    )
