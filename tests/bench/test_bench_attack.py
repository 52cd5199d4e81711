"""The benchmark of an attack: a share of it must break nothing, and what breaks is found."""

from __future__ import annotations

import io
import random
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image

from explorer.bench.attack import bench_attack
from explorer.bench.attack.canary import Canary, pickles, words
from explorer.bench.attack.mutations import mutated_bytes, mutated_header, mutated_json
from explorer.bench.attack.pictures import _bombs, _checked, _made
from explorer.bench.attack.trial import Trial, tried
from explorer.runs.checkpoints import GALLERY

SHARE = 0.015


@pytest.mark.slow
def test_a_share_of_the_attack_breaks_nothing() -> None:
    said: list[str] = []
    rows = bench_attack(said.append, SHARE).rows
    checkpoints, pictures, forged, addresses, messages, canaries = rows
    for row in (checkpoints, pictures):
        assert row["tracebacks"] == 0, said
        assert row["refused"] > 0
        assert row["used"] > 0
    for row in (forged, addresses, messages):
        assert row["tracebacks"] == row["tracebacks_in_log"] == 0, said
        assert row["caches_emptied"] == 0
        assert row["server_lives"]
    assert canaries == {"name": "canaries", "code_run": 0, "fetched": 0}


# What it looks for


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Canary]:
    with Canary(tmp_path) as canary:
        yield canary


def test_code_that_runs_is_seen(canary: Canary) -> None:
    _, archive, old = pickles(canary.file)
    assert canary.sung() == {"code_run": 0, "fetched": 0}
    for content in (archive, old):
        torch.load(io.BytesIO(content), weights_only=False)
        assert canary.sung()["code_run"] == 1
        canary.file.unlink()
    eval(words(canary.file, canary.url)[0])
    assert canary.sung()["code_run"] == 1


def test_an_address_that_is_fetched_is_seen(canary: Canary) -> None:
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(canary.url)
    assert canary.sung()["fetched"] == 1


def test_anything_but_a_refusal_in_one_sentence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.bench.attack.trial._bound_memory", lambda: None)

    def refuse(text: str) -> None:
        raise ValueError(text)

    trials = [
        Trial("fine", lambda: None, ValueError, lambda error: True),
        Trial("refused", lambda: refuse("no."), ValueError, lambda error: str(error) == "no."),
        Trial("no sentence", lambda: refuse("\x00"), ValueError, lambda error: False),
        Trial("broken", lambda: {}["planted"], ValueError, lambda error: True),
    ]
    tally = tried(trials)
    assert (tally.used, tally.refused, tally.tracebacks) == (1, 1, 2)
    assert "no sentence" in tally.told[0]
    assert "KeyError: 'planted'" in tally.told[1]


def test_mutations_are_the_same_every_time_and_change_something() -> None:
    spec = (GALLERY / "digits-vae" / "spec.json").read_bytes()
    weights = (GALLERY / "digits-vae" / "latents.safetensors").read_bytes()
    texts = ("a", "b")
    for number in range(30):
        for change in (
            lambda chance: mutated_bytes(weights, chance, [b"x"]),
            lambda chance: mutated_json(spec, chance, texts),
            lambda chance: mutated_header(weights, chance, texts),
        ):
            first, again = (change(random.Random(number)) for _ in range(2))
            assert first == again
            assert first not in (spec, weights)


def test_damaged_pictures_with_right_checksums_are_read() -> None:
    made = _made()[1]
    damaged = bytearray(made)
    damaged[made.index(b"IDAT") - 6] ^= 255  # in the checksum of the chunk before
    with pytest.raises((SyntaxError, OSError)):
        Image.open(io.BytesIO(damaged)).load()
    Image.open(io.BytesIO(_checked(bytes(damaged)))).load()
    assert all(len(bomb) < 2**20 for bomb in _bombs())
