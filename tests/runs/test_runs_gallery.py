"""The shipped checkpoints: whole, as specified, and as good as the README says."""

import pytest

from explorer.analysis.measures import INSTANT, MEASURES, evaluate
from explorer.analysis.subject import Subject
from explorer.datasets import load_dataset
from explorer.runs.checkpoints import GALLERY, load_checkpoint, read_spec
from explorer.runs.gallery import SHIPPED, as_table, rebuild
from explorer.runs.numbers import side_by_side, stored_numbers
from explorer.runs.series import find_series, kl_weight

README = GALLERY / "README.md"
MEGABYTE = 10**6


@pytest.fixture(scope="module")
def specs():
    return {name: read_spec(GALLERY / name) for name in SHIPPED}


def test_the_folder_holds_the_gallery_and_nothing_else():
    assert {path.name for path in GALLERY.glob("[!.]*")} == {*SHIPPED, README.name}


def test_the_gallery_is_under_25_megabytes():
    size = sum(path.stat().st_size for path in GALLERY.rglob("*") if path.is_file())
    assert size < 25 * MEGABYTE


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
    subject = Subject.of(checkpoint.model.view(), load_dataset("digits"))
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
    for name in ("mnist-ae", "mnist-vae"):
        assert specs[name].measures["knn_accuracy"].value >= 0.85
        assert specs[name].measures["active_units"].value == 2
        assert len(SHIPPED[name].seeds) >= 3


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
    assert list(found) == list(MEASURES)
    exact = {"active_units", "class_pieces"}
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
