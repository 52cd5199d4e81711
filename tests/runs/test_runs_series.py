"""A series is found where nothing but the KL weight differs."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from explorer.runs.series import find_series, kl_weight, series_of
from explorer.specs import CheckpointSpec, RunSpec


def spec(name: str, **changes: Any) -> CheckpointSpec:
    run = RunSpec().replace(changes)
    return CheckpointSpec(name=name, run=run, device="cpu", versions={}, measures={})


def named(*specs: CheckpointSpec) -> dict[str, CheckpointSpec]:
    return {one.name: one for one in specs}


def weights(count: int, stem: str = "w", **changes: Any) -> list[CheckpointSpec]:
    """Models of KL weight 0, 1, 2, …"""
    return [spec(f"{stem}{w}", kl_weight=w, **changes) for w in range(count)]


def test_three_weights_make_a_series_in_order() -> None:
    given = weights(3)
    for _ in range(5):
        random.Random(_).shuffle(given)
        ((name, series),) = find_series(named(*given)).items()
        assert re.fullmatch(r"digits vae, 2-D \([0-9a-f]{4}\)", name)
        assert [kl_weight(one) for one in series] == [0, 1, 2]


def test_two_weights_make_none() -> None:
    assert find_series(named(*weights(2))) == {}
    assert find_series({}) == {}


def test_one_weight_many_times_makes_none() -> None:
    assert find_series(named(*(spec(f"same-{i}") for i in range(5)))) == {}


def test_of_two_models_that_agree_the_first_is_taken() -> None:
    given = [spec("a-again", kl_weight=1), *weights(3)]
    (series,) = find_series(named(*given)).values()
    assert [one.name for one in series] == ["w0", "a-again", "w2"]


@pytest.mark.parametrize(
    "odd",
    [
        {"seed": 1},
        {"epochs": 21},
        {"latent_dim": 3},
        {"likelihood": "bernoulli"},
        {"likelihood_scale": 0.5},
        {"widths": (8,)},
        {"dataset": "mnist"},
        {"learning_rate": 1e-4},
        {"kl_schedule": "linear"},
        {"options.free_bits": 0.5},
        {"family": "denoising-ae"},
    ],
)
def test_anything_else_that_differs_breaks_a_series(odd: dict[str, Any]) -> None:
    given = [*weights(2), spec("odd", kl_weight=2, **odd)]
    assert find_series(named(*given)) == {}
    (series,) = find_series(named(*given, spec("even", kl_weight=2))).values()
    assert [one.name for one in series] == ["w0", "w1", "even"]


def test_a_weight_changed_on_the_way_is_that_of_the_end_and_in_no_series() -> None:
    changed = spec("changed", kl_weight=2, changes=[{"epoch": 5, "kl_weight": 9.0}])
    assert kl_weight(changed) == 9
    assert find_series(named(*weights(2), changed)) == {}
    (series,) = find_series(named(*weights(3), changed)).values()
    assert [one.name for one in series] == ["w0", "w1", "w2"]


def test_a_rate_changed_alike_in_all_leaves_a_series() -> None:
    changes = [{"epoch": 5, "learning_rate": 1e-3}]
    (series,) = find_series(named(*weights(3, changes=changes))).values()
    assert [kl_weight(one) for one in series] == [0, 1, 2]
    assert find_series(named(*weights(2), *weights(2, "changed", changes=changes))) == {}


@pytest.mark.parametrize("family", ["ae", "ae-l2", "denoising-ae"])
def test_families_without_a_kl_term_have_no_series(family: str) -> None:
    assert find_series(named(*weights(5, family=family))) == {}


def test_a_series_has_the_same_name_whatever_else_there_is() -> None:
    deep = weights(4, "deep", widths=(64, 32, 16))
    (alone,) = find_series(named(*deep))
    others = [*weights(3, "a"), *weights(3, "b", seed=1), *weights(3, "flat", latent_dim=5)]
    found = find_series(named(*others, *deep))
    assert [len(series) for series in found.values()] == [3, 4, 3, 3]
    assert found[alone] == deep
    assert sum(name.startswith("digits vae, 2-D (") for name in found) == 2
    assert sum(name.startswith("digits vae, 2-D, seed 1 (") for name in found) == 1
    assert list(find_series(named(*deep, spec("another", widths=(64, 32, 16), kl_weight=9)))) == [
        alone
    ]


def test_the_gallerys_series_comes_first_under_its_plain_name() -> None:
    shipped = weights(3, "z")
    trained = [*weights(3, "a", epochs=7), spec("more", kl_weight=7)]
    found = find_series(named(*trained, *shipped), gallery=[one.name for one in shipped])
    assert next(iter(found)) == "digits vae, 2-D"
    assert [one.name for one in found["digits vae, 2-D"]] == ["z0", "z1", "z2", "more"]


def test_a_member_finds_its_series() -> None:
    given = named(*weights(3), *weights(3, "other", epochs=7), spec("alone", family="ae"))
    mine, other = series_of(given, "w2"), series_of(given, "other0")
    assert {mine, other} == set(find_series(given))
    assert mine != other
    assert series_of(given, "alone") is None
