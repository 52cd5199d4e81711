"""What the browser's tests take for true is what Python works out now."""

from __future__ import annotations

import json

import numpy as np
import pytest

from explorer.models import LIKELIHOODS, build_model
from explorer.specs import ModelSpec
from tests.support.fixtures import FIXTURES, LINKS, differences, path_of


@pytest.mark.parametrize("name", FIXTURES)
def test_the_files_say_what_python_says(name: str) -> None:
    said = json.loads(path_of(name).read_text(encoding="utf-8"))
    wrong = list(differences(said, FIXTURES[name]()))
    assert not wrong, "\n".join(["python -m tests.support.fixtures writes them anew", *wrong[:10]])


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_every_likelihood_has_a_link_that_is_compared(likelihood: str) -> None:
    decoder = build_model(ModelSpec(likelihood=likelihood, widths=(4,))).view().dense_decoder()
    assert decoder is not None
    assert decoder.link in LINKS


def test_a_convolutional_decoder_is_left_to_the_server() -> None:
    spec = ModelSpec(image_shape=(1, 8, 8), network="conv", widths=(4,))
    assert build_model(spec).view().dense_decoder() is None


def test_the_decoders_draw_something() -> None:
    for case in FIXTURES["decoders"]():
        assert np.ptp(case["means"]) > 0.2, case["name"]
        assert np.abs(case["tangents"]).max() > 0.01, case["name"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"a": [1.0, 2.0]}, {"a": [1.0, 2.001]}),
        ({"a": [1.0]}, {"a": [1.0, 2.0]}),
        ({"a": 1.0}, {"b": 1.0}),
        ({"a": "nan"}, {"a": 1.0}),
    ],
)
def test_a_difference_is_found(said: object, meant: object) -> None:
    assert len(list(differences(said, meant))) == 1
    assert list(differences(meant, meant)) == []
