"""Checkpoints: saved is loaded, bit for bit, and whatever else lies in a folder is refused.

Damage comes twice: as it happens, where the digests notice it, and with the digests made right
again (``reseal``), so that the checks behind them are seen to work.
"""

import itertools
import json
import os
import re
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch

from explorer.models import FAMILIES, NETWORKS, build_model
from explorer.models.latent import Codes, decode_means
from explorer.runs import checkpoints
from explorer.runs.checkpoint_files import round_weights
from explorer.runs.checkpoints import (
    Checkpoint,
    CheckpointError,
    check_free,
    checkpoint_names,
    find_checkpoint,
    load_checkpoint,
    read_spec,
    save_checkpoint,
    user_folder,
)
from explorer.specs import CheckpointSpec, Measured, ModelSpec, RunSpec, TrainingSpec
from explorer.training.progress import EpochRecord, LossValues

SPEC, WEIGHTS, LATENTS, HISTORY = FILES = (
    "spec.json",
    "weights.safetensors",
    "latents.safetensors",
    "history.json",
)
HELD_OUT = 400  # images of the digits
DEEP = b"[" * 100_000 + b"]" * 100_000


def untrained(
    name: str = "made", *, storage: str = "float32", seed: int = 0, **model
) -> Checkpoint:
    """A checkpoint with fresh weights, as it stands before it is saved."""
    widths = (8, 4) if model.get("network") == "conv" else (8,)
    training = TrainingSpec(epochs=2)
    run = RunSpec(model=ModelSpec(image_shape=(1, 8, 8), widths=widths, **model), training=training)
    network = build_model(run.model, seed).eval()
    round_weights(network, storage)
    random = np.random.default_rng(seed)
    shape = (HELD_OUT, network.view().dim)
    codes = Codes(
        random.standard_normal(shape, dtype=np.float32),
        random.random(shape, dtype=np.float32),
        np.arange(HELD_OUT) % 10,
    )
    spec = CheckpointSpec(
        name=name,
        run=run,
        storage=storage,
        device="CPU",
        versions={"torch": "2"},
        measures={"kl": Measured(value=None, unit="nats per image", why="not measured")},
    )
    return Checkpoint(spec, network, codes, tuple(map(record, (1, 2))))


def record(epoch: int) -> EpochRecord:
    """What one epoch was like."""
    losses = LossValues(2.0, ((0.5, 0.25),), 0.0, 2.75)
    return EpochRecord(epoch, 2, 10 * epoch, losses, losses, 1.0, 1e-3, 1000.0, 0.1, "CPU")


def assert_same(loaded: Checkpoint, saved: Checkpoint) -> None:
    """Equal bit for bit, but for the digests, which come with the saving."""
    seals = {"files": {}, "digest": ""}
    assert loaded.spec.model_copy(update=seals) == saved.spec.model_copy(update=seals)
    assert loaded.history == saved.history
    theirs = saved.model.state_dict()
    assert list(loaded.model.state_dict()) == list(theirs)
    for name, value in loaded.model.state_dict().items():
        assert value.dtype == theirs[name].dtype
        assert torch.equal(value.view(torch.int32), theirs[name].view(torch.int32))
    for ours, other in zip(vars(loaded.codes).values(), vars(saved.codes).values(), strict=True):
        if other is None:
            assert ours is None
            continue
        assert ours.dtype == other.dtype
        assert ours.tobytes() == other.tobytes()


# Saving and loading


@pytest.mark.parametrize("storage", ["float32", "float16"])
@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_saved_is_loaded(family, network, storage, tmp_path):
    checkpoint = untrained(family=family, network=network, storage=storage)
    folder = save_checkpoint(tmp_path, checkpoint)
    assert folder == tmp_path / "made"
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    loaded = load_checkpoint(folder)
    assert_same(loaded, checkpoint)
    assert not loaded.model.training
    decoded = [decode_means(one.model.view(), one.codes.mean) for one in (loaded, checkpoint)]
    assert np.array_equal(*decoded)


