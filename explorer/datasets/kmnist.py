"""Kuzushiji-MNIST: 70,000 handwritten hiragana from old Japanese books, 28×28."""

from pathlib import Path

from explorer.datasets.base import ImageDataset, InkFrame, Report, Source
from explorer.datasets.published.release import Release, four_files, load_published

_FOLDER = "KMNIST/raw"


def _load(folder: Path, report: Report) -> ImageDataset:
    from torchvision.datasets import KMNIST

    release = Release(_FOLDER, KMNIST.mirrors, KMNIST.resources)
    return load_published(SOURCE, release, folder, report)


SOURCE = Source(
    name="kmnist",
    title="Kuzushiji-MNIST",
    image_shape=(1, 28, 28),
    classes=tuple("おきすつなはまやれを"),
    credit="KMNIST data set, created by CODH (T. Clanuwat and others, 2018), adapted from the "
    "Kuzushiji data set, created by NIJL and others; CC BY-SA 4.0",
    load=_load,
    files=four_files(_FOLDER),
    # Each character was cut out along its bounding box and scaled to the whole image.
    ink=InkFrame(box=1, centre="box"),
)
