"""The state from which training continues: weights, Adam's moments and finished epochs."""

import torch
from torch import Tensor
from torch.nn import Parameter

from explorer.models import Model


def training_state(model: Model, optimiser: torch.optim.Adam, epoch: int) -> dict[str, Tensor]:
    """The state by name: ``epoch``, ``model.NAME``, ``adam.NAME.MOMENT``. Live tensors, not
    copies."""
    tensors = {"epoch": torch.tensor(epoch)}
    tensors |= {f"model.{name}": value for name, value in model.state_dict().items()}
    for name, parameter in model.named_parameters():
        for moment, value in optimiser.state.get(parameter, {}).items():
            tensors[f"adam.{name}.{moment}"] = value
    return tensors


def restore_state(model: Model, optimiser: torch.optim.Adam, state: dict[str, Tensor]) -> int:
    """Restore a state by copying its values, and return its number of finished epochs.

    Raises:
        ValueError: a tensor of the state is missing or has the wrong shape.
    """
    weights = {
        name.removeprefix("model."): value
        for name, value in state.items()
        if name.startswith("model.")
    }
    try:
        model.load_state_dict(weights, strict=True)
        for name, parameter in model.named_parameters():
            prefix = f"adam.{name}."
            moments = {
                key.removeprefix(prefix): value
                for key, value in state.items()
                if key.startswith(prefix)
            }
            _restore_moments(optimiser, parameter, moments)
        return int(state["epoch"])
    except (KeyError, RuntimeError) as error:
        raise ValueError(f"the saved state does not fit the run: {error}") from None


def _restore_moments(
    optimiser: torch.optim.Adam, parameter: Parameter, moments: dict[str, Tensor]
) -> None:
    """Restore Adam's moments; an empty dict means a parameter that was never updated.

    Existing moments are changed in place, as a captured CUDA graph refers to these tensors.
    """
    kept = optimiser.state[parameter]
    if not moments:
        for value in kept.values():
            value.zero_()
        return
    for key, shape in (
        ("step", ()),
        ("exp_avg", parameter.shape),
        ("exp_avg_sq", parameter.shape),
    ):
        value = moments[key]
        if value.shape != shape:
            raise RuntimeError(f"Adam's {key} has shape {tuple(value.shape)}, not {tuple(shape)}")
        if key in kept:
            kept[key].copy_(value)
        else:
            kept[key] = value.to(parameter.device, copy=True)
