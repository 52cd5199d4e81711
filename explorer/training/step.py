"""One optimiser step of a model or of a stack of models, as a function of image indices: plain,
compiled, or captured on CUDA."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from explorer.datasets import Images
from explorer.models import Losses, Model
from explorer.specs import TrainingSpec
from explorer.training.clipping import clip_gradients
from explorer.training.hardware import autocast_dtype, brief, should_compile
from explorer.training.stack import Stack

# (indices (batch,), settings (2,)) → Losses. The settings are learning rate and KL weight. For a
# stack of K models they are (2, K), and the losses (K,).
Step = Callable[[Tensor, Tensor], Losses]

WARM_UP_STEPS = 3  # before a CUDA graph is captured
ARCHITECTURES = 256  # that one process can compile


def make_step(
    trained: Model | Stack,
    optimisers: Sequence[torch.optim.Adam],
    images: Images,
    batch: int,
    spec: TrainingSpec,
    warn: Callable[[str], None],
) -> Step:
    """A function that takes one optimiser step of a model, or of each model of a stack.

    The losses it returns are only valid until the next call. ``optimisers``, one per model, get
    their learning rates as tensors, which a captured step reads again in every replay. ``warn`` is
    called with a sentence if the step cannot be captured and therefore runs uncaptured.
    """
    device = images.pixels.device
    stack = trained if isinstance(trained, Stack) else None
    models = [trained] if isinstance(trained, Model) else trained.models
    settings = torch.zeros((2,) if stack is None else (2, len(models)), device=device)
    rates, kl_weight = settings
    for optimiser, rate in zip(optimisers, rates.reshape(-1).unbind(), strict=True):
        optimiser.param_groups[0]["lr"] = rate
    dtype = autocast_dtype(spec, device)

    def loss(pixels: Tensor, labels: Tensor) -> Losses:
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            x = pixels.float() / 255
            return trained.loss(x, labels, kl_weight)

    parameters = sum(value.numel() for model in models for value in model.parameters())
    if should_compile(spec, device, len(images) * spec.epochs, parameters):
        loss = _compiled_or_plain(loss)

    def step(index: Tensor, now: Tensor) -> Losses:
        settings.copy_(now)
        losses = loss(images.pixels[index], images.labels[index])
        losses.total.sum().backward()
        if stack is not None:
            stack.hand_out_gradients()
        for optimiser in optimisers:
            clip_gradients(optimiser)
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        return losses

    if not captures(device):
        return step
    try:
        return _captured(step, models, optimisers, batch, settings)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        warn(f"A step could not be captured as a CUDA graph, so steps are slower: {brief(error)}")
        return step


def captures(device: torch.device) -> bool:
    """Whether steps on a device are captured as a graph."""
    return device.type == "cuda"


def _compiled_or_plain(loss: Callable[[Tensor, Tensor], Losses]) -> Callable[..., Losses]:
    """The compiled loss, or the plain one if compiling fails in the first call, as on a machine
    with a broken toolchain."""
    # All models share this function's code. After eight of them the compiler would fall back to
    # the plain code, which draws other noise, and a spec would no longer reproduce its run.
    torch._dynamo.config.recompile_limit = ARCHITECTURES
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


@torch.no_grad()
def _restore(
    models: Sequence[Model],
    optimisers: Sequence[torch.optim.Adam],
    weights: Sequence[dict[str, Tensor]],
    moments: Sequence[dict[str, Tensor]],
) -> None:
    """Undo what the warm-up changed, in place."""
    for model, before in zip(models, weights, strict=True):
        model.load_state_dict(before)
        model.zero_grad()
    states = [
        optimiser.state[parameter]
        for model, optimiser in zip(models, optimisers, strict=True)
        for parameter in model.parameters()
    ]
    for state, kept in zip(states, moments, strict=True):
        for key, value in state.items():
            value.copy_(kept[key]) if kept else value.zero_()


def _captured(
    step: Step,
    models: Sequence[Model],
    optimisers: Sequence[torch.optim.Adam],
    batch: int,
    settings: Tensor,
) -> Step:
    """The whole step as one CUDA graph, as these small models are limited by kernel launches.

    Capturing needs warm-up steps; weights and moments are restored afterwards. Each replay of the
    graph draws from the device's default generator in its current state.
    """
    device = settings.device
    index = torch.zeros(batch, dtype=torch.long, device=device)
    now = torch.zeros_like(settings)
    weights = [
        {name: value.clone() for name, value in model.state_dict().items()} for model in models
    ]
    moments = [
        {key: value.clone() for key, value in optimiser.state.get(parameter, {}).items()}
        for model, optimiser in zip(models, optimisers, strict=True)
        for parameter in model.parameters()
    ]
    try:
        stream = torch.cuda.Stream(device)
        stream.wait_stream(torch.cuda.current_stream(device))
        with torch.random.fork_rng(devices=[device]), torch.cuda.stream(stream):
            for _ in range(WARM_UP_STEPS):
                step(index, now)
        torch.cuda.current_stream(device).wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            losses = step(index, now)
    finally:
        _restore(models, optimisers, weights, moments)

    def replay(indices: Tensor, settings: Tensor) -> Losses:
        index.copy_(indices)
        now.copy_(settings)
        graph.replay()
        return losses

    return replay
