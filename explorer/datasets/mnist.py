"""MNIST: 70,000 handwritten digits, 28×28."""

from pathlib import Path

from explorer.datasets.base import HeldOut, ImageDataset, Report, Source
from explorer.datasets.published.release import Release, four_files, load_published, load_shipped

_FOLDER = "MNIST/raw"


def _load(folder: Path, report: Report) -> ImageDataset:
    from torchvision.datasets import MNIST

    release = Release(_FOLDER, MNIST.mirrors, MNIST.resources)
    return load_published(SOURCE, release, folder, report)


def _held_out() -> HeldOut:
    return load_shipped(SOURCE, Release(_FOLDER))


SOURCE = Source(
    name="mnist",
    title="MNIST",
    image_shape=(1, 28, 28),
    classes=tuple("0123456789"),
    credit="MNIST, Y. LeCun, C. Cortes and C. J. C. Burges, 1998",
    load=_load,
    files=four_files(_FOLDER),
    held_out=_held_out,
)
