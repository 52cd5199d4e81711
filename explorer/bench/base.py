"""The result of a benchmark: rows of figures, and ratios, from one run on one machine."""

import os
import platform
import time
from dataclasses import dataclass, field
from typing import Any

import torch

from explorer.training.hardware import best_device, device_name


def machine() -> str:
    """A description of the machine for readers of the figures: processor, device, torch."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"{device_name(best_device())}, torch {torch.__version__}, "
        f"Python {platform.python_version()}"
    )


class Unavailable(RuntimeError):
    """A benchmark cannot run on this machine; the message says what is missing and how to get
    it."""


@dataclass(frozen=True)
class BenchResult:
    """Figures of one benchmark.

    Attributes:
        bench: its name.
        rows: each with a name and figures whose keys end in their unit.
        ratios: the figures that also hold on a slower or busier machine.
    """

    bench: str
    rows: list[dict[str, Any]]
    ratios: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """``{"bench", "machine", "rows", "ratios"}``."""
        return {
            "bench": self.bench,
            "machine": machine(),
            "rows": self.rows,
            "ratios": self.ratios,
        }

    def as_text(self) -> str:
        """A line per row, then the ratios."""
        lines = [f"{self.bench} on {machine()}"]
        for row in self.rows:
            figures = ", ".join(
                f"{key} {value:,.4g}" if isinstance(value, float) else f"{key} {value}"
                for key, value in row.items()
                if key != "name"
            )
            lines.append(f"  {row['name']}: {figures}")
        lines += [f"  {name}: {ratio:.2f}×" for name, ratio in self.ratios.items()]
        return "\n".join(lines)


def matmul_peak(dtype: torch.dtype, size: int = 2048, repeats: int = 10) -> float:
    """FLOP/s of square matrix products, the best of several."""
    device = best_device()
    a = torch.rand(size, size, device=device).to(dtype)
    seconds = []
    for _ in range(repeats):
        synchronise(device)
        start = time.perf_counter()
        a @ a
        synchronise(device)
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds)


def synchronise(device: torch.device) -> None:
    """Wait until a device has finished its work."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
