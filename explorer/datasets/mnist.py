"""MNIST: 70,000 handwritten digits, 28×28."""

from pathlib import Path

from explorer.datasets.base import HeldOut, ImageDataset, Report, Source
from explorer.datasets.published.release import Release, four_files, load_published, load_shipped

_FOLDER = "MNIST/raw"
_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
)
_RESOURCES = (  # names and md5
    ("train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    ("train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
    ("t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
    ("t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
)
_RELEASE = Release(_FOLDER, _MIRRORS, _RESOURCES)


def _load(folder: Path, report: Report) -> ImageDataset:
    return load_published(SOURCE, _RELEASE, folder, report)


def _held_out() -> HeldOut:
    return load_shipped(SOURCE, _RELEASE)


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
