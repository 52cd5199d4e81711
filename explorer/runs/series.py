"""KL-weight series: models that differ only in their KL weight."""

import hashlib
from collections.abc import Collection, Mapping

from explorer.models import FAMILIES
from explorer.runs.checkpoints import GALLERY, checkpoint_names
from explorer.specs import CheckpointSpec, RunSpec

SHORTEST = 3
LETTERS = 4  # of a digest


def kl_weight(spec: CheckpointSpec) -> float:
    """The KL weight in the last epoch of a model's training."""
    training = spec.run.training
    return training.in_force(training.epochs - 1)[0]


def find_series(
    specs: Mapping[str, CheckpointSpec], gallery: Collection[str] | None = None
) -> dict[str, list[CheckpointSpec]]:
    """All series of at least three weights, in ascending order of weight, by display name; those of
    the gallery first.

    Each seed has its own series. A run whose KL weight was changed during training is in no series.
    The name of a series depends on nothing but its own run, so that a link to it means the same
    when others have been trained: those that are not in the gallery have a few letters of their
    run's digest in it.

    Args:
        specs: the models, by name.
        gallery: names of the models in the gallery; by default those that ship with the app.
    """
    shipped = checkpoint_names([GALLERY]) if gallery is None else gallery
    groups: dict[str, dict[float, CheckpointSpec]] = {}
    for spec in specs.values():
        changes = spec.run.training.changes
        if not FAMILIES[spec.run.model.family].capabilities.stochastic or any(
            change.kl_weight is not None for change in changes
        ):
            continue
        same = spec.run.replace({"kl_weight": 0.0}).model_dump_json()
        groups.setdefault(same, {}).setdefault(kl_weight(spec), spec)
    found: list[tuple[bool, str, list[CheckpointSpec]]] = []
    for same, members in groups.items():
        if len(members) >= SHORTEST:
            series = [members[weight] for weight in sorted(members)]
            trained = sum(one.name in shipped for one in series) < SHORTEST
            found.append((trained, _name(series[0].run, same if trained else ""), series))
    return {name: series for _, name, series in sorted(found, key=lambda one: one[:2])}


def _name(run: RunSpec, same: str) -> str:
    """The display name of a series; ``same``, if given, is what all its runs share."""
    model, seed = run.model, run.training.seed
    name = f"{run.dataset} {model.family}, {model.latent_dim}-D"
    name += f", seed {seed}" if seed else ""
    return f"{name} ({hashlib.sha256(same.encode()).hexdigest()[:LETTERS]})" if same else name


def series_of(specs: Mapping[str, CheckpointSpec], checkpoint: str) -> str | None:
    """The name of the series that a checkpoint belongs to, or None if it is in none."""
    for name, members in find_series(specs).items():
        if any(spec.name == checkpoint for spec in members):
            return name
    return None
