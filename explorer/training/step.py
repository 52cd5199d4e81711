"""One optimiser step as a function of image indices: plain, compiled, or captured on CUDA."""

from collections.abc import Callable

import torch
from torch import Tensor

from explorer.datasets import Images
from explorer.models import Losses, Model
from explorer.specs import TrainingSpec
from explorer.training.hardware import autocast_dtype, should_compile

Step = Callable[[Tensor], Losses]

WARM_UP_STEPS = 3  # before a CUDA graph can be captured


def make_step(
    model: Model,
    optimiser: torch.optim.Optimizer,
    images: Images,
    kl_weight: Tensor,
    batch: int,
    spec: TrainingSpec,
) -> Step:
    """A function (indices (batch,)) → Losses that moves the model one step.

    The losses it returns are only good until the next call. Learning rate and ``kl_weight`` are
    tensors, so that a captured step reads their present values.
    """
    device = kl_weight.device
    dtype = autocast_dtype(spec, device)

    def loss(pixels: Tensor, labels: Tensor) -> Losses:
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            x = pixels.float() / 255
            return model.loss(x, labels if model.needs_label else None, kl_weight)

    parameters = sum(parameter.numel() for parameter in model.parameters())
    if should_compile(spec, device, len(images) * spec.epochs, parameters):
        loss = _compiled_or_plain(loss)

    def step(index: Tensor) -> Losses:
        losses = loss(images.pixels[index], images.labels[index])
        losses.total.backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        return losses

    return _captured(step, model, optimiser, batch, device) if device.type == "cuda" else step


def _compiled_or_plain(loss: Callable[[Tensor, Tensor], Losses]) -> Callable[..., Losses]:
    """The compiled loss; the plain one if compiling fails at the first call, as it does on a
    machine with a broken tool chain."""
    compiled = torch.compile(loss, dynamic=False)
    chosen: list[Callable[..., Losses]] = []

    def call(pixels: Tensor, labels: Tensor) -> Losses:
        if chosen:
            return chosen[0](pixels, labels)
        try:
            losses = compiled(pixels, labels)
            chosen.append(compiled)
        except torch._dynamo.exc.TorchDynamoException:
            losses = loss(pixels, labels)
            chosen.append(loss)
        return losses

    return call


def _captured(
    step: Step, model: Model, optimiser: torch.optim.Optimizer, batch: int, device: torch.device
) -> Step:
    """The whole step as one CUDA graph: these models are bound by kernel launches otherwise.

    The capture needs warm-up steps, which must leave no trace: weights and moments are put back.
    """
    index = torch.zeros(batch, dtype=torch.long, device=device)
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    moments = [
        {key: value.clone() for key, value in optimiser.state.get(parameter, {}).items()}
        for parameter in model.parameters()
    ]
    stream = torch.cuda.Stream(device)
    stream.wait_stream(torch.cuda.current_stream(device))
    with torch.random.fork_rng(devices=[device]), torch.cuda.stream(stream):
        for _ in range(WARM_UP_STEPS):
            step(index)
    torch.cuda.current_stream(device).wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        losses = step(index)

    with torch.no_grad():
        model.load_state_dict(weights)
        for parameter, before in zip(model.parameters(), moments, strict=True):
            for key, value in optimiser.state[parameter].items():
                value.copy_(before[key]) if before else value.zero_()

    def replay(indices: Tensor) -> Losses:
        index.copy_(indices)
        graph.replay()
        return losses

    return replay
