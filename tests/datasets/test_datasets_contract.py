"""What every data set in the registry keeps to."""

import os
import socket
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
import torch
from torchvision.datasets import EMNIST, KMNIST

from explorer.datasets import (
    DATASETS,
    DatasetUnavailable,
    data_folder,
    load_dataset,
    load_held_out,
)
from explorer.datasets.published import release
from explorer.specs import check_name

PUBLISHED = [name for name, source in DATASETS.items() if source.files]
SHIPPED = [name for name, source in DATASETS.items() if source.held_out]
EMBEDDED = [name for name, source in DATASETS.items() if not source.files]


@pytest.fixture
def offline(direct, monkeypatch):
    """All requests go to a proxy that is not there: no test leaves the machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{probe.getsockname()[1]}"
    for scheme in ("http", "https"):
        monkeypatch.setenv(f"{scheme}_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)


@pytest.mark.parametrize("name", DATASETS)
def test_a_source_describes_itself(name):
    source = DATASETS[name]
    assert source.name == check_name(name)
    assert source.title
    assert source.credit
    assert len(set(source.classes)) == len(source.classes) > 1


def test_digits_come_first():
    assert next(iter(DATASETS)) == "digits"


@pytest.mark.parametrize("name", EMBEDDED)
def test_embedded_data_loads(name, offline, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "absent"))
    source, dataset = DATASETS[name], load_dataset(name)
    assert (dataset.name, dataset.classes) == (name, source.classes)
    assert dataset.image_shape == source.image_shape
    for images in (dataset.train, dataset.validation, dataset.test):
        assert images.pixels.dtype == torch.uint8
        assert images.pixels.shape == (len(images), *source.image_shape)
        assert images.labels.dtype == torch.int64
        assert images.labels.shape == (len(images),)
        share = images.labels.bincount(minlength=len(source.classes)) / len(images)
        whole = dataset.train.labels.bincount() / len(dataset.train)
        assert (share - whole).abs().max() < 0.01
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("name", SHIPPED)
def test_held_out_images_ship(name, offline, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "absent"))
    source, held_out = DATASETS[name], load_held_out(name)
    assert (held_out.name, held_out.classes) == (name, source.classes)
    assert held_out.image_shape == source.image_shape
    assert len(held_out.test) == len(held_out.test.labels) == (400 if name in EMBEDDED else 10_000)
    assert held_out.test.pixels.dtype == torch.uint8
    assert not (tmp_path / "absent").exists()


def test_other_data_sets_have_no_held_out_images():
    assert SHIPPED == ["digits", "mnist", "fashion-mnist"]
    assert load_held_out("kmnist") is None
    assert load_held_out("minst") is None


def test_a_damaged_installation_is_explained(tmp_path, monkeypatch):
    monkeypatch.setattr(release, "SHIPPED", tmp_path)
    with pytest.raises(DatasetUnavailable, match=r"held-out images of MNIST .* install the app"):
        load_held_out("mnist")
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file in DATASETS["mnist"].files:
        (tmp_path / file).write_bytes(b"no gzip")
    with pytest.raises(DatasetUnavailable, match=r"is damaged .* install the app again"):
        load_held_out("mnist")


@pytest.mark.parametrize("name", EMBEDDED)
def test_splits_are_fixed(name):
    first, again = load_dataset(name), load_dataset(name)
    for split in ("train", "validation", "test"):
        assert getattr(first, split).pixels.equal(getattr(again, split).pixels)


def test_digits_are_split_without_remainder():
    from sklearn.datasets import load_digits

    dataset = load_dataset("digits")
    parts = [part.pixels.flatten(1) for part in (dataset.train, dataset.validation, dataset.test)]
    ours = sorted((torch.cat(parts) / 255 * 16).round().int().tolist())
    assert ours == sorted(load_digits().data.astype(int).tolist())


@pytest.mark.parametrize("name", PUBLISHED)
def test_without_a_network_one_sentence_says_what_is_missing(name, offline, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    with pytest.raises(DatasetUnavailable) as caught:
        load_dataset(name)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert str(tmp_path) in sentence
    assert "cannot be reached" in sentence
    assert "by hand from http" in sentence


def test_the_address_of_emnist_is_put_together_right(offline, tmp_path):
    with pytest.raises(DatasetUnavailable) as caught:
        DATASETS["emnist-letters"].load(tmp_path, lambda text, share: None)
    assert f"needs gzip.zip in {tmp_path / 'EMNIST/raw'}" in str(caught.value)
    assert EMNIST.url.removesuffix("gzip.zip") in str(caught.value)


def test_hiragana_are_in_the_order_of_their_labels():
    names = [unicodedata.name(kana).split()[-1].lower() for kana in DATASETS["kmnist"].classes]
    # Unicode writes つ as TU, KMNIST as tsu.
    assert [name.replace("tu", "tsu") for name in names] == KMNIST.classes


def test_an_unknown_name_is_refused():
    with pytest.raises(DatasetUnavailable, match="'minst' is unknown; known are digits, mnist"):
        load_dataset("minst")


def test_the_data_folder_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.setenv("EXPLORER_DATA", "~/pictures")
    assert data_folder() == Path.home() / "pictures"
    monkeypatch.setenv("EXPLORER_DATA", "")
    assert data_folder().parts[-2:] == ("latent-explorer", "data")


@pytest.mark.slow
def test_the_registry_imports_no_slow_library():
    code = "import sys, explorer.datasets; print({'torchvision', 'sklearn'} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert run.stdout.strip() == "set()"