def test_a_trained_checkpoint_has_all_it_needs(tiny_folder, tiny_run, digits):
    loaded = load_checkpoint(tiny_folder)
    assert loaded.spec.run == tiny_run
    assert [record.epoch for record in loaded.history] == [1, 2, 3]
    assert np.array_equal(loaded.codes.labels, digits.test.labels.numpy())
    assert loaded.spec == read_spec(tiny_folder)
    assert loaded.spec.measures["knn_accuracy"].value > 0.1
    assert {"python", "torch", "numpy"} <= loaded.spec.versions.keys()


def test_loading_twice_gives_models_that_share_nothing(saved):
    first, second = load_checkpoint(saved), load_checkpoint(saved)
    with torch.no_grad():
        for value in first.model.parameters():
            value.zero_()
    first.codes.mean[:] = 0
    assert_same(second, load_checkpoint(saved))


def test_layout_of_the_spec_does_not_matter(saved):
    path = saved / SPEC
    before = read_spec(saved)
    path.write_text(json.dumps(json.loads(path.read_text()), sort_keys=True, indent=4))
    assert read_spec(saved) == before


def test_an_existing_name_is_not_overwritten_by_accident(saved):
    other = untrained("tiny")
    before = load_checkpoint(saved)
    with pytest.raises(CheckpointError, match="exists already; choose another name"):
        save_checkpoint(saved.parent, other)
    assert_same(load_checkpoint(saved), before)
    save_checkpoint(saved.parent, other, overwrite=True)
    assert_same(load_checkpoint(saved), other)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda c: next(c.model.parameters()).data.fill_(1e6), "weights.*tensor .* is not finite"),
        (lambda c: next(c.model.parameters()).data.fill_(np.nan), "weights.* is not finite"),
        (lambda c: c.codes.mean.fill(np.inf), "latents.*'mean' is not finite"),
        (lambda c: c.codes.scale.fill(-1), "latents.*a scale is negative"),
        (lambda c: c.codes.labels.fill(10), "latents.*a label is not one of the 10 classes"),
    ],
    ids=["beyond float16", "NaN weights", "infinite codes", "negative scales", "labels"],
)
def test_what_could_not_be_loaded_is_not_saved(spoil, reason, tmp_path):
    """Above all, it does not take the place of a good one."""
    good, bad = untrained(storage="float16"), untrained(storage="float16")
    folder = save_checkpoint(tmp_path, good)
    spoil(bad)
    with pytest.raises(CheckpointError, match=reason):
        save_checkpoint(tmp_path, bad, overwrite=True)
    assert_same(load_checkpoint(folder), good)


@pytest.mark.parametrize("below", ["file", "file/deeper"])
def test_an_unwritable_folder_is_one_sentence(below, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        CheckpointError, match=r"made: cannot be written \(.*\); nothing was changed"
    ):
        save_checkpoint(tmp_path / below, untrained())
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.slow
def test_an_overwrite_may_be_killed_at_any_moment(killed_at):
    """What is loaded then is the old checkpoint or the new one, whole."""
    old, new = untrained(), untrained(seed=1)
    root = user_folder()
    digests = set()
    for step in itertools.count():
        save_checkpoint(root, old, overwrite=True)
        killed = killed_at(step, lambda: save_checkpoint(root, new, overwrite=True))
        digests.add(load_checkpoint(root / "made").spec.digest)
        if not killed:
            break
    assert len(digests) == 2


def refusing(call, *arguments) -> None:
    with pytest.raises(CheckpointError):
        call(*arguments)


@pytest.mark.parametrize(
    "reach",
    [
        lambda folder: load_checkpoint(folder),
        lambda folder: read_spec(folder),
        lambda folder: find_checkpoint(folder.name),
        lambda folder: checkpoint_names().index(folder.name),
        lambda folder: refusing(check_free, folder.parent, folder.name),
        lambda folder: save_checkpoint(folder.parent, untrained("another")),
    ],
    ids=["load", "read the spec", "find", "list", "ask for the name", "save another"],
)
def test_whoever_comes_first_brings_back_what_had_stepped_aside(reach, saved):
    """As a killed overwrite leaves it, between its renames."""
    before = load_checkpoint(saved)
    saved.rename(saved.parent / ".tiny.old")
    (saved.parent / ".tiny.new").mkdir()
    reach(saved)
    assert saved.is_dir()
    assert not list(saved.parent.glob(".tiny.*"))
    assert_same(load_checkpoint(saved), before)


