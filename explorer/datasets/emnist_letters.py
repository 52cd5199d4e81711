"""EMNIST letters: 145,600 handwritten letters, upper and lower case in one class, 28×28."""

import string
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from explorer.datasets.base import ImageDataset, InkFrame, Report, Source
from explorer.datasets.published.idx import CorruptFile, read_idx
from explorer.datasets.published.release import Arrays, Release, load_published

_FOLDER = "EMNIST/raw"
_ARCHIVE = "gzip.zip"


def read_archive(folder: Path, split: str, shape: tuple[int, int, int]) -> Arrays:
    """Read one split of the letters from the archive that contains all of EMNIST.

    Two members are read by their known names; nothing is unpacked to disk.
    """
    stem = f"gzip/emnist-letters-{split}"
    try:
        with (
            ZipFile(folder / _ARCHIVE) as archive,
            archive.open(f"{stem}-images-idx3-ubyte.gz") as packed_images,
            archive.open(f"{stem}-labels-idx1-ubyte.gz") as packed_labels,
        ):
            images = read_idx(packed_images, shape)
            labels = read_idx(packed_labels, shape[:1])
    # KeyError: no such member. RuntimeError: encrypted, or a compression unknown to zipfile.
    except (BadZipFile, KeyError, RuntimeError) as error:
        raise CorruptFile(f"{_ARCHIVE} is damaged ({error})") from error
    # EMNIST stores images column by column and numbers the letters from 1. A label 0 would become
    # 255, which is rejected as an invalid class.
    return images.transpose(0, 2, 1), labels - 1


def _load(folder: Path, report: Report) -> ImageDataset:
    release = Release(
        _FOLDER,
        mirrors=["https://biometrics.nist.gov/cs_links/EMNIST/"],
        resources=[(_ARCHIVE, "58c8d27c78d21e728a6bc7b3cc06412e")],
        counts=(124_800, 20_800),
        limit=2**30,  # 540 MB, of which the letters are a small part
        read=read_archive,
    )
    return load_published(SOURCE, release, folder, report)


SOURCE = Source(
    name="emnist-letters",
    title="EMNIST letters",
    image_shape=(1, 28, 28),
    classes=tuple(string.ascii_lowercase),
    credit="EMNIST, G. Cohen, S. Afshar, J. Tapson and A. van Schaik, 2017, after NIST Special "
    "Database 19",
    load=_load,
    files=(f"{_FOLDER}/{_ARCHIVE}",),
    training_images=119_800,
    test_images=20_800,
    # Centred in a square with a border of 2 pixels (figure 1 of the paper).
    ink=InkFrame(box=24 / 28, centre="box"),
)
