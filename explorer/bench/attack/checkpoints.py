"""Mutated checkpoints, opened as a page opens them.

More than half of them are sealed again, as a forger would: their digests are right, so that what
checks the content has to find what is wrong.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from explorer.bench.attack.canary import pickles, words
from explorer.bench.attack.forging import seal
from explorer.bench.attack.mutations import (
    mutated_bytes,
    mutated_header,
    mutated_json,
    mutated_numbers,
)
from explorer.bench.attack.trial import Trial
from explorer.models.latent import decode_means
from explorer.runs.checkpoints import GALLERY, CheckpointError, load_checkpoint, read_spec
from explorer.runs.kept import kept_results
from explorer.runs.numbers import stored_numbers

MODEL, SPEC = "digits-vae", "spec.json"
SEALED = 0.65  # the share that is sealed again
FORGED = 40  # of those that were used, kept for the pages to show
_LONGEST_SENTENCE = 1000


def trials(count: int, folder: Path, file: Path, url: str) -> Iterator[Trial]:
    """``count`` checkpoints to open; some forged ones that can be opened are left in
    ``folder``/forged."""
    source = GALLERY / MODEL
    files = {path.name: path.read_bytes() for path in sorted(source.iterdir())}
    home = folder / "opened" / MODEL
    shutil.copytree(source, home)
    texts, hostile = words(file, url), pickles(file)
    for number in range(count):
        chance = random.Random(number)
        for name, content in files.items():
            (home / name).write_bytes(content)
        name = chance.choice(list(files))
        others = [*hostile, *files.values(), b"", *(text.encode("utf-8") for text in texts[:8])]
        changed = files[name]
        for _ in range(chance.choice((1, 1, 2))):
            with suppress(ValueError, RecursionError):  # it is no JSON any more
                changed = _mutated(name, changed, chance, texts, others)
        (home / name).write_bytes(changed)
        is_sealed = chance.random() < SEALED and _sealed(home, files=name != SPEC)
        what = f"checkpoint {number}, {name}{', sealed again' if is_sealed else ''}"
        yield Trial(what, lambda: _opened(home), CheckpointError, _sentence)
        if is_sealed and name in (SPEC, "latents.safetensors", "weights.safetensors"):
            _keep(home, folder / "forged", number)


def _mutated(
    name: str, content: bytes, chance: random.Random, texts: tuple[str, ...], others: list[bytes]
) -> bytes:
    kind = chance.random()
    if kind < 0.35:
        return mutated_bytes(content, chance, others)
    if name.endswith(".json"):
        return mutated_json(content, chance, texts)
    if kind < 0.7:
        return mutated_header(content, chance, texts)
    return mutated_numbers(content, chance)


def _sealed(folder: Path, files: bool) -> bool:
    """Seal a checkpoint again; returns whether there is a spec left in which digests can stand."""
    try:
        seal(folder, files)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, OSError):
        return False
    return True


def _opened(folder: Path) -> None:
    """Open a checkpoint and use it: decode a code, read what is stored beside it."""
    checkpoint = load_checkpoint(folder)
    view = checkpoint.model.view()
    image = decode_means(view, np.zeros((1, view.dim), np.float32))
    if image.shape[1:] != tuple(checkpoint.spec.run.model.image_shape):
        raise AssertionError(f"decoded to {image.shape}")
    stored_numbers(folder, checkpoint.spec)
    kept_results(folder, checkpoint.spec, checkpoint.codes)


def _sentence(error: Exception) -> bool:
    """Whether an error is something to show a visitor."""
    text = str(error)
    return text.isprintable() and 0 < len(text) <= _LONGEST_SENTENCE


def _keep(folder: Path, forged: Path, number: int) -> None:
    """Keep a checkpoint that can be opened, under a name of its own."""
    forged.mkdir(exist_ok=True)
    if len(list(forged.iterdir())) >= FORGED:
        return
    with suppress(CheckpointError):
        load_checkpoint(folder)
        read_spec(folder)
        copy = forged / f"forged-{number}"
        shutil.copytree(folder, copy)
        spec = json.loads((copy / SPEC).read_bytes())
        (copy / SPEC).write_text(json.dumps(spec | {"name": copy.name}))
        _sealed(copy, files=False)
