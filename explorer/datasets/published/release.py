"""Data sets published as IDX files, such as MNIST, in torchvision's folder layout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from explorer.datasets.base import (
    DatasetUnavailable,
    HeldOut,
    ImageDataset,
    Images,
    Report,
    Source,
    stratified_split,
)
from explorer.datasets.published.fetching import FetchError, RemoteFile, fetch_files
from explorer.datasets.published.idx import CorruptFile, read_idx

# The published test images of the gallery's data sets; no checkpoint can have this name.
SHIPPED = Path(__file__).resolve().parents[3] / "checkpoints" / "_held_out"

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8]]  # images (N, H, W), labels (N,)
# (folder, "train" or "test", expected shape of the images) → arrays; raises CorruptFile.
Read = Callable[[Path, str, tuple[int, int, int]], Arrays]


def four_files(folder: str) -> tuple[str, ...]:
    """The files of MNIST's layout, as paths below the data folder."""
    return tuple(
        f"{folder}/{stem}-{kind}-ubyte.gz"
        for stem in ("train", "t10k")
        for kind in ("images-idx3", "labels-idx1")
    )


def read_four_files(folder: Path, split: str, shape: tuple[int, int, int]) -> Arrays:
    """Read one split from MNIST's layout, which has two files per split."""
    stem = {"train": "train", "test": "t10k"}[split]
    with (
        (folder / f"{stem}-images-idx3-ubyte.gz").open("rb") as images,
        (folder / f"{stem}-labels-idx1-ubyte.gz").open("rb") as labels,
    ):
        return read_idx(images, shape), read_idx(labels, shape[:1])


@dataclass(frozen=True)
class Release:
    """The files of a published data set, and where to fetch them.

    Attributes:
        folder: where torchvision keeps the files, below the data folder.
        mirrors: URLs that offer all files, in order of preference; each ends in a slash.
        resources: name and md5 of each file.
        counts: numbers of training and test images.
        validation: number of training images held out for validation.
        limit: maximum size of a file, in bytes.
        read: reads one split.
    """

    folder: str
    mirrors: Sequence[str]
    resources: Sequence[tuple[str, str]]
    counts: tuple[int, int] = (60_000, 10_000)
    validation: int = 5_000
    limit: int = 64 * 2**20
    read: Read = read_four_files

    def files(self) -> list[RemoteFile]:
        """The files with all their URLs."""
        return [
            RemoteFile(name, md5, tuple(mirror + name for mirror in self.mirrors))
            for name, md5 in self.resources
        ]


def load_published(
    source: Source, release: Release, data_folder: Path, report: Report
) -> ImageDataset:
    """Fetch missing files and read the data set. The published test images are ``test``; a fixed,
    stratified part of the published training images is ``validation``, the rest ``train``.

    Raises:
        DatasetUnavailable: with one sentence for the user.
    """
    folder = data_folder / release.folder
    try:
        fetch_files(folder, release.files(), release.limit, report)
        published = _images(source, release, folder, "train")
        test = _images(source, release, folder, "test")
    except FetchError as error:
        raise _unavailable(source, release, folder, error.why, error.remedy) from error
    except (CorruptFile, OSError) as error:
        remedy = "remove the damaged file and try again"
        raise _unavailable(source, release, folder, str(error), remedy) from error
    sizes = (release.validation, len(published) - release.validation)
    validation, train = stratified_split(published.labels, sizes)
    return ImageDataset(
        source.name,
        source.classes,
        test,
        train=published[train],
        validation=published[validation],
    )


def load_shipped(source: Source, release: Release) -> HeldOut:
    """The published test images that ship with the app: the same as ``load_published`` returns.

    Raises:
        DatasetUnavailable: with one sentence for the user.
    """
    folder = SHIPPED / release.folder
    try:
        test = _images(source, release, folder, "test")
    except (CorruptFile, OSError) as error:
        raise DatasetUnavailable(
            f"the held-out images of {source.title} in {folder} cannot be read ({error}); "
            "install the app again"
        ) from error
    return HeldOut(source.name, source.classes, test)


def _images(source: Source, release: Release, folder: Path, split: str) -> Images:
    count = release.counts[split == "test"]
    _, height, width = source.image_shape
    pixels, labels = release.read(folder, split, (count, height, width))
    if labels.max() >= len(source.classes):
        raise CorruptFile(f"the {split} labels go up to {labels.max()}, beyond the classes")
    return Images(
        torch.from_numpy(pixels.copy()).unsqueeze(1),  # (N, 1, H, W)
        torch.from_numpy(labels.astype(np.int64)),  # (N,)
    )


def _unavailable(
    source: Source, release: Release, folder: Path, why: str, remedy: str
) -> DatasetUnavailable:
    names = ", ".join(name for name, _ in release.resources)
    return DatasetUnavailable(f"{source.title} needs {names} in {folder}, but {why}; {remedy}")
