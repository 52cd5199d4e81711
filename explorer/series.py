"""KL-weight series: models that differ in nothing but their KL weight."""

from collections.abc import Mapping

from explorer.models import FAMILIES
from explorer.specs import CheckpointSpec

SHORTEST = 3


def kl_weight(spec: CheckpointSpec) -> float:
    """The KL weight a model was trained with."""
    return spec.run.training.kl_weight


def find_series(specs: Mapping[str, CheckpointSpec]) -> dict[str, list[CheckpointSpec]]:
    """All series of at least three weights, each in order of its weight, by a name for people."""
    groups: dict[str, dict[float, CheckpointSpec]] = {}
    for spec in specs.values():
        if not FAMILIES[spec.run.model.family].stochastic:
            continue
        same = spec.run.replace({"kl_weight": 0.0}).model_dump_json()
        groups.setdefault(same, {}).setdefault(kl_weight(spec), spec)
    found = {}
    for members in groups.values():
        if len(members) >= SHORTEST:
            series = [members[weight] for weight in sorted(members)]
            run = series[0].run
            name = f"{run.dataset} {run.model.family}, {run.model.latent_dim}-D"
            if name in found:
                name = f"{name}, with {series[0].name}"
            found[name] = series
    return found