def test_reading_beside_overwriting(tmp_path, no_hang):
    """A reader gets one checkpoint or the other, never half of each and never an error."""
    both = [untrained(seed=seed) for seed in range(2)]
    save_checkpoint(tmp_path, both[0])
    stop = threading.Event()

    def overwrite() -> None:
        for checkpoint in itertools.cycle(both):
            save_checkpoint(tmp_path, checkpoint, overwrite=True)
            if stop.wait(0.005):
                return

    writer = threading.Thread(target=overwrite)
    writer.start()
    digests: set[str] = set()
    try:
        for count in itertools.count():
            digests.add(load_checkpoint(tmp_path / "made").spec.digest)
            if count >= 100 and len(digests) == 2:
                break
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize("name", FILES)
def test_an_overwrite_in_the_middle_of_reading(name, saved, monkeypatch):
    """It falls right before one of the files is read: all four are then the new ones."""
    other = untrained("tiny")
    really = checkpoints.read_bounded

    def read(path: Path, limit: int) -> bytes:
        if path.name == name:
            monkeypatch.setattr(checkpoints, "read_bounded", really)
            save_checkpoint(saved.parent, other, overwrite=True)
        return really(path, limit)

    monkeypatch.setattr(checkpoints, "read_bounded", read)
    assert_same(load_checkpoint(saved), other)


# Names


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../tiny", "/etc", "a/b", "tiny/../tiny", "a\\b", "C:", "con", "nul.txt"),
        *("tiny\n", "tiny.", " tiny", "Tiny", "tıny", "ａ", "a..b", "-a", "a\0b", "a" * 65),
        ".tiny.old",
    ],
)
def test_no_name_is_a_path(name, saved):
    with pytest.raises(CheckpointError, match="is not a checkpoint name") as caught:
        find_checkpoint(name)
    assert str(caught.value).isprintable()
    with pytest.raises(ValueError, match="is not a checkpoint name"):
        save_checkpoint(saved.parent, Checkpoint(spec_named(name), *parts(untrained())))


def spec_named(name: str) -> CheckpointSpec:
    return untrained().spec.model_copy(update={"name": name})


def parts(checkpoint: Checkpoint) -> tuple:
    return checkpoint.model, checkpoint.codes, checkpoint.history


def test_names_are_found_in_both_folders(saved, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "GALLERY", tmp_path / "gallery")
    save_checkpoint(checkpoints.GALLERY, untrained("shipped"))
    save_checkpoint(checkpoints.GALLERY, untrained("tiny"))
    for stray in ("Not a name", ".hidden"):
        (saved.parent / stray).mkdir()
    (saved.parent / "file").touch()
    (saved.parent / "broken").mkdir()
    assert checkpoint_names() == ["broken", "shipped", "tiny"]
    assert checkpoint_names([saved.parent]) == ["broken", "tiny"]
    assert find_checkpoint("tiny") == checkpoints.GALLERY / "tiny"
    assert find_checkpoint("broken") == saved.parent / "broken"
    with pytest.raises(CheckpointError, match="there is no checkpoint named 'other' in"):
        find_checkpoint("other")


def test_without_any_folder_there_are_no_names(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "GALLERY", tmp_path / "absent")
    assert checkpoint_names() == []


# Damage that happens


