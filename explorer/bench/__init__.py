"""Benchmarks of ``python -m explorer bench``. To add one, write a file and a line in BENCHES."""

from collections.abc import Callable

from explorer.bench.attack import bench_attack
from explorer.bench.base import BenchResult
from explorer.bench.classroom import bench_class
from explorer.bench.evidence import bench_evidence
from explorer.bench.fields import bench_fields
from explorer.bench.jobs import bench_jobs
from explorer.bench.live import bench_live
from explorer.bench.pad import bench_pad
from explorer.bench.pages import bench_pages
from explorer.bench.sweep import bench_sweep
from explorer.bench.training import bench_training

__all__ = ["BENCHES", "BenchResult"]

BENCHES: dict[str, Callable[[Callable[[str], None]], BenchResult]] = {
    "attack": bench_attack,
    "class": bench_class,
    "evidence": bench_evidence,
    "fields": bench_fields,
    "jobs": bench_jobs,
    "live": bench_live,
    "pad": bench_pad,
    "pages": bench_pages,
    "training": bench_training,
    "sweep": bench_sweep,
}
