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
