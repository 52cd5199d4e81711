"""EMNIST letters, from a small archive in the published layout."""

import hashlib
from dataclasses import replace
from zipfile import ZipFile

import numpy as np
import pytest

from explorer.datasets import DatasetUnavailable, emnist_letters
from explorer.datasets.published.release import Release, load_published

# An L as people see it; columns and rows differ.
LETTER = np.zeros((28, 28), np.uint8)
LETTER[4:24, 6] = LETTER[23, 6:16] = 255


def images(count):
    return np.repeat(LETTER.T[None], count, axis=0)


@pytest.fixture
def members(idx):
    """What the archive holds: the letters among other things."""
    return {
        "gzip/emnist-letters-train-images-idx3-ubyte.gz": idx(images(104)),
        "gzip/emnist-letters-train-labels-idx1-ubyte.gz": idx(np.arange(104) % 26 + 1),
        "gzip/emnist-letters-test-images-idx3-ubyte.gz": idx(images(26)),
        "gzip/emnist-letters-test-labels-idx1-ubyte.gz": idx(np.arange(26) + 1),
        "gzip/emnist-letters-mapping.txt": b"1 65 97",
        "../outside": b"Nothing is unpacked by names from the archive.",
    }


def write(folder, members):
    """Write the archive where it belongs, and return its release."""
    raw = folder / "EMNIST/raw"
    raw.mkdir(parents=True)
    with ZipFile(raw / "gzip.zip", "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return release_of((raw / "gzip.zip").read_bytes())


def release_of(archive):
    return Release(
        "EMNIST/raw",
        mirrors=["http://127.0.0.1:9/"],
        resources=[("gzip.zip", hashlib.md5(archive).hexdigest())],
        counts=(104, 26),
        validation=26,
        read=emnist_letters.read_archive,
    )


def load(folder, release):
    return load_published(emnist_letters.SOURCE, release, folder, lambda text, share: None)


def test_letters_stand_upright_and_count_from_zero(tmp_path, members):
    dataset = load(tmp_path, write(tmp_path, members))
    assert (dataset.test.pixels.numpy() == LETTER).all()
    assert dataset.test.labels.tolist() == list(range(26))
    assert [dataset.classes[label] for label in dataset.test.labels[:3]] == ["a", "b", "c"]
    assert dataset.validation.labels.bincount().tolist() == [1] * 26
    assert dataset.train.labels.bincount().tolist() == [3] * 26


def test_nothing_is_unpacked(tmp_path, members):
    load(tmp_path, write(tmp_path, members))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [tmp_path / "EMNIST/raw/gzip.zip"]


def test_label_zero_is_no_letter(tmp_path, members, idx):
    members["gzip/emnist-letters-test-labels-idx1-ubyte.gz"] = idx(np.arange(26))
    release = write(tmp_path, members)
    with pytest.raises(DatasetUnavailable, match="beyond the classes"):
        load(tmp_path, release)


@pytest.mark.parametrize("part", ["images-idx3", "labels-idx1"])
def test_a_missing_member(tmp_path, members, part):
    del members[f"gzip/emnist-letters-test-{part}-ubyte.gz"]
    release = write(tmp_path, members)
    with pytest.raises(DatasetUnavailable, match=rf"gzip\.zip is damaged .*{part}"):
        load(tmp_path, release)


def test_a_truncated_archive(tmp_path, members):
    release = write(tmp_path, members)
    path = tmp_path / "EMNIST/raw/gzip.zip"
    content = path.read_bytes()[:-30]
    path.write_bytes(content)
    truncated = replace(release, resources=release_of(content).resources)
    with pytest.raises(DatasetUnavailable, match=r"gzip\.zip is damaged"):
        load(tmp_path, truncated)


def test_an_encrypted_archive(tmp_path, members):
    write(tmp_path, members)
    path = tmp_path / "EMNIST/raw/gzip.zip"
    content = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = content.find(signature)
        while start >= 0:
            content[start + flags] |= 1
            start = content.find(signature, start + 4)
    path.write_bytes(content)
    with pytest.raises(DatasetUnavailable, match=r"gzip\.zip is damaged .*encrypted"):
        load(tmp_path, release_of(bytes(content)))
