"""KL-weight sweeps: one run with many KL weights and seeds, and its rate–distortion points.

A sweep is a set of ordinary checkpoints and a file ``EXPLORER_HOME/sweeps/NAME.json`` that lists
them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from explorer.files import home_folder, load_spec, named_files, save_spec
from explorer.models import FAMILIES
from explorer.runs.checkpoints import find_checkpoint, read_spec
from explorer.runs.series import kl_weight
from explorer.specs import CheckpointName, NamedRun, RunSpec, Spec, check_name

MOST_RUNS = 64
_LIMIT = 2**22  # bytes


class SweepPoint(Spec):
    """Measures of one model of a sweep, on the test images."""

    checkpoint: CheckpointName
    kl_weight: float
    seed: int
    rate: float | None = Field(description="KL, nats per image.")
    distortion: float | None = Field(description="−E log p(x|z), nats per image.")
    active_units: float | None = Field(description="Latent dimensions in use.")


class Sweep(Spec):
    """``NAME.json``: the runs of a sweep and its rate–distortion points (Alemi et al. 2018)."""

    format: Literal[1] = 1
    name: CheckpointName
    dataset: str
    family: str
    points: tuple[SweepPoint, ...]


def plan_sweep(
    name: str, run: RunSpec, weights: Sequence[float], seeds: Sequence[int] = (0,)
) -> list[NamedRun]:
    """The runs of a sweep: every KL weight with every seed.

    Raises:
        ValueError: the family has no KL term; a list is empty or has duplicates; there are too many
            runs; or a value is not valid.
    """
    check_name(name)
    if run.model.family in FAMILIES and not FAMILIES[run.model.family].capabilities.stochastic:
        raise ValueError(f"family: {run.model.family} has no KL term to sweep the weight of")
    for field, values in (("kl_weight", weights), ("seed", seeds)):
        if not values:
            raise ValueError(f"{field}: a sweep needs at least one value")
        if len(set(values)) < len(values):
            raise ValueError(f"{field}: a value is given twice")
    if len(weights) * len(seeds) > MOST_RUNS:
        raise ValueError(
            f"kl_weight: {len(weights)} weights with {len(seeds)} seeds are more than the "
            f"{MOST_RUNS} runs that a sweep may have"
        )
    runs = [
        run.replace({"kl_weight": weight, "seed": seed}) for weight in weights for seed in seeds
    ]
    names = [check_name(_member_name(name, one, several=len(seeds) > 1)) for one in runs]
    if len(set(names)) < len(names):
        raise ValueError("kl_weight: two weights are too close to give their runs different names")
    return [NamedRun(name=name, run=one) for name, one in zip(names, runs, strict=True)]


def _member_name(name: str, run: RunSpec, several: bool) -> str:
    text = f"{name}-beta-{run.training.kl_weight:.6g}".replace("+", "")
    return f"{text}-seed-{run.training.seed}" if several else text


def _folder() -> Path:
    return home_folder() / "sweeps"


def _path(name: str) -> Path:
    return _folder() / f"{check_name(name)}.json"


def save_sweep(name: str, checkpoints: Sequence[str]) -> Sweep:
    """Write the file of a sweep whose checkpoints are saved.

    Raises:
        CheckpointError: a checkpoint cannot be read, or the file cannot be written.
    """
    specs = [read_spec(find_checkpoint(checkpoint)) for checkpoint in checkpoints]
    points = tuple(
        SweepPoint(
            checkpoint=spec.name,
            kl_weight=kl_weight(spec),
            seed=spec.run.training.seed,
            rate=spec.measures["kl"].value,
            distortion=spec.measures["reconstruction"].value,
            active_units=spec.measures["active_units"].value,
        )
        for spec in specs
    )
    run = specs[0].run
    sweep = Sweep(name=name, dataset=run.dataset, family=run.model.family, points=points)
    save_spec(_path(name), sweep)
    return sweep


def sweep_names() -> list[str]:
    """Names of the sweeps that have a file."""
    return named_files(_folder(), ".json")


def load_sweep(name: str) -> Sweep:
    """Read a sweep's file.

    Raises:
        CheckpointError: the file is missing or broken.
    """
    return load_spec(_path(name), Sweep, _LIMIT)
