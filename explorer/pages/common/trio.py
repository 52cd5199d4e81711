"""Three models of one data set side by side, shared by all pages that compare models."""

import streamlit as st

from explorer import session
from explorer.datasets import DATASETS
from explorer.pages.common.models import Opened, choose_checkpoint, open_views
from explorer.session import Setting
from explorer.specs import CheckpointSpec

PLACES = (  # the position of a menu, and the kind of model selected there at first
    (Setting.LEFT, "Left", "ae"),
    (Setting.MIDDLE, "Middle", "vae"),
    (Setting.RIGHT, "Right", "collapsed"),
)


PRESETS = {  # models of the gallery that are worth comparing
    "AE, VAE, collapsed": ("mnist-ae", "mnist-vae", "mnist-collapsed"),
    "β = 0.3, 4, 16": ("mnist-vae-beta-0.3", "mnist-vae-beta-4", "mnist-vae-beta-16"),
    "AE, with L2, VAE": ("mnist-ae", "mnist-ae-l2", "mnist-vae"),
}


def offer_presets(specs: dict[str, CheckpointSpec]) -> None:
    """Buttons that choose three models at once."""
    row = st.container(horizontal=True, gap="xsmall")
    for title, names in PRESETS.items():
        if all(name in specs for name in names):
            row.button(title, key=f"compare {title}", on_click=_choose, args=names, type="tertiary")


def _choose(*names: str) -> None:
    session.set_widget(Setting.DATASET, "mnist")
    for (setting, _, _), name in zip(PLACES, names, strict=True):
        session.set_widget(setting, name)


def choose_three(specs: dict[str, CheckpointSpec]) -> list[Opened]:
    """Menus for a data set and three of its models, at first an autoencoder, a VAE and a collapsed
    VAE, with the controls of their views below."""
    columns = st.columns([2, 3, 3, 3])
    with columns[0]:
        datasets = [name for name in DATASETS if any(s.run.dataset == name for s in specs.values())]
        dataset = session.choose(
            Setting.DATASET,
            "Data set",
            datasets,
            default="mnist" if "mnist" in datasets else datasets[0],
            show=lambda name: DATASETS[name].title,
        )
    fitting = {name: spec for name, spec in specs.items() if spec.run.dataset == dataset}
    chosen = []
    for column, (setting, label, kind) in zip(columns[1:], PLACES, strict=True):
        with column:
            chosen.append(choose_checkpoint(setting, fitting, f"{dataset}-{kind}", label))
    return open_views(chosen)