def refusal(folder: Path) -> str:
    """The one line with which a folder is refused."""
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(folder)
    line = str(caught.value)
    assert line.isprintable()
    assert len(line) < 1000
    assert line.startswith(str(folder))
    return line


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def extend(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def grow_hugely(path: Path) -> None:
    os.truncate(path, 2**34)  # a sparse file: it takes no room on the disk


def replace_by(make):
    def damage(path: Path) -> None:
        path.unlink()
        make(path)

    return damage


def link_out(path: Path) -> None:
    """The right content, but outside the folder."""
    outside = path.parents[2] / path.name
    shutil.move(path, outside)
    path.symlink_to(outside)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage",
    [
        *(truncate, empty, extend, flip_a_bit, grow_hugely, Path.unlink, link_out),
        pytest.param(replace_by(Path.mkdir), id="folder"),
        pytest.param(replace_by(os.mkfifo), id="pipe"),
        pytest.param(replace_by(lambda path: path.write_bytes(DEEP)), id="deep JSON"),
    ],
)
def test_a_damaged_file_is_named(damage, name, saved, no_hang):
    damage(saved / name)
    assert refusal(saved).startswith(f"{saved / name}: ")


@pytest.mark.parametrize("name", [WEIGHTS, LATENTS, HISTORY])
def test_a_file_larger_than_the_spec_says_is_not_read(name, saved):
    size = (saved / name).stat().st_size
    os.truncate(saved / name, 2**24)  # sparse, and below all limits
    assert refusal(saved).endswith(f": 16,777,216 bytes are more than the {size:,} expected")


@pytest.mark.parametrize("name", [WEIGHTS, LATENTS, HISTORY])
def test_files_of_another_checkpoint_of_the_same_shapes_are_refused(name, saved, tmp_path):
    other = load_checkpoint(saved)
    with torch.no_grad():
        next(other.model.parameters()).add_(1)
    codes = Codes(other.codes.mean + 1, other.codes.scale, other.codes.labels)
    record = replace(other.history[0], step=7)
    changed = Checkpoint(other.spec, other.model, codes, (record, *other.history[1:]))
    twin = save_checkpoint(tmp_path / "twin", changed)
    shutil.copy(twin / name, saved / name)
    assert "truncated, changed or swapped" in refusal(saved) or "bytes are more" in refusal(saved)
    assert refusal(saved).startswith(str(saved / name))


def test_a_spec_edited_by_hand_is_refused(saved):
    edit(saved, lambda spec: spec["run"]["training"].update(epochs=4))
    assert refusal(saved) == f"{saved / SPEC}: it was changed after it was saved"


def test_a_link_to_a_folder_is_refused(saved, tmp_path):
    elsewhere = shutil.move(saved, tmp_path / "elsewhere")
    saved.symlink_to(elsewhere)
    assert "links are not followed" in refusal(saved)
    assert find_checkpoint("tiny") == saved
    assert "tiny" in checkpoint_names()


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, os.mkfifo])
def test_what_is_no_checkpoint_at_all_is_refused(make, tmp_path, no_hang):
    make(tmp_path / "folder")
    assert SPEC in refusal(tmp_path / "folder")


# Damage by a forger who makes the digests right again


def edit(folder: Path, change) -> None:
    """Change the JSON of spec.json in place."""
    spec = json.loads((folder / SPEC).read_text())
    change(spec)
    (folder / SPEC).write_text(json.dumps(spec))


