"""The form of the Train page, generated from the specs, and the objective of the run."""

from collections.abc import Sequence
from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from explorer import session
from explorer.datasets import DATASETS
from explorer.models import FAMILIES, LIKELIHOODS, NETWORKS, check_model_spec
from explorer.pages.common.thresholds import forecast, prediction
from explorer.runs.defaults import default_run
from explorer.session import Setting
from explorer.specs import ModelSpec, RunSpec, TrainingSpec

FIRST = ("latent_dim", "kl_weight", "epochs", "seed")  # fields outside the expander
LATER = (
    "network",
    "widths",
    "activation",
    "link",
    "batch_size",
    "learning_rate",
    "kl_schedule",
    "kl_warmup",
    "kl_cycles",
    "precision",
    "compiled",
)
LABELS = {
    "latent_dim": "Latent dimensions",
    "kl_weight": "KL weight β",
    "kl_schedule": "KL annealing",
    "kl_warmup": "KL warm-up",
    "kl_cycles": "KL cycles",
    "likelihood_scale": "Pixel scale σ",
}
TITLES = {
    "family": {name: family.title for name, family in FAMILIES.items()},
    "likelihood": {name: likelihood.title for name, likelihood in LIKELIHOODS.items()},
}
CHOICES = {"family": list(FAMILIES), "likelihood": list(LIKELIHOODS), "network": list(NETWORKS)}


def run_form(setting: Setting, without: Sequence[str] = ()) -> RunSpec | None:
    """Ask for a run. Returns None, with an error message, while the input is not valid.

    Args:
        setting: the URL parameter for the answers.
        without: fields that are asked for elsewhere.
    """
    given = session.read_assignments(setting)
    names = list(DATASETS)
    left, right = st.columns(2)
    with left:
        known = given.get("dataset") in names
        dataset = st.selectbox(
            "Data set",
            names,
            names.index(given["dataset"]) if known else 0,
            format_func=lambda name: DATASETS[name].title,
            key=f"{setting} dataset",
        )
    start = default_run(DATASETS[dataset])
    form = _Form(setting, start, _accepted(start, given))
    with right:
        family = form.ask("family", "Family")
    st.caption(FAMILIES[family].summary)
    kl_fields = () if FAMILIES[family].capabilities.stochastic else ("kl_weight", "kl_schedule")
    shown = [name for name in FIRST if name not in (*without, *kl_fields)]
    for place, name in zip(st.columns(2) * len(shown), shown, strict=False):
        with place:
            form.ask(name)
    left, right = st.columns(2)
    with left:
        likelihood = form.ask("likelihood", "Likelihood p(x|z)")
    if LIKELIHOODS[likelihood].scaled:
        with right:
            form.ask("likelihood_scale")
    with st.expander("Architecture, optimiser, the family's own options"):
        later = [name for name in LATER if name not in kl_fields and _matters(name, form.values)]
        for place, name in zip(st.columns(2) * len(later), later, strict=False):
            with place:
                form.ask(name)
        for name, field in FAMILIES[family].Options.model_fields.items():
            form.ask_option(name, field)
    session.write_assignments(setting, {"dataset": dataset, **form.changed()})
    try:
        run = start.replace(form.values)
        check_model_spec(run.model)
    except ValueError as error:
        st.error(str(error))
        return None
    return run


def _matters(name: str, values: dict[str, Any]) -> bool:
    """Whether the chosen schedule uses a field."""
    schedule = values.get("kl_schedule", "constant")
    uses = {"kl_warmup": ("linear", "cyclical"), "kl_cycles": ("cyclical",)}
    return name not in uses or schedule in uses[name]


def _accepted(start: RunSpec, given: dict[str, Any]) -> dict[str, Any]:
    """The assignments in the URL that are valid for a run."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        try:
            check_model_spec(start.replace({**kept, name: value}).model)
        except ValueError:
            continue
        if name != "dataset":
            kept[name] = value
    return kept


class _Form:
    """The fields asked for so far and their values, by the names that ``RunSpec.replace`` takes."""

    def __init__(self, setting: Setting, start: RunSpec, given: dict[str, Any]) -> None:
        self._setting, self._start = setting, start
        self._given = start.replace(given)
        self.values: dict[str, Any] = {}

    def ask(self, name: str, label: str = "") -> Any:
        """Ask for a field of the model's or the training's spec."""
        fields = {**ModelSpec.model_fields, **TrainingSpec.model_fields}
        self.values[name] = session.field_widget(
            name,
            fields[name],
            self._of(self._given, name),
            key=f"{self._setting} {self._start.dataset} {name}",
            label=label or LABELS.get(name, name.replace("_", " ").capitalize()),
            options=CHOICES.get(name, ()),
            show=TITLES.get(name),
        )
        return self.values[name]

    def ask_option(self, name: str, field: FieldInfo) -> None:
        """Ask for an option of the family."""
        family = self.values["family"]
        self.values[f"options.{name}"] = session.field_widget(
            name,
            field,
            self._given.model.options.get(name, field.default),
            key=f"{self._setting} {self._start.dataset} {family} {name}",
            label=name.replace("_", " ").capitalize(),
        )

    def changed(self) -> dict[str, Any]:
        """The values that differ from the defaults."""
        family = self.values["family"]
        options = FAMILIES[family].Options.model_fields
        found = {}
        for name, value in self.values.items():
            option = name.removeprefix("options.")
            default = options[option].default if option != name else self._of(self._start, name)
            if value != (list(default) if isinstance(default, tuple) else default):
                found[name] = value
        return found

    @staticmethod
    def _of(run: RunSpec, name: str) -> Any:
        return getattr(run.model if name in ModelSpec.model_fields else run.training, name)


def show_objective(run: RunSpec) -> None:
    """The objective with the chosen numbers, and the KL weights at which dimensions die."""
    family, likelihood = FAMILIES[run.model.family], LIKELIHOODS[run.model.likelihood]
    st.latex(r"\mathcal{L} = " + family.formula)
    numbers = [rf"\beta = {run.training.kl_weight:g}"] if family.capabilities.stochastic else []
    if likelihood.scaled:
        numbers.append(rf"{likelihood.symbol} = {run.model.likelihood_scale:g}")
    st.latex(r"\log p(x\mid z) = \textstyle\sum_{\text{pixels}} " + likelihood.formula)
    if numbers:
        st.latex(r",\quad ".join(numbers))
    predicted, note = prediction(run.dataset, run.model)
    if predicted is not None:
        st.caption(
            f"{forecast(predicted.tolist())} {note}",
            help="A dimension is alive while β is below an eigenvalue of the images' covariance "
            "divided by the variance of a pixel under p(x|z) (Lucas et al. 2019).",
        )
