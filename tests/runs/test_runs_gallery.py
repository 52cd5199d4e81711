"""The shipped checkpoints: whole, as specified, and as good as the README says."""

import hashlib

import pytest

from explorer.analysis.classifier import SHIPPED as CLASSIFIERS
from explorer.analysis.classifier import SHIPPED_SEEDS, classifier_of
from explorer.analysis.holes.judge import classifiers_of
from explorer.analysis.measures import INSTANT, MEASURES, evaluate
from explorer.analysis.subject import Subject
from explorer.datasets import load_dataset, load_held_out
from explorer.datasets.published.release import SHIPPED as IMAGES
from explorer.files import load_spec
from explorer.runs.checkpoints import GALLERY, checkpoint_names, load_checkpoint, read_spec
from explorer.runs.gallery import SHIPPED, as_table, rebuild
from explorer.runs.numbers import (
    FILE,
    Numbers,
    keep_numbers,
    origin_of,
    side_by_side,
    stored_numbers,
)
from explorer.runs.series import find_series, kl_weight
from explorer.specs import Measured

README = GALLERY / "README.md"
MEGABYTE = 10**6


@pytest.fixture(scope="module")
def specs():
    return {name: read_spec(GALLERY / name) for name in SHIPPED}


def test_the_folder_holds_the_gallery_and_nothing_else():
    beside = {README.name, IMAGES.name, CLASSIFIERS.name}
    assert {path.name for path in GALLERY.glob("[!.]*")} == {*SHIPPED, *beside}
    assert not set(checkpoint_names()) & beside, "they cannot be mistaken for checkpoints"


def test_the_gallery_is_under_55_megabytes():
    """The models take 25, what pages show first 18, the held-out images 6, the classifiers 3."""
    size = sum(path.stat().st_size for path in GALLERY.rglob("*") if path.is_file())
    assert size < 55 * MEGABYTE


@pytest.mark.parametrize("dataset", sorted({shipped.run.dataset for shipped in SHIPPED.values()}))
def test_held_out_images_and_classifiers_of_all_models_ship(dataset, home, monkeypatch):
    monkeypatch.setenv("EXPLORER_DATA", str(home / "no data"))
    held_out = load_held_out(dataset)
    for seed in SHIPPED_SEEDS:
        classifier = classifier_of(held_out, home / "none", seed)
        right = classifier.winners(held_out.test.floats().numpy()) == held_out.test.labels.numpy()
        assert right.mean() == pytest.approx(classifier.accuracy, abs=1e-6)
        assert right.mean() > 0.85
    assert not home.exists(), "nothing is trained or fetched"
    assert len(list(CLASSIFIERS.glob(f"{dataset}-*.safetensors"))) == len(SHIPPED_SEEDS)


@pytest.mark.parametrize("name", SHIPPED)
def test_stored_numbers_say_what_they_were_computed_from(name, home):
    checkpoint = load_checkpoint(GALLERY / name)
    stored = load_spec(GALLERY / name / FILE, Numbers, MEGABYTE)
    held_out = load_held_out(checkpoint.spec.run.dataset)
    subject = Subject(checkpoint.model.view(), checkpoint.codes, held_out, classifiers=home)
    subject.once(classifiers_of)
    now = origin_of(subject)
    assert stored.checkpoint == checkpoint.spec.digest
    for field in ("images", "classifiers", "thresholds"):
        assert getattr(stored.origin, field) == getattr(now, field), field
    assert {"python", "torch", "numpy"} <= set(stored.origin.software)
    digest = hashlib.sha256(held_out.test.pixels.numpy().tobytes())
    digest.update(held_out.test.labels.numpy().tobytes())
    assert stored.origin.images == digest.hexdigest()


def test_numbers_of_other_thresholds_are_ignored(home):
    spec = read_spec(GALLERY / "digits-vae")
    stored = load_spec(GALLERY / "digits-vae" / FILE, Numbers, MEGABYTE)
    folder = home / "digits-vae"
    kept = {"folds": Measured(value=0.5, unit=MEASURES["folds"].unit)}
    folder.mkdir(parents=True)
    keep_numbers(folder / FILE, spec, stored.origin, kept)
    assert stored_numbers(folder, spec)["folds"] == kept["folds"]
    other = stored.origin.model_copy(update={"thresholds": {"distance": 9.0}})
    keep_numbers(folder / FILE, spec, other, {"tears": kept["folds"]})
    assert not {"folds", "tears"} & set(stored_numbers(folder, spec))


