"""The KL weights at which latent dimensions die, as theory predicts them from the images."""

from collections.abc import Sequence

import numpy as np

from explorer import session
from explorer.analysis.information import collapse
from explorer.datasets import DATASETS, DatasetUnavailable, Images
from explorer.figures import ordinal
from explorer.specs import ModelSpec

FEW = 3  # dimensions that are spoken of one by one


def prediction(dataset: str, model: ModelSpec) -> tuple[np.ndarray | None, str]:
    """The thresholds (d,), or None and why there are none."""
    if why := collapse.undefined(model):
        return None, f"No threshold is predicted here: {why}. The rest is measured."
    try:
        images = session.local_dataset(dataset)
    except DatasetUnavailable:
        images = None
    if images is None:
        return None, (
            f"The predicted thresholds need the images of {DATASETS[dataset].title}, which are "
            "not on this machine. The rest is measured."
        )
    return _thresholds(dataset, model.model_dump_json(), model, images.train), ""


@session.cached
def _thresholds(dataset: str, spec: str, _model: ModelSpec, _images: Images) -> np.ndarray:
    return collapse.predicted_thresholds(_images, _model)


def forecast(predicted: Sequence[float]) -> str:
    """A sentence before any training: at which weights dimensions die, the first to go first."""
    words = [
        f"the {ordinal(rank)} at {predicted[rank - 1]:.3g}" for rank in range(len(predicted), 0, -1)
    ]
    if len(words) > FEW:
        return (
            f"Theory, from the images alone: the first of {len(words)} latent dimensions dies at "
            f"β = {predicted[-1]:.3g}, the last at {predicted[0]:.3g}."
        )
    return (
        "Theory, from the images alone, says at which β a latent dimension dies: "
        f"{', '.join(words)}."
    )
