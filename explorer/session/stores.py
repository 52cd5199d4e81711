"""What is loaded once per server and shared by all sessions, which only read it."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.analysis.subject import Subject
from explorer.background.memory import give_back
from explorer.datasets import (
    DATASETS,
    HeldOut,
    ImageDataset,
    data_folder,
    load_dataset,
    load_held_out,
)
from explorer.runs.checkpoints import (
    Checkpoint,
    CheckpointError,
    checkpoint_names,
    find_checkpoint,
    listing_stamp,
    load_checkpoint,
    read_spec,
)
from explorer.runs.kept import RESULTS
from explorer.runs.kept import kept_results as read_results
from explorer.runs.numbers import FILE as NUMBERS
from explorer.runs.numbers import kept_at
from explorer.runs.numbers import stored_numbers as read_numbers
from explorer.session.sharing import shared
from explorer.specs import CheckpointSpec, Measured

MOST_DATASETS = 2  # kept in memory: 55 MB each


@dataclass(frozen=True)
class Listed:
    """A checkpoint in a menu: its spec, or why it cannot be read."""

    name: str
    spec: CheckpointSpec | None
    problem: str | None


def listed_checkpoints() -> list[Listed]:
    """All checkpoints; the broken ones with the reason."""
    listed = _listed(listing_stamp())
    # A broken one may be repaired in place, which the stamp does not show.
    return _read_all() if any(entry.problem for entry in listed) else listed


@shared
def _listed(stamp: tuple[tuple[str, int], ...]) -> list[Listed]:
    return _read_all()


def _read_all() -> list[Listed]:
    entries = []
    for name in checkpoint_names():
        try:
            entries.append(Listed(name, read_spec(find_checkpoint(name)), None))
        except CheckpointError as error:
            entries.append(Listed(name, None, str(error)))
    return entries


def checkpoint(name: str) -> Checkpoint:
    """A checkpoint, loaded once per server and shared by all sessions, which only read it.

    Raises:
        CheckpointError: it cannot be read.
    """
    return _checkpoint(name, _stamp(name))


def _stamp(name: str) -> int:
    """When the checkpoint was written: a new one under an old name is another cache entry."""
    return _stamp_of(find_checkpoint(name) / "spec.json")


def _stamp_of(path: Path) -> int:
    """When a file was written; 0 if there is none."""
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return 0


@shared
def _checkpoint(name: str, stamp: int) -> Checkpoint:
    return load_checkpoint(find_checkpoint(name))


def stored_numbers(spec: CheckpointSpec) -> Mapping[str, Measured]:
    """All stored numbers of a checkpoint, by the names of their measures."""
    try:
        folder = find_checkpoint(spec.name)
    except CheckpointError:  # it has been deleted in the meantime
        return spec.measures
    stamps = tuple(_stamp_of(path) for path in (folder / NUMBERS, kept_at(folder)))
    return _numbers(spec.digest, str(folder), stamps, spec)


@shared
def _numbers(
    digest: str, folder: str, stamps: tuple[int, ...], _spec: CheckpointSpec
) -> Mapping[str, Measured]:
    return read_numbers(Path(folder), _spec)


def kept_results(checkpoint: Checkpoint) -> Mapping[Callable[[Subject], Any], object]:
    """What is kept of a checkpoint's default view, by the functions that compute it."""
    try:
        folder = find_checkpoint(checkpoint.spec.name)
    except CheckpointError:
        return {}
    return _results(checkpoint.spec.digest, _stamp_of(folder / RESULTS), folder, checkpoint)


@shared
def _results(
    digest: str, stamp: int, _folder: Path, _checkpoint: Checkpoint
) -> Mapping[Callable[[Subject], Any], object]:
    return read_results(_folder, _checkpoint.spec, _checkpoint.codes)


def local_dataset(name: str) -> ImageDataset | None:
    """A data set, loaded once per server, or None if its files would have to be downloaded first.

    Raises:
        DatasetUnavailable: its files exist but are broken.
    """
    load = dataset_loader(name)
    return load() if load else None


def dataset_loader(name: str) -> Callable[[], ImageDataset] | None:
    """What ``local_dataset`` calls to load a data set, which may take seconds the first time; None
    if its files would have to be downloaded first. Any thread may call it."""
    folder = data_folder()
    return partial(_load_once, name, folder) if DATASETS[name].is_here(folder) else None


@lru_cache(maxsize=8)
def shipped_images(name: str) -> HeldOut | None:
    """The held-out images of a data set that ship with the app, loaded once per server, or None if
    they do not ship.

    Raises:
        DatasetUnavailable: they cannot be read.
    """
    return load_held_out(name)


def fetch_dataset(name: str) -> None:
    """Download a data set's files, with a progress bar.

    Raises:
        DatasetUnavailable: they cannot be downloaded.
    """
    bar = st.progress(0.0, f"Getting {DATASETS[name].title}")

    def report(text: str, share: float) -> None:
        bar.progress(share, text)

    try:
        load_dataset(name, report)
    finally:
        bar.empty()


def _load_once(name: str, folder: Path) -> ImageDataset:
    with _loading:  # several threads may ask for it
        return _loaded(name, folder)


_loading = threading.Lock()


@lru_cache(maxsize=MOST_DATASETS)
def _loaded(name: str, folder: Path) -> ImageDataset:
    try:
        return load_dataset(name)
    finally:
        give_back()  # reading and splitting takes several times as much as it leaves
