"""The real files of MNIST and Fashion-MNIST, where they are at hand."""

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torchvision
from torchvision.datasets.mnist import read_image_file
from torchvision.datasets.utils import check_integrity

from explorer.datasets import fashion_mnist, kmnist, load_dataset, load_held_out, mnist

BESIDE = Path(__file__).parents[3] / "shared/data"

# Facts known from elsewhere: the first labels of the test images, and the mean over all training
# pixels in [0, 1] that recipes for these data sets normalise with.
FACTS = [
    ("mnist", "MNIST", [7, 2, 1, 0, 4, 1, 4, 9, 5, 9], 0.1307),
    ("fashion-mnist", "FashionMNIST", [9, 2, 1, 1, 6, 1, 4, 6, 5, 7], 0.2860),
]


def real_files(published: str) -> Path | None:
    """A folder that holds the intact files, or None."""
    resources = getattr(torchvision.datasets, published).resources
    for root in (os.environ.get("EXPLORER_DATA"), BESIDE):
        raw = Path(root or "", published, "raw")
        if root and all(check_integrity(raw / name, md5) for name, md5 in resources):
            return raw
    return None


@pytest.mark.parametrize(
    ("module", "published"),
    [(mnist, "MNIST"), (fashion_mnist, "FashionMNIST"), (kmnist, "KMNIST")],
)
def test_where_the_files_are_is_what_torchvision_says(module, published):
    """torchvision takes a second and 160 MB to import, so these few words are written down."""
    theirs = getattr(torchvision.datasets, published)
    assert list(module._MIRRORS) == theirs.mirrors
    assert list(module._RESOURCES) == theirs.resources


@pytest.mark.slow
@pytest.mark.parametrize(("name", "published"), [fact[:2] for fact in FACTS])
def test_loading_images_loads_no_torchvision(name, published):
    raw = real_files(published)
    if raw is None:
        pytest.skip(f"{published}/raw is neither in EXPLORER_DATA nor in {BESIDE}")
    code = f"from explorer.datasets import load_dataset; load_dataset({name!r}); import sys; "
    code += "print({'torchvision', 'torch._dynamo', 'triton'} & {*sys.modules} or None)"
    variables = os.environ | {"EXPLORER_DATA": str(raw.parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=variables
    )
    assert done.stdout == "None\n", done.stderr


def digests(pixels: torch.Tensor) -> list[int]:
    """A hash of each image, in order of size."""
    return sorted(hash(image.tobytes()) for image in pixels.numpy())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "published", "first_labels", "mean"), FACTS)
def test_real_files(name, published, first_labels, mean, tmp_path, monkeypatch):
    raw = real_files(published)
    if raw is None:
        pytest.skip(f"{published}/raw is neither in EXPLORER_DATA nor in {BESIDE}")
    shutil.copytree(raw, tmp_path / published / "raw")
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))

    dataset = load_dataset(name)
    again = load_dataset(name)

    assert dataset.image_shape == (1, 28, 28)
    assert (len(dataset.train), len(dataset.validation), len(dataset.test)) == (55000, 5000, 10000)
    assert dataset.test.labels[:10].tolist() == first_labels
    assert dataset.validation.labels.bincount().sub(500).abs().max() <= 62  # as the classes are
    training = torch.cat([dataset.train.pixels, dataset.validation.pixels])
    assert training.double().mean().item() / 255 == pytest.approx(mean, abs=5e-5)
    assert dataset.validation.pixels.equal(again.validation.pixels)
    assert dataset.train.labels.equal(again.train.labels)

    # What ships is what was published.
    shipped = load_held_out(name)
    assert shipped.test.pixels.equal(dataset.test.pixels)
    assert shipped.test.labels.equal(dataset.test.labels)

    # Each published image is in one split, and reads as torchvision reads it.
    assert {path.name for path in (tmp_path / published / "raw").iterdir()} == {
        file for file, _ in getattr(torchvision.datasets, published).resources
    }
    unpacked = tmp_path / "unpacked"
    unpacked.write_bytes(gzip.decompress((raw / "train-images-idx3-ubyte.gz").read_bytes()))
    assert digests(training) == digests(read_image_file(str(unpacked)))
