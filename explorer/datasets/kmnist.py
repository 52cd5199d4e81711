"""Kuzushiji-MNIST: 70,000 handwritten hiragana from old Japanese books, 28×28."""

from pathlib import Path

from explorer.datasets.base import ImageDataset, InkFrame, Report, Source
from explorer.datasets.published.release import Release, four_files, load_published

_FOLDER = "KMNIST/raw"
_MIRRORS = ("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",)
_RESOURCES = (  # names and md5
    ("train-images-idx3-ubyte.gz", "bdb82020997e1d708af4cf47b453dcf7"),
    ("train-labels-idx1-ubyte.gz", "e144d726b3acfaa3e44228e80efcd344"),
    ("t10k-images-idx3-ubyte.gz", "5c965bf0a639b31b8f53240b1b52f4d7"),
    ("t10k-labels-idx1-ubyte.gz", "7320c461ea6c1c855c0b718fb2a4b134"),
)


def _load(folder: Path, report: Report) -> ImageDataset:
    release = Release(_FOLDER, _MIRRORS, _RESOURCES)
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
