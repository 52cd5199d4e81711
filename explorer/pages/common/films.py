"""The film of a plane as it forms during training, as the pad shows it."""

from collections.abc import Sequence

import numpy as np

from explorer.analysis.geometry import Plane
from explorer.background.jobs.job import Frame
from explorer.components.latent_pad import Film, PadPlane
from explorer.datasets import DATASETS
from explorer.pages.common.planes import pad_labels, show_planes


def show_film(
    name: str, dataset: str, frames: Sequence[Frame], labels: np.ndarray, *, height: int, key: str
) -> None:
    """Show the frames (N, d) of a run, paused at the last; a single frame is a still plane."""
    show_planes(
        [_film(name, frames, pad_labels(labels))],
        DATASETS[dataset].classes,
        first_frame=len(frames) - 1,
        height=height,
        key=key,
    )


def _film(name: str, frames: Sequence[Frame], labels: np.ndarray) -> Film:
    surface = Plane.of(frames[-1].codes)
    planes = [
        PadPlane(
            f"{name}, {_moment(frame)}",
            frame.codes,
            labels,
            surface=surface,
            prior=frame.codes.shape[1] == 2,
        )
        for frame in frames
    ]
    return Film(planes, "step", [f"{frame.step}" for frame in frames])


def _moment(frame: Frame) -> str:
    if frame.step == 0:
        return "before training"
    return f"after epoch {frame.epoch}" if frame.epoch else f"after step {frame.step}"
