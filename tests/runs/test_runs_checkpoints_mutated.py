"""Checkpoints and stopped runs mutated at random: refused, or loaded equal to the original.

Any exception but CheckpointError fails, and so does any warning. Where the mutation is sealed again
(its digests made right) it may be a valid checkpoint that says something else; it must then still
have the shapes that its spec promises.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.runs.checkpoints import Checkpoint, CheckpointError, load_checkpoint
from explorer.runs.unfinished import Unfinished, load_unfinished, save_unfinished, unfinished_path
from explorer.training.loop import Trainer

pytestmark = pytest.mark.usefixtures("no_hang")

SPEC, WEIGHTS, LATENTS, HISTORY = FILES = (
    "spec.json",
    "weights.safetensors",
    "latents.safetensors",
    "history.json",
)

# The same examples in every run, and no deadline on a busy machine.
bounded = settings(
    max_examples=70,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


# Mutations

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([-1, 0, 1, 2**31, 2**63, 2**64, 10**30, 10**400]),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["../tiny", "\x1b[2J", "\ud800", "\0", "F32", "I64", "BF16", "F8_E4M3", "vae"]),
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=6,
)


@st.composite
def mutated_bytes(draw: st.DrawFn, content: bytes) -> bytes:
    """Up to three pieces cut out, put in, zeroed or flipped, and perhaps the end cut off."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        # Starts are thick at the head of the file, where its structure stands.
        start = draw(st.integers(0, len(changed)) | st.integers(0, min(100, len(changed))))
        length = draw(st.integers(1, 16))
        piece = draw(
            st.just(b"")
            | st.just(bytes(length))
            | st.binary(min_size=1, max_size=16)
            | st.just(bytes(byte ^ 255 for byte in changed[start : start + length]))
        )
        changed[start : start + draw(st.sampled_from([0, length]))] = piece
    return bytes(changed[: draw(st.just(len(changed)) | st.integers(0, len(changed)))])


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) within a JSON value."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


@st.composite
def mutated_json(draw: st.DrawFn, content: bytes) -> bytes:
    """Up to three values replaced by arbitrary JSON, deleted, or joined by another."""
    value = json.loads(content)
    for _ in range(draw(st.integers(1, 3))):
        container, key = draw(st.sampled_from(list(places(value)) or [([0], 0)]))
        match draw(st.sampled_from(["replace", "delete", "add"])):
            case "replace":
                container[key] = draw(anything)
            case "delete":
                del container[key]
            case "add" if isinstance(container, dict):
                container[draw(st.text(max_size=8))] = draw(anything)
            case "add":
                container.insert(key, draw(anything))
    return json.dumps(value).encode()


@st.composite
def mutated_header(draw: st.DrawFn, content: bytes) -> bytes:
    """A safetensors file with another header: shapes, types, offsets, names, metadata."""
    length = int.from_bytes(content[:8], "little")
    header = draw(mutated_json(content[8 : 8 + length]))
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


def mutated(name: str, content: bytes) -> st.SearchStrategy[bytes]:
    structured = mutated_json if name.endswith("json") else mutated_header
    return mutated_bytes(content) | structured(content)


# Checkpoints


@pytest.fixture(scope="module")
def original(tiny_folder: Path) -> dict[str, bytes]:
    return {name: (tiny_folder / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def folder(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that each example brings back to the original before it mutates it."""
    return Path(shutil.copytree(tiny_folder, tmp_path_factory.mktemp("mutated") / "tiny"))


@pytest.fixture(scope="module")
def loaded(tiny_folder: Path) -> Checkpoint:
    return load_checkpoint(tiny_folder)


def restore(folder: Path, original: dict[str, bytes]) -> None:
    for name, content in original.items():
        (folder / name).write_bytes(content)


def load_or_refuse(folder: Path) -> Checkpoint | None:
    try:
        return load_checkpoint(folder)
    except CheckpointError as error:
        check_message(error, folder)
        return None


def check_message(error: CheckpointError, path: Path) -> None:
    assert str(error).isprintable()
    assert str(error).startswith(str(path))


@pytest.mark.parametrize("name", FILES)
@bounded
@given(data=st.data())
def test_a_mutated_file_is_refused_or_changes_nothing(name, data, folder, original, loaded):
    restore(folder, original)
    (folder / name).write_bytes(data.draw(mutated(name, original[name])))
    found = load_or_refuse(folder)
    if found is not None:
        assert found.spec.model_copy(update={"digest": loaded.spec.digest}) == loaded.spec
        assert found.history == loaded.history
        assert_same_tensors(found.model.state_dict(), loaded.model.state_dict())
        assert found.codes.mean.tobytes() == loaded.codes.mean.tobytes()


def assert_same_tensors(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> None:
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[name], wanted[name]) for name in wanted)


@pytest.mark.parametrize("name", FILES)
@bounded
@given(data=st.data())
def test_a_forged_file_is_refused_or_fits_its_spec(name, data, folder, original, reseal):
    restore(folder, original)
    if name == SPEC:
        changed = data.draw(mutated_json(original[name]))
    else:
        changed = data.draw(mutated(name, original[name]))
    (folder / name).write_bytes(changed)
    try:
        reseal(folder, files=name != SPEC)
    except (ValueError, AttributeError, TypeError):  # no spec is left that could be sealed
        return
    found = load_or_refuse(folder)
    if found is not None:
        assert found.codes.mean.shape == (len(found.codes), found.spec.run.model.latent_dim)
        assert all(value.isfinite().all() for value in found.model.state_dict().values())


# Stopped runs


@pytest.fixture(scope="module")
def run_file(stopped_run: Unfinished, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(tmp_path_factory.mktemp("home")))
        save_unfinished("tiny", stopped_run)
        return unfinished_path("tiny").read_bytes()


def load_run(content: bytes, folder: Path) -> Unfinished:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(folder))
        unfinished_path("tiny").parent.mkdir(parents=True, exist_ok=True)
        unfinished_path("tiny").write_bytes(content)
        return load_unfinished("tiny")


@bounded
@given(data=st.data())
def test_a_mutated_run_is_refused_or_changes_nothing(data, run_file, stopped_run, folder):
    try:
        found = load_run(data.draw(mutated_bytes(run_file)), folder.parent)
    except CheckpointError as error:
        check_message(error, folder.parent)
    else:
        assert found.run == stopped_run.run
        assert found.history == stopped_run.history
        assert_same_tensors(found.state, stopped_run.state)


@bounded
@given(data=st.data())
def test_a_forged_run_is_refused_or_can_be_resumed(data, run_file, stopped_run, folder, digits):
    payload = data.draw(mutated("state.safetensors", run_file[32:]))
    try:
        found = load_run(hashlib.sha256(payload).digest() + payload, folder.parent)
    except CheckpointError as error:
        check_message(error, folder.parent)
    else:
        assert found.run.model.image_shape != digits.image_shape or Trainer(
            found.run, digits, state=found.state
        )
        torch.set_flush_denormal(False)  # hypothesis needs them, and a trainer switches them off
