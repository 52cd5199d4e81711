"""The KL weights at which theory predicts, from the images, that latent dimensions die."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from explorer import session
from explorer.analysis.information import collapse
from explorer.datasets import DATASETS, DatasetUnavailable, ImageDataset, Images
from explorer.figures import ordinal
from explorer.pages.common.pending import computing
from explorer.specs import ModelSpec

FEW = 3  # up to so many dimensions are described one by one


def prediction(dataset: str, model: ModelSpec) -> tuple[np.ndarray | None, str]:
    """The thresholds (d,), or None; and what to say about them: why there are none, or which images
    they are from if these are not the training images."""
    if why := collapse.undefined(model):
        return None, f"No thresholds are predicted for this model: {why}. The rest is measured."
    title, load = DATASETS[dataset].title, session.dataset_loader(dataset)
    find = partial(_training, load) if load else _shipped(dataset)
    if find is None:
        return None, (
            f"Predicting the thresholds needs the images of {title}, which are not on this "
            "machine. The rest is measured."
        )

    def compute() -> np.ndarray:
        return collapse.predicted_thresholds(find(), model)

    key = ("thresholds", dataset, model.model_dump_json(), load is None)
    outcome = session.later(key, compute, like=("thresholds", dataset, load is None))
    if outcome.value is None:
        waiting = f"The predicted thresholds: {computing(outcome.about)}"
        return None, outcome.trouble or waiting
    return outcome.value, "" if load else (
        f"These thresholds are from the held-out images of {title}. Those of the training images, "
        "which are not on this machine, differ by a few per cent."
    )


def _training(load: Callable[[], ImageDataset]) -> Images:
    try:
        return load().train
    except DatasetUnavailable as error:
        raise ValueError(str(error)) from error


def _shipped(dataset: str) -> Callable[[], Images] | None:
    """Returns the held-out images; None if they do not ship."""
    try:
        found = session.shipped_images(dataset)
    except DatasetUnavailable:
        return None
    return (lambda: found.test) if found else None


def forecast(predicted: Sequence[float]) -> str:
    """A sentence on the weights at which theory lets dimensions die, the first to die first."""
    words = [
        f"the {ordinal(rank)} at {predicted[rank - 1]:.3g}" for rank in range(len(predicted), 0, -1)
    ]
    if len(words) > FEW:
        return (
            f"Theory predicts, from the images alone, that the first of {len(words)} latent "
            f"dimensions dies at β = {predicted[-1]:.3g} and the last at {predicted[0]:.3g}."
        )
    return (
        "Theory predicts, from the images alone, the β at which each latent dimension dies: "
        f"{', '.join(words)}."
    )
