"""Fashion-MNIST: 70,000 pictures of fashion products, 28×28."""

from pathlib import Path

from explorer.datasets.base import HeldOut, ImageDataset, InkFrame, Report, Source
from explorer.datasets.published.release import Release, four_files, load_published, load_shipped

_FOLDER = "FashionMNIST/raw"


def _load(folder: Path, report: Report) -> ImageDataset:
    from torchvision.datasets import FashionMNIST

    release = Release(_FOLDER, FashionMNIST.mirrors, FashionMNIST.resources)
    return load_published(SOURCE, release, folder, report)


def _held_out() -> HeldOut:
    return load_shipped(SOURCE, Release(_FOLDER))


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
