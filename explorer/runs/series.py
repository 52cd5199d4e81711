"""KL-weight series: models that differ only in their KL weight."""

from collections.abc import Mapping

from explorer.models import FAMILIES
from explorer.specs import CheckpointSpec

SHORTEST = 3


def kl_weight(spec: CheckpointSpec) -> float:
    """The KL weight in the last epoch of a model's training."""
    training = spec.run.training
    return training.in_force(training.epochs - 1)[0]


def find_series(specs: Mapping[str, CheckpointSpec]) -> dict[str, list[CheckpointSpec]]:
    """All series of at least three weights, in ascending order of weight, by display name.

    Each seed has its own series; all but the first one found have the seed in their names. A run
    whose KL weight was changed during training is in no series.
    """
    groups: dict[str, dict[float, CheckpointSpec]] = {}
    for spec in specs.values():
        changes = spec.run.training.changes
        if not FAMILIES[spec.run.model.family].capabilities.stochastic or any(
            change.kl_weight is not None for change in changes
        ):
            continue
        same = spec.run.replace({"kl_weight": 0.0}).model_dump_json()
        groups.setdefault(same, {}).setdefault(kl_weight(spec), spec)
    found: dict[str, list[CheckpointSpec]] = {}
    first_seed: dict[str, str] = {}  # run without weight and seed → name of its first series
    for members in groups.values():
        if len(members) >= SHORTEST:
            series = [members[weight] for weight in sorted(members)]
            run = series[0].run
            same_but_seed = run.replace({"kl_weight": 0.0, "seed": 0}).model_dump_json()
            name = f"{run.dataset} {run.model.family}, {run.model.latent_dim}-D"
            if same_but_seed in first_seed:
                name = f"{first_seed[same_but_seed]}, seed {run.training.seed}"
            elif name in found:
                name = f"{name}, with {series[0].name}"
            first_seed.setdefault(same_but_seed, name)
            found[name] = series
    return found


def series_of(specs: Mapping[str, CheckpointSpec], checkpoint: str) -> str | None:
    """The name of the series that a checkpoint belongs to, or None if it is in none."""
    for name, members in find_series(specs).items():
        if any(spec.name == checkpoint for spec in members):
            return name
    return None
