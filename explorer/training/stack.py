"""Several models of one architecture as one: weight tensors have a leading model dimension."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from explorer.models import Losses, Model


class _Objective(nn.Module):
    """A model's loss as a ``forward`` for ``functional_call``, with types that vmap supports."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, x: Tensor, label: Tensor | None, kl_weight: Tensor
    ) -> tuple[Tensor, tuple[Tensor, ...], Tensor, Tensor]:
        losses = self.model.loss(x, label, kl_weight)
        return losses.reconstruction, losses.kl, losses.penalty, losses.total


class Stack:
    """K models that share batches and noise.

    The models remain ordinary models: their weights become views of the stacked weights (K, …), so
    an optimiser of one model, or ``load_state_dict``, changes only that model.

    Attributes:
        models: the models, all on one device.
    """

    def __init__(self, models: Sequence[Model]) -> None:
        self.models = list(models)
        self._objective = _Objective(self.models[0])
        objectives: list[nn.Module] = [_Objective(model) for model in self.models]
        self._parameters, self._buffers = stack_module_state(objectives)
        self._own: list[list[nn.Parameter]] = []  # for each stacked parameter, those of the models
        for name, stacked in self._parameters.items():
            own = [objective.get_parameter(name) for objective in objectives]
            for parameter, part in zip(own, stacked.detach().unbind(), strict=True):
                parameter.data = part
            self._own.append(own)
        for name, stacked in self._buffers.items():
            for objective, part in zip(objectives, stacked.unbind(), strict=True):
                objective.get_buffer(name).data = part

    def __len__(self) -> int:
        return len(self.models)

    def loss(self, x: Tensor, label: Tensor | None, kl_weight: Tensor) -> Losses:
        """Every model's loss on the same images x (N, C, H, W), with kl_weight (K,): terms (K,) and
        kl (K, d).

        Each model gets the same noise as if it were trained alone.
        """

        def one(
            parameters: dict[str, Tensor], buffers: dict[str, Tensor], weight: Tensor
        ) -> tuple[Tensor, tuple[Tensor, ...], Tensor, Tensor]:
            return functional_call(self._objective, (parameters, buffers), (x, label, weight))

        each = vmap(one, randomness="same")
        return Losses(*each(self._parameters, self._buffers, kl_weight))

    def hand_out_gradients(self) -> None:
        """Give every model its part of the stacked gradients, and clear these."""
        for stacked, own in zip(self._parameters.values(), self._own, strict=True):
            if stacked.grad is None:
                continue
            for parameter, part in zip(own, stacked.grad.unbind(), strict=True):
                parameter.grad = part
            stacked.grad = None

    def train(self, mode: bool = True) -> None:
        """Put all models into training or evaluation mode."""
        for model in self.models:
            model.train(mode)