@pytest.mark.parametrize("name", SHIPPED)
def test_a_checkpoint_is_what_its_recipe_says(name):
    checkpoint = load_checkpoint(GALLERY / name)
    run, shipped = checkpoint.spec.run, SHIPPED[name]
    assert run.training.seed in shipped.seeds
    assert run == shipped.run.replace({"seed": run.training.seed})
    assert len(checkpoint.history) == run.training.epochs
    assert len(checkpoint.codes) == (400 if run.dataset == "digits" else 10_000)


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.startswith("digits-")])
def test_what_was_measured_is_measured_again(name):
    checkpoint = load_checkpoint(GALLERY / name)
    subject = Subject.of(
        checkpoint.model.view(), load_dataset("digits"), validation=checkpoint.validation
    )
    again = evaluate(subject, INSTANT)
    for key, recorded in checkpoint.spec.measures.items():
        if recorded.value is None:
            assert again[key].value is None
            continue
        # Another machine rounds otherwise, and one of 400 images may change sides.
        assert again[key].value == pytest.approx(recorded.value, rel=1e-3, abs=3e-3)


def test_the_collapsed_models_are_collapsed(specs):
    for name in ("mnist-collapsed", "digits-collapsed"):
        assert specs[name].measures["kl"].value <= 0.01
        assert specs[name].measures["active_units"].value == 0


def test_the_healthy_models_are_healthy(specs):
    for name in ("mnist-ae", "mnist-vae", "fashion-vae"):
        assert len(SHIPPED[name].seeds) >= 3
    for name in ("mnist-ae", "mnist-vae"):
        assert specs[name].measures["knn_accuracy"].value >= 0.85
        assert specs[name].measures["active_units"].value == 2


def test_the_series_runs_from_weight_0_to_collapse(specs):
    name, series = next(iter(find_series(specs).items()))
    assert name.startswith("mnist vae")
    named = {kl_weight(specs[name]) for name in SHIPPED if name.startswith("mnist-vae-beta-")}
    assert len(named) >= 9
    assert named <= {kl_weight(spec) for spec in series}
    assert kl_weight(series[0]) == 0
    kl = [spec.measures["kl"].value for spec in series]
    assert kl == sorted(kl, reverse=True), "more weight on the KL leaves less of it"
    assert kl[-1] <= 0.01


def test_the_readme_shows_the_measured_numbers():
    assert as_table(GALLERY) in README.read_text(encoding="utf-8")


COMPARED = ("mnist-ae", "mnist-vae", "mnist-collapsed")


def test_the_readme_shows_the_numbers_that_take_long_with_their_errors(specs):
    found = {name: stored_numbers(GALLERY / name, specs[name]) for name in COMPARED}
    assert side_by_side(found) in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_number_of_every_shipped_model_is_stored_with_its_error(name, specs):
    found = stored_numbers(GALLERY / name, specs[name])
    assert found.keys() == MEASURES.keys()
    exact = {"active_units", "class_pieces", "loss_above_best", "seen_mass", "mixture_components"}
    for key, one in found.items():
        assert (one.value is None) == bool(one.why), key
        assert one.value is None or one.error is not None or key in exact, key
        assert one.unit == MEASURES[key].unit
    for key, measured in specs[name].measures.items():
        if measured.value is not None:
            assert found[key].value == pytest.approx(measured.value, rel=2e-3, abs=3e-3), key


def test_a_rebuild_keeps_the_seed_with_the_lowest_validation_loss(tmp_path, monkeypatch):
    from explorer.runs import gallery

    quick = SHIPPED["digits-vae"].run.replace({"epochs": 2, "widths": (8,)})
    monkeypatch.setitem(gallery.SHIPPED, "digits-vae", gallery.Shipped(quick, seeds=(0, 1, 2)))
    records = [p.record for p in rebuild(tmp_path, "digits-vae", lambda text, share: None)]
    final = [record.held_out.total for record in records if record.epoch == 2]
    checkpoint = load_checkpoint(tmp_path / "digits-vae")
    assert len(final) == 3
    assert checkpoint.history[-1].held_out.total == min(final)
    assert checkpoint.spec.run.training.seed == final.index(min(final))
