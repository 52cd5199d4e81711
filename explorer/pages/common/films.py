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
    unit, names = moments(frames)
    planes = [
        PadPlane(
            f"{name}, {f'after {unit} {at}' if frame.step else 'before training'}",
            frame.codes,
            labels,
            surface=surface,
            prior=frame.codes.shape[1] == 2,
        )
        for frame, at in zip(frames, names, strict=True)
    ]
    return Film(planes, unit, names)


def moments(frames: Sequence[Frame]) -> tuple[str, list[str]]:
    """The moments in one unit, which is also that of the curves beside the film: epochs and parts
    of them, or steps as long as no epoch has ended."""
    full = [frame.step / frame.epoch for frame in frames if frame.epoch]
    if not full:
        return "step", [str(frame.step) for frame in frames]
    # A frame within an epoch would give too many steps per epoch.
    return "epoch", [f"{round(frame.step / min(full), 2):g}" for frame in frames]
