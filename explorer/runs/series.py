"""KL-weight series: models that differ in nothing but their KL weight."""

from collections.abc import Mapping

from explorer.models import FAMILIES
from explorer.specs import CheckpointSpec

SHORTEST = 3


def kl_weight(spec: CheckpointSpec) -> float:
    """The KL weight a model was trained with; at its end, if it was changed on the way."""
    training = spec.run.training
    return training.in_force(training.epochs - 1)[0]


def find_series(specs: Mapping[str, CheckpointSpec]) -> dict[str, list[CheckpointSpec]]:
    """All series of at least three weights, each in order of its weight, by a name for people.

    Each seed is a series of its own; those after the first one found are named by it.
    A run whose weight was changed on the way was trained with several, and is in none.
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
    first_seed: dict[str, str] = {}  # the name of a series by all but weight and seed
    for members in groups.values():
        if len(members) >= SHORTEST:
            series = [members[weight] for weight in sorted(members)]
            run = series[0].run
            kin = run.replace({"kl_weight": 0.0, "seed": 0}).model_dump_json()
            name = f"{run.dataset} {run.model.family}, {run.model.latent_dim}-D"
            if kin in first_seed:
                name = f"{first_seed[kin]}, seed {run.training.seed}"
            elif name in found:
                name = f"{name}, with {series[0].name}"
            first_seed.setdefault(kin, name)
            found[name] = series
    return found


def series_of(specs: Mapping[str, CheckpointSpec], checkpoint: str) -> str | None:
    """The name of the series that a checkpoint belongs to, if it is in one."""
    for name, members in find_series(specs).items():
        if any(spec.name == checkpoint for spec in members):
            return name
    return None
