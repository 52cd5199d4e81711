"""Results that are kept with a checkpoint: those of the gallery agree with what is computed anew,
and files that are broken or about something else are ignored."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from explorer.analysis.fields import FIELDS, OVER, PARTS
from explorer.analysis.first_paths import FIRST_PATHS, first_pins
from explorer.analysis.geometry import Plane, box_grid
from explorer.analysis.holes.distributions import DISTRIBUTIONS, HEADLINE
from explorer.analysis.holes.scores import SIGNALS, draws_under, signals_at
from explorer.analysis.holes.verdict import HoleThresholds, hole_shares
from explorer.analysis.information.evidence import exact_evidence
from explorer.analysis.information.grid import Grid
from explorer.analysis.measures.evidence import evidence_of
from explorer.analysis.prepared import PREPARED, bounds_of
from explorer.analysis.sampling import best_mixture
from explorer.analysis.subject import Subject
from explorer.datasets import load_held_out
from explorer.models.latent import decode_means
from explorer.runs.checkpoints import GALLERY, Checkpoint, load_checkpoint
from explorer.runs.gallery import SHIPPED
from explorer.runs.kept import ARRAYS, RESULTS, computed_results, keep_results, kept_results
from explorer.runs.numbers import stored_numbers

SMALL = "digits-vae"


def opened(name: str) -> tuple[Checkpoint, Subject]:
    checkpoint = load_checkpoint(GALLERY / name)
    images = load_held_out(checkpoint.spec.run.dataset)
    return checkpoint, Subject(checkpoint.model.view(), checkpoint.codes, images)


@pytest.fixture
def copy(tmp_path: Path) -> tuple[Path, Checkpoint]:
    folder = Path(shutil.copytree(GALLERY / SMALL, tmp_path / SMALL))
    return folder, load_checkpoint(folder)


@pytest.mark.parametrize("name", SHIPPED)
def test_everything_that_is_defined_for_a_shipped_model_is_kept(name: str) -> None:
    checkpoint, subject = opened(name)
    kept = kept_results(GALLERY / name, checkpoint.spec, checkpoint.codes)
    wanted = {one.name for one in PREPARED.values() if not one.undefined(subject)}
    assert {one.name for one in PREPARED.values() if one.compute in kept} == wanted
    origins = [
        json.loads((GALLERY / name / file).read_text())["origin"]
        for file in (RESULTS, "numbers.json")
    ]
    assert origins[0] == origins[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_the_numbers_of_a_shipped_model_are_those_of_what_is_kept(name: str) -> None:
    checkpoint, _ = opened(name)
    kept = kept_results(GALLERY / name, checkpoint.spec, checkpoint.codes)
    numbers = stored_numbers(GALLERY / name, checkpoint.spec)
    for key, compute in SIGNALS.items():
        if compute in kept:
            share = hole_shares(kept[compute], HoleThresholds()).mass
            number = numbers[DISTRIBUTIONS[key].measure]
            assert 100 * share.value == pytest.approx(number.value, abs=1e-6)
            assert 100 * share.standard_error == pytest.approx(number.error, abs=1e-6)
    assert len(kept[best_mixture].weights) == numbers["mixture_components"].value
    if evidence_of in kept:
        evidence, bounds = kept[evidence_of], kept[bounds_of]
        assert evidence.nats.mean() == pytest.approx(numbers["log_evidence"].value, abs=1e-3)
        assert evidence.gap.mean() == pytest.approx(numbers["inference_gap"].value, abs=1e-3)
        assert evidence.gap.min() >= 0
        # Single importance-weighted estimates may lie above log p(x) by chance.
        assert evidence.elbo.mean() <= bounds.iwae.mean() <= evidence.nats.mean()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist-ae", "fashion-vae", SMALL])
def test_kept_fields_are_those_of_the_decoder(name: str) -> None:
    checkpoint, subject = opened(name)
    kept = kept_results(GALLERY / name, checkpoint.spec, checkpoint.codes)
    plane = Plane.of(checkpoint.codes.mean)
    some = np.random.default_rng(0).choice(128 * 128, 40, replace=False)
    for part, fields in OVER.items():
        for key, compute in fields.items():
            if compute not in kept:
                continue
            found = kept[compute]
            assert found.home == pytest.approx(PARTS[part](subject))
            cells = plane.from_plane(box_grid(found.home, 128).reshape(-1, 2)[some])
            values = FIELDS[key].values(subject, cells.astype(np.float32))
            np.testing.assert_allclose(
                found.values.reshape(-1)[some].astype(float),
                values,
                rtol=4e-3,
                atol=4e-3,
                err_msg=f"{key} over {part}",
            )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist-ae", "fashion-vae", SMALL])
def test_kept_draws_are_those_that_are_drawn_again(name: str) -> None:
    checkpoint, subject = opened(name)
    kept = kept_results(GALLERY / name, checkpoint.spec, checkpoint.codes)[SIGNALS[HEADLINE]]
    found = signals_at(subject, draws_under(subject)[:50])
    np.testing.assert_allclose(found.distance, kept.distance[:50], rtol=1e-3)
    np.testing.assert_allclose(found.entropy, kept.entropy[:, :50], rtol=1e-2, atol=1e-3)
    np.testing.assert_allclose(found.log_ratio, kept.log_ratio[:50], rtol=1e-3, atol=1e-2)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_kept_paths_join_the_first_pins_and_are_not_longer_than_the_line(name: str) -> None:
    checkpoint, subject = opened(name)
    kept = kept_results(GALLERY / name, checkpoint.spec, checkpoint.codes)
    pins = first_pins(subject)
    line = pins[0] + np.linspace(0, 1, 1000)[:, None] * (pins[1] - pins[0])

    def length(codes: np.ndarray) -> float:
        images = decode_means(subject.view, codes).reshape(len(codes), -1).astype(float)
        return float(np.linalg.norm(np.diff(images, axis=0), axis=1).sum())

    for kind, compute in FIRST_PATHS.items():
        path = kept[compute]
        np.testing.assert_array_equal(path.codes[[0, -1]], pins)
        assert path.length == pytest.approx(length(path.codes), rel=1e-4, abs=1e-4)
        if kind == "geodesic":
            assert path.length <= length(line) * 1.001 + 1e-4


@pytest.mark.slow
def test_kept_evidence_is_that_of_each_image() -> None:
    checkpoint, subject = opened("mnist-vae")
    kept = kept_results(GALLERY / "mnist-vae", checkpoint.spec, checkpoint.codes)[evidence_of]
    view, codes, count = subject.view, subject.codes, 12
    images = subject.test[:count].floats()
    found = exact_evidence(view, images, Grid.of(view, codes))
    np.testing.assert_allclose(kept.nats[:count], found.nats, atol=0.02)
    np.testing.assert_allclose(kept.gap[:count], found.gap, atol=0.02)


@pytest.mark.slow
def test_what_is_computed_is_kept_and_read_again(copy) -> None:
    folder, checkpoint = copy
    for file in (ARRAYS, RESULTS):
        (folder / file).unlink()
    assert kept_results(folder, checkpoint.spec, checkpoint.codes) == {}
    subject = Subject(checkpoint.model.view(), checkpoint.codes)  # without images
    computed = computed_results(subject)
    assert set(computed) == {
        *("field magnification", "field condition", "field density-ratio"),
        *("reference density-ratio", "path geodesic", "path dense", "mixture"),
    }
    _, whole = opened(SMALL)
    keep_results(folder, checkpoint.spec, whole, computed)
    found = kept_results(folder, checkpoint.spec, checkpoint.codes)
    for name, result in computed.items():
        for key, array in PREPARED[name].arrays(result).items():
            np.testing.assert_array_equal(
                PREPARED[name].arrays(found[PREPARED[name].compute])[key], array
            )
    again = subject.knowing(found)
    assert all(again.has(PREPARED[name].compute) for name in computed)


def test_broken_and_foreign_files_are_ignored(copy) -> None:
    folder, checkpoint = copy
    spec, codes = checkpoint.spec, checkpoint.codes
    whole = kept_results(folder, spec, codes)
    assert whole

    other = load_checkpoint(GALLERY / "digits-ae")
    assert kept_results(folder, other.spec, codes) == {}

    arrays, about = (folder / ARRAYS).read_bytes(), (folder / RESULTS).read_text()
    for content in (b"", arrays[:-1], arrays[:-1] + b"\x01"):
        (folder / ARRAYS).write_bytes(content)
        assert kept_results(folder, spec, codes) == {}
    (folder / ARRAYS).write_bytes(arrays)
    for words in ("", "{}", about.replace('"mixture"', '"of-a-plugin"')):
        (folder / RESULTS).write_text(words)
        assert kept_results(folder, spec, codes) == {}
    (folder / RESULTS).write_text(about)
    assert kept_results(folder, spec, codes).keys() == whole.keys()


@pytest.mark.parametrize(
    ("name", "attribute", "change"),
    [
        ("evidence", "gap", lambda gap: gap[:-1]),
        ("mixture", "means", lambda means: means[:, :1].copy()),
        ("holes gaussian", "distance", lambda distance: distance[:-1]),
        ("holes lines", "per", lambda per: np.array(0)),
        ("holes lines", "per", lambda per: np.array(int(per) + 1)),
    ],
)
def test_a_result_whose_lengths_do_not_fit_is_ignored(copy, name, attribute, change) -> None:
    folder, checkpoint = copy
    _, subject = opened(SMALL)
    kept = kept_results(folder, checkpoint.spec, checkpoint.codes)
    results = {one.name: kept[one.compute] for one in PREPARED.values() if one.compute in kept}
    keep_results(folder, checkpoint.spec, subject, results)
    tensors = safetensors.numpy.load_file(folder / ARRAYS)
    tensors[f"{name}.{attribute}"] = change(tensors[f"{name}.{attribute}"])
    content = safetensors.numpy.save(tensors)
    (folder / ARRAYS).write_bytes(content)
    about = json.loads((folder / RESULTS).read_text())
    about["file"] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / RESULTS).write_text(json.dumps(about))
    found = kept_results(folder, checkpoint.spec, checkpoint.codes)
    assert found.keys() == kept.keys() - {PREPARED[name].compute}
