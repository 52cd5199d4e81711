"""The machine's capabilities: the device to use, its fastest arithmetic, and when to compile."""

import platform
import shutil
from functools import cache

import torch

from explorer.specs import TrainingSpec

# Compiling takes 10 to 30 s on a CPU; it pays off above this number of images × parameters.
COMPILE_PAYS = 2.5e12


@cache
def best_device() -> torch.device:
    """CUDA if available, else MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


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
