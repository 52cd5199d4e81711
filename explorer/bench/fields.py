"""How long each field over the plane takes, and each path between two codes."""

import time
from collections.abc import Callable

from explorer.analysis.fields import FIELDS
from explorer.analysis.geometry import PATHS, Landscape, Plane, box_grid, path_through
from explorer.analysis.subject import Subject
from explorer.bench.base import BenchResult
from explorer.components.latent_pad import PadPlane
from explorer.datasets import load_dataset
from explorer.runs.checkpoints import GALLERY, load_checkpoint

CHECKPOINT = "mnist-vae"
SIDE = 128  # cells along a side


def bench_fields(say: Callable[[str], None]) -> BenchResult:
    """Seconds for 128×128 places of the gallery's VAE, once what is shared by a data set (nearest
    neighbours, classifier) is ready."""
    checkpoint = load_checkpoint(GALLERY / CHECKPOINT)
    view, codes = checkpoint.model.view(), checkpoint.codes
    subject = Subject(view, codes, load_dataset(checkpoint.spec.run.dataset))
    plane = Plane.of(codes.mean)
    home = PadPlane(CHECKPOINT, codes.mean, codes.labels, surface=plane).home
    cells = plane.from_plane(box_grid(home, SIDE).reshape(-1, 2))
    rows = []
    for name, field in FIELDS.items():
        say(name)
        field.compute(subject, cells[:10])
        start = time.perf_counter()
        field.values(subject, cells)
        rows.append({"name": f"{name}, {SIDE}²", "s": time.perf_counter() - start})
    landscape = Landscape(view, codes)
    pins = codes.mean[[0, len(codes) // 2]]
    for kind in PATHS:
        say(kind)
        start = time.perf_counter()
        path_through(landscape, pins, kind)
        rows.append({"name": f"{kind} path", "s": time.perf_counter() - start})
    return BenchResult("fields", rows)