def within(*keys, **values):
    """An edit of the object at ``keys`` of a spec; None deletes a field."""

    def change(spec: dict) -> None:
        place = spec
        for key in keys:
            place = place[key]
        for field, value in values.items():
            place[field] = value
            if value is None:
                del place[field]

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (within(format=2), "format 2 is too new; update Latent Explorer"),
        (within(format=10**30), "is too new"),
        (within(format=0), "format: Input should be 1"),
        (within(format="1"), "format: Input should be a valid integer"),
        (within(format=None), "format: Field required"),
        (within(name="other"), "belongs to a checkpoint named 'other'"),
        (within(name="../tiny"), "name: .*is not a checkpoint name"),
        (within(surprise=1), "surprise: Extra inputs are not permitted"),
        (within(storage="float64"), "storage: Input should be 'float16' or 'float32'"),
        (within(device="x" * 201), "device: String should have at most 200 characters"),
        (within("run", "model", family="gan"), "family: 'gan' is unknown; known are ae"),
        (within("run", "model", network="\x1b[2J"), r"network: '\\x1b\[2J' is unknown"),
        (within("run", "model", likelihood="cauchy"), "likelihood: 'cauchy' is unknown"),
        (within("run", "model", options={"magic": 1}), "options.*magic"),
        (within("run", "model", latent_dim=10**9), "latent_dim: Input should be less than"),
        (within("run", "model", widths=[8] * 9), "widths: .* at most 8"),
        (within("run", "model", image_shape=[1, 8]), "image_shape"),
        (within("run", "model", image_shape=[1, 8, 9]), r"image_shape: .* does not fit digits"),
        (within("run", "model", classes=0), "classes: 0 does not fit digits, which has 10"),
        (within("run", dataset="mnist"), r"image_shape: .* does not fit mnist"),
        (within("run", dataset="![](http://a)"), r"data set '!\[\]\(http://a\)' is unknown; known"),
        (within("run", "training", kl_weight=-1), "kl_weight: Input should be greater than"),
        (within("run", "training", kl_weight=float("nan")), "kl_weight: .*finite"),
        (within("run", "training", kl_weight=10**400), "spec.json"),
        (within("measures", kl={"value": float("inf"), "unit": ""}), "measures.kl.value"),
        (within("files", **{WEIGHTS: None}), f"does not list {WEIGHTS}"),
        (within("files", **{WEIGHTS: {"bytes": -1, "sha256": "0" * 64}}), "bytes: Input"),
        (within("files", **{WEIGHTS: {"bytes": 1, "sha256": "short"}}), "sha256: String"),
    ],
)
def test_a_forged_spec_is_refused(change, reason, saved, reseal):
    edit(saved, change)
    reseal(saved, files=False)
    assert_refused(saved, SPEC, reason)


@pytest.mark.parametrize("count", [0, 1, 399, 401])
def test_codes_that_are_not_those_of_the_held_out_images_are_refused(count, saved, reseal):
    """Pages show the image of each code, and need more than one."""
    path = saved / LATENTS
    arrays = safetensors.numpy.load(path.read_bytes())
    longer = {name: np.concatenate([array, array])[:count] for name, array in arrays.items()}
    path.write_bytes(safetensors.numpy.save(longer))
    reseal(saved)
    assert_refused(saved, LATENTS, f"it has {count} codes, but .* has 400 held-out images")


@pytest.mark.parametrize("kept", [slice(0), slice(1, None), slice(-1), [0, 0, 1]], ids=str)
def test_a_history_that_is_not_that_of_the_run_is_refused(kept, saved, reseal):
    path = saved / HISTORY
    records = json.loads(path.read_text())
    some = records[kept] if isinstance(kept, slice) else [records[index] for index in kept]
    path.write_text(json.dumps(some))
    reseal(saved)
    assert_refused(saved, HISTORY, "it does not have one record for each of 3 epochs")


def test_a_number_longer_than_python_reads_is_refused(saved):
    path = saved / SPEC
    path.write_text(path.read_text().replace('"seed": 0', f'"seed": {"9" * 5000}'))
    assert_refused(saved, SPEC, "not valid")


def assert_refused(folder: Path, name: str, reason: str) -> None:
    line = refusal(folder)
    assert line.startswith(f"{folder / name}: ")
    assert re.search(reason, line), line


def test_a_field_that_only_the_digest_needs(saved):
    edit(saved, within(digest=None))
    assert_refused(saved, SPEC, "changed after it was saved")


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"format": 1}', b'{"format": NaN}', DEEP),
        b'{"format": ' + b"9" * 100_000 + b"}",
        b'{"format": 1, "name": "\\ud800"}',
        b'{"format": 1, "x": ' + DEEP + b"}",
        '{"format": 1}'.encode("utf-16"),
    ],
    ids=lambda content: f"{content[:12]!r}",
)
def test_what_is_no_spec_is_refused(content, saved):
    (saved / SPEC).write_bytes(content)
    assert_refused(saved, SPEC, "it is not valid")


