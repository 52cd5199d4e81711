"""The KL weights at which theory predicts, from the images, that latent dimensions die."""

from collections.abc import Sequence

import numpy as np

from explorer import session
from explorer.analysis.information import collapse
from explorer.datasets import DATASETS, DatasetUnavailable, Images
from explorer.figures import ordinal
from explorer.specs import ModelSpec

FEW = 3  # up to so many dimensions are described one by one


def prediction(dataset: str, model: ModelSpec) -> tuple[np.ndarray | None, str]:
    """The thresholds (d,), or None and the reason why there are none."""
    if why := collapse.undefined(model):
        return None, f"No thresholds are predicted for this model: {why}. The rest is measured."
    try:
        images = session.local_dataset(dataset)
    except DatasetUnavailable:
        images = None
    if images is None:
        return None, (
            f"Predicting the thresholds needs the images of {DATASETS[dataset].title}, which are "
            "not on this machine. The rest is measured."
        )
    return _thresholds(dataset, model.model_dump_json(), model, images.train), ""


@session.cached
def _thresholds(dataset: str, spec: str, _model: ModelSpec, _images: Images) -> np.ndarray:
    return collapse.predicted_thresholds(_images, _model)


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
