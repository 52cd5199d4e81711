"""Three models of one data set side by side, the same on every page that compares."""

import streamlit as st

from explorer import session
from explorer.datasets import DATASETS
from explorer.pages.common.models import Opened, choose_checkpoint, open_views
from explorer.session import Setting
from explorer.specs import CheckpointSpec

PLACES = (  # where a model stands, and which kind stands there at first
    (Setting.LEFT, "Left", "ae"),
    (Setting.MIDDLE, "Middle", "vae"),
    (Setting.RIGHT, "Right", "collapsed"),
)


def choose_three(specs: dict[str, CheckpointSpec]) -> list[Opened]:
    """Menus of a data set and of three of its models: at first autoencoder, VAE, collapsed VAE.
    Below, what these leave to choose."""
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