@pytest.mark.parametrize(
    "model",
    [
        {"widths": [4096] * 8},
        {"widths": [4096] * 3, "network": "conv"},
        {"latent_dim": 512},
        {"family": "ae"},
        {"network": "conv"},
    ],
    ids=["wide", "wide conv", "many dimensions", "another family", "another network"],
)
def test_a_spec_that_wants_other_weights_costs_no_memory(model, saved, reseal, no_hang):
    """The wide ones would have 118 and 604 million weights."""
    resource = pytest.importorskip("resource")
    edit(saved, within("run", "model", **model))
    reseal(saved)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert refusal(saved).startswith(f"{saved / WEIGHTS}: tensor ")
    # In kB on Linux and bytes on macOS, where this is looser.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def arrays_of(path: Path) -> dict[str, np.ndarray]:
    return safetensors.numpy.load(path.read_bytes())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda a, name: a.pop(name), "is missing"),
        (lambda a, name: a.update(extra=a[name]), "'extra' does not belong there"),
        (lambda a, name: a.update({name: a[name].T.copy()}), "has shape"),
        (lambda a, name: a.update({name: a[name][..., None]}), "has shape"),
        (lambda a, name: a.update({name: a[name].astype(np.float16)}), "is F16, expected F32"),
        (lambda a, name: a.update({name: a[name].astype(np.float64)}), "is F64, expected F32"),
        (lambda a, name: a.update({name: a[name].view(np.int32)}), "is I32, expected F32"),
        (lambda a, name: a.update({name: a[name] * np.float32(np.nan)}), "is not finite"),
        (lambda a, name: a.update({name: a[name] + np.float32(np.inf)}), "is not finite"),
    ],
)
@pytest.mark.parametrize(
    ("file", "name"), [(WEIGHTS, "encoder.layers.0.weight"), (LATENTS, "mean")]
)
def test_forged_tensors_are_refused(change, reason, file, name, saved, reseal):
    arrays = arrays_of(saved / file)
    change(arrays, name)
    (saved / file).write_bytes(safetensors.numpy.save(arrays))
    reseal(saved)
    assert_refused(saved, file, reason)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"labels": np.zeros(3, np.int16)}, "it has 400 means, 400 scales and 3 labels"),
        ({"labels": np.full(400, 10, np.int16)}, "a label is not one of the 10 classes"),
        ({"labels": np.full(400, -1, np.int16)}, "a label is not one of the 10 classes"),
        ({"labels": np.zeros(400, np.int64)}, "'labels' is I64, expected I16"),
        ({"scale": np.full((400, 2), -1e-3, np.float32)}, "a scale is negative"),
        ({"scale": np.zeros((399, 2), np.float32)}, "it has 400 means, 399 scales and 400 labels"),
        ({"mean": np.zeros((400, 3), np.float32)}, r"shape \(400, 3\), expected \(-1, 2\)"),
    ],
)
def test_forged_codes_are_refused(changes, reason, saved, reseal):
    arrays = arrays_of(saved / LATENTS) | changes
    (saved / LATENTS).write_bytes(safetensors.numpy.save(arrays))
    reseal(saved)
    assert_refused(saved, LATENTS, reason)


@pytest.mark.parametrize("storage", ["float16", "float32"])
def test_weights_must_be_stored_as_the_spec_says(storage, tmp_path, reseal):
    folder = save_checkpoint(tmp_path, untrained(storage=storage))
    edit(folder, within(storage={"float16": "float32", "float32": "float16"}[storage]))
    reseal(folder)
    assert_refused(folder, WEIGHTS, ", expected F")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"epoch": 1', b'"epoch": "one"', "0.epoch: Input should be a valid integer"),
        (b'"epoch": 1', b'"surprise": 1', "0."),
        (b'"penalty": 0.0', b'"penalty": NaN', "0.train.penalty: Input should be a finite number"),
        (b'"penalty": 0.0', b'"penalty": 1e999', "0.train.penalty: Input should be a finite"),
        (b'"penalty": 0.0', b'"penalty": ' + DEEP, "recursion limit"),
        (b'"kl": [', b'"kl": [1, ', "0.train.kl"),
        (b"[", b"", "Invalid JSON"),
    ],
)
def test_a_forged_history_is_refused(old, new, reason, saved, reseal):
    path = saved / HISTORY
    content = json.dumps(json.loads(path.read_bytes())).encode()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    reseal(saved)
    assert_refused(saved, HISTORY, reason)
