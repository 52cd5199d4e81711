"""The machine's capabilities: the device to use, its fastest arithmetic, and when to compile."""

import logging
import platform
import shutil
from functools import cache

import torch

from explorer.specs import TrainingSpec

CPU = torch.device("cpu")
# What a device raises that fails or is full. An assertion fails if torch was built without it.
DEVICE_ERRORS = (RuntimeError, AssertionError)

# Compiling takes 10 to 30 s on a CPU; it pays off above this number of images × parameters.
COMPILE_PAYS = 2.5e12


def best_device() -> torch.device:
    """CUDA if available, else MPS, else the CPU. A device that fails a trial step is not used."""
    return _tried()[0]


def device_warning() -> str:
    """A sentence that says why a device that is there is not used, or empty."""
    return _tried()[1]


@cache
def _tried() -> tuple[torch.device, str]:
    """The device to use, and why another one is not."""
    for device in _accelerators():
        try:
            _try_step(device)
        except DEVICE_ERRORS as error:
            warning = (
                f"The {device.type.upper()} device cannot be used, so the CPU is: {brief(error)}"
            )
            logging.getLogger(__name__).warning(warning)
            return CPU, warning
        return device, ""
    return CPU, ""


def _accelerators() -> list[torch.device]:
    """The devices other than the CPU that torch says are there, the best first."""
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [torch.device(name) for name, there in found.items() if there]


def _try_step(device: torch.device) -> None:
    """Take a training step whose result is known, in the arithmetic that runs use. torch may list a
    device for which it has no code.

    Raises:
        RuntimeError: it fails, or its result is wrong.
    """
    side = 64
    weight = torch.full((side, side), 1 / side, device=device, requires_grad=True)
    optimiser = torch.optim.Adam([weight], lr=1 / side, fused=device.type in ("cpu", "cuda"))
    dtype = autocast_dtype(TrainingSpec(), device)
    with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
        loss = (torch.ones(8, side, device=device) @ weight).float().square().mean()
    loss.backward()
    optimiser.step()
    # Every product is 64 · 1 · 1/64, and Adam's first step is as long as the learning rate.
    if abs(loss.item() - 1) > 0.01 or weight.detach().abs().max().item() > 1e-4:
        raise RuntimeError("a trial step gave a wrong result")


def fallback(error: RuntimeError) -> str:
    """A sentence for users on a device that failed during training."""
    return f"The device failed, so training continues on the CPU: {brief(error)}"


def brief(error: BaseException) -> str:
    """The first sentence of what a device says, for users."""
    words = " ".join(str(error).split()) or type(error).__name__
    return words.partition(". ")[0].removesuffix(".")[:200] + "."


@cache
def device_name(device: torch.device) -> str:
    """The name of the device shown to users, such as ``NVIDIA H100`` or ``CPU, 2 threads``."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "cpu":
        return f"CPU, {torch.get_num_threads()} threads"
    return f"{device.type.upper()}, {platform.machine()}"


def autocast_dtype(spec: TrainingSpec, device: torch.device) -> torch.dtype:
    """The arithmetic of the networks. ``auto`` selects bfloat16 only if the device supports it in
    hardware, as emulation is slower than float32."""
    if spec.precision != "auto":
        return torch.float32 if spec.precision == "float32" else torch.bfloat16
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if device.type == "cpu" and _cpu_has_bf16() else torch.float32


@cache
def _cpu_has_bf16() -> bool:
    """AMX or AVX512-BF16. These functions are private, so a torch release may remove them."""
    names = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(getattr(torch.cpu, name, lambda: False)() for name in names)


def should_compile(spec: TrainingSpec, device: torch.device, images: int, parameters: int) -> bool:
    """Whether to compile the loss: on request, or if the run is long enough for it to pay off."""
    if spec.compiled != "auto":
        return spec.compiled == "yes"
    if device.type == "cpu" and not _has_cpp_compiler():
        return False
    return device.type == "cpu" and images * parameters > COMPILE_PAYS


@cache
def _has_cpp_compiler() -> bool:
    return any(shutil.which(name) for name in ("g++", "clang++", "cl"))
