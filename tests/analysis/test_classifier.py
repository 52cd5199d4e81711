"""The classifier: right, as sure as it is right, the same every time, and kept safely."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import torch

from explorer.analysis.classifier import (
    Classifier,
    ClassifierSpec,
    classifier_of,
    kept_classifier,
    train_classifier,
)

BRIEF = ClassifierSpec(steps=5, widths=(16,))


@pytest.fixture(scope="module")
def trained(digits) -> Classifier:
    return train_classifier(digits)


def weights(classifier: Classifier) -> np.ndarray:
    return np.concatenate([value.numpy().ravel() for pair in classifier.layers for value in pair])


@pytest.mark.slow
def test_it_names_images_it_has_not_seen(trained, digits):
    assert trained.accuracy > 0.95
    named = trained.winners(digits.test.floats().numpy())
    assert (named == digits.test.labels.numpy()).mean() == pytest.approx(trained.accuracy)


def test_it_is_as_sure_as_it_is_right(trained, digits):
    sure = np.exp(trained.log_probabilities(digits.test.floats().numpy())).max(axis=1)
    assert sure.mean() == pytest.approx(trained.accuracy, abs=0.04)


def test_entropy_lies_between_sure_and_a_guess(trained, digits):
    images = digits.test.floats().numpy()
    entropy = trained.entropy(images)
    assert entropy.shape == (len(images),)
    assert (entropy >= -1e-5).all()
    assert (entropy <= np.log(10) + 1e-5).all()
    blends = 0.5 * images[:200] + 0.5 * images[200:]
    assert np.median(trained.entropy(blends)) > 3 * np.median(entropy)
    assert trained.entropy(images[:0]).shape == (0,)


def test_one_seed_gives_one_classifier_whatever_else_draws(digits):
    torch.manual_seed(5)
    state = torch.get_rng_state()
    first = weights(train_classifier(digits, BRIEF))
    assert torch.equal(torch.get_rng_state(), state), "it draws from a generator of its own"
    torch.manual_seed(6)
    np.testing.assert_array_equal(weights(train_classifier(digits, BRIEF)), first)
    other = BRIEF.model_copy(update={"seed": 1})
    assert (weights(train_classifier(digits, other)) != first).any()


def test_it_is_trained_where_gradients_are_switched_off(digits):
    with torch.no_grad():
        classifier = train_classifier(digits, BRIEF.model_copy(update={"steps": 40}))
    assert classifier.accuracy > 0.3


def test_it_is_kept_and_read_again(digits, home):
    folder = home / "classifiers"
    first = kept_classifier(digits, folder, BRIEF)
    (file,) = folder.glob("*.safetensors")
    before = file.stat().st_mtime_ns
    second = kept_classifier(digits, folder, BRIEF)
    assert file.stat().st_mtime_ns == before
    np.testing.assert_array_equal(weights(second), weights(first))
    assert (second.temperature, second.accuracy) == pytest.approx(
        (first.temperature, first.accuracy)
    )


def test_other_images_and_other_specs_have_files_of_their_own(digits, home):
    folder = home / "classifiers"
    kept_classifier(digits, folder, BRIEF)
    kept_classifier(digits, folder, BRIEF.model_copy(update={"seed": 1}))
    pixels = digits.train.pixels.clone()
    pixels[0, 0, 0, 0] += 1
    kept_classifier(replace(digits, train=replace(digits.train, pixels=pixels)), folder, BRIEF)
    assert len(list(folder.glob("digits-*.safetensors"))) == 3


def hostile() -> dict[str, bytes]:
    """Contents that are no classifier of 64-16-10."""

    def saved(**changes: np.ndarray) -> bytes:
        tensors = {
            "0.weight": np.zeros((16, 64), np.float16),
            "0.bias": np.zeros(16, np.float16),
            "1.weight": np.zeros((10, 16), np.float16),
            "1.bias": np.zeros(10, np.float16),
            "facts": np.array([1, 0.5], np.float32),
        }
        return safetensors.numpy.save(
            tensors | {k.replace("_", "."): v for k, v in changes.items()}
        )

    return {
        "empty": b"",
        "a pickle": pickle.dumps({"0.weight": 1}),
        "not finite": saved(**{"0_bias": np.full(16, np.nan, np.float16)}),
        "another shape": saved(**{"0_bias": np.zeros(17, np.float16)}),
        "another type": saved(**{"0_bias": np.zeros(16, np.float32)}),
        "one more tensor": saved(more=np.zeros(1, np.float32)),
        "no temperature": saved(facts=np.array([0, 0.5], np.float32)),
        "no accuracy": saved(facts=np.array([1, 7], np.float32)),
    }


@pytest.mark.parametrize("name", hostile())
def test_a_file_that_is_no_classifier_is_trained_anew(digits, home, name):
    folder = home / "classifiers"
    good = kept_classifier(digits, folder, BRIEF)
    (file,) = folder.glob("*.safetensors")
    whole = file.read_bytes()
    file.write_bytes(hostile()[name])
    again = kept_classifier(digits, folder, BRIEF)
    np.testing.assert_array_equal(weights(again), weights(good))
    assert file.read_bytes() == whole, "and mended"


def test_where_nothing_can_be_written_it_is_trained_all_the_same(digits, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    assert kept_classifier(digits, tmp_path / "file" / "classifiers", BRIEF).classes == 10
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.slow
def test_several_visitors_get_one_classifier(digits, home):
    folder = home / "classifiers"
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(kept_classifier, digits, folder, BRIEF) for _ in range(4)]
        found = [weights(one.result()) for one in asked]
        same = [pool.submit(classifier_of, digits, folder) for _ in range(4)]
        assert len({id(one.result()) for one in same}) == 1
    for one in found[1:]:
        np.testing.assert_array_equal(one, found[0])
    assert {path.suffix for path in folder.glob("[!.]*")} == {".safetensors"}
