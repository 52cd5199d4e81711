"""Fashion-MNIST: 70,000 pictures of fashion products, 28×28."""

from pathlib import Path

from explorer.datasets.base import HeldOut, ImageDataset, InkFrame, Report, Source
from explorer.datasets.published.release import Release, four_files, load_published, load_shipped

_FOLDER = "FashionMNIST/raw"
_MIRRORS = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)
_RESOURCES = (  # names and md5
    ("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
    ("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
    ("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
    ("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
)
_RELEASE = Release(_FOLDER, _MIRRORS, _RESOURCES)


def _load(folder: Path, report: Report) -> ImageDataset:
    return load_published(SOURCE, _RELEASE, folder, report)


def _held_out() -> HeldOut:
    return load_shipped(SOURCE, _RELEASE)


SOURCE = Source(
    name="fashion-mnist",
    title="Fashion-MNIST",
    image_shape=(1, 28, 28),
    classes=(
        "T-shirt",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Boot",
    ),
    credit="Fashion-MNIST, H. Xiao, K. Rasul and R. Vollgraf, Zalando Research 2017; MIT licence",
    load=_load,
    files=four_files(_FOLDER),
    held_out=_held_out,
    ink=InkFrame(box=1, centre="box"),
)
