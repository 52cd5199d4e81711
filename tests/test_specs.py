"""Specs: names that cannot be paths, and settings that are never wrong silently."""

import json
import math
import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from explorer.specs import (
    MAX_NAME,
    Change,
    CheckpointSpec,
    Measured,
    ModelSpec,
    RunSpec,
    Spec,
    TrainingSpec,
    check_name,
)

DEVICES = [
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
]


def _accepted(name: str) -> bool:
    try:
        return check_name(name) == name
    except ValueError:
        return False


class TestNames:
    @given(st.text() | st.from_regex(r"[a-zA-Z0-9._/\\: -]{1,70}", fullmatch=True))
    @example("..")
    @example("a/b")
    @example("a\n")
    @example("٣")  # a digit, though not an ASCII one
    def test_what_is_accepted_is_one_harmless_path_component(self, name: str) -> None:
        if not _accepted(name):
            return
        assert 0 < len(name) <= 64
        assert name == name.lower()
        assert name.isascii()
        assert ".." not in name
        assert not re.search(r"[^a-z0-9._-]", name)
        assert name[0] not in ".-_"
        assert name[-1] not in ".-_"
        for path in (PurePosixPath(name), PureWindowsPath(name)):
            assert path.parts == (name,)
            assert path.stem not in DEVICES

    @given(
        st.lists(st.from_regex(r"[a-z0-9]{2,9}", fullmatch=True), min_size=1, max_size=6),
        st.sampled_from("._-"),
    )
    def test_words_with_single_marks_between_them_are_accepted(self, words, mark) -> None:
        name = mark.join(words)
        assert _accepted(name) or words[0] in DEVICES

    @pytest.mark.parametrize("name", DEVICES)
    def test_devices_are_refused_whatever_their_extension(self, name: str) -> None:
        assert not _accepted(name)
        assert not _accepted(f"{name}.txt")
        assert _accepted(f"{name}-1")
        assert _accepted(f"my-{name}")

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "",
                ".",
                "..",
                "a..b",
                "a--b",
                ".a",
                "a.",
                "-a",
                "a/b",
                "a\\b",
                "c:a",
                "A",
                "ä",
                "a b",
            ),
            *("a\x00", "a\n", "~", "a" * (MAX_NAME + 1)),
        ],
    )
    def test_these_are_refused_and_shown_safely(self, name: str) -> None:
        with pytest.raises(ValueError, match="is not a checkpoint name") as error:
            check_name(name)
        assert str(error.value).isascii()
        assert str(error.value).isprintable()
        assert len(str(error.value)) < 300

    def test_the_longest_name_is_accepted(self) -> None:
        assert _accepted("a" * MAX_NAME)


class TestReplace:
    @pytest.mark.parametrize(
        ("key", "value", "place", "expected"),
        [
            ("dataset", "mnist", ("dataset",), "mnist"),
            ("epochs", 7, ("training", "epochs"), 7),
            ("training.epochs", "7", ("training", "epochs"), 7),
            ("kl_weight", "0.5", ("training", "kl_weight"), 0.5),
            ("latent_dim", 3, ("model", "latent_dim"), 3),
            ("model.widths", [64, 32], ("model", "widths"), (64, 32)),
            ("image_shape", [3, 7, 10], ("model", "image_shape"), (3, 7, 10)),
            ("options.penalty", 0.1, ("model", "options", "penalty"), 0.1),
            ("model.options.noise", 2, ("model", "options", "noise"), 2),
        ],
    )
    def test_a_field_is_set_by_its_name(self, key, value, place, expected) -> None:
        run = RunSpec()
        changed = run.replace({key: value})
        found: Any = changed.model_dump()
        for part in place:
            found = found[part]
        assert found == expected
        assert type(found) is type(expected)
        assert run == RunSpec()  # the old one is unchanged
        assert changed.replace({key: value}) == changed

    def test_many_fields_at_once_and_nothing_else(self) -> None:
        changed = RunSpec().replace({"epochs": 3, "family": "ae", "options.a": 1, "seed": 5})
        expected = RunSpec().model_dump()
        expected["training"] |= {"epochs": 3, "seed": 5}
        expected["model"] |= {"family": "ae", "options": {"a": 1}}
        assert changed.model_dump() == expected

    def test_options_are_added_to_existing_ones(self) -> None:
        run = RunSpec().replace({"options.a": 1}).replace({"options.b": 2})
        assert run.model.options == {"a": 1, "b": 2}

    @pytest.mark.parametrize("part", ["model", "training", "options", "model.options"])
    def test_a_part_of_the_spec_is_not_a_setting(self, part: str) -> None:
        with pytest.raises(ValueError, match=f"^{part}: it has fields of its own"):
            RunSpec().replace({part: 5, f"{part}.x": 1})

    @pytest.mark.parametrize(
        "key",
        [
            *(
                "epoch",
                "training.latent_dim",
                "model.epochs",
                "model.dataset",
                "ëpochs",
                "__class__",
            ),
            *("", ".", "a.b.c", "training.", "options.x.y", "model.options.x.y"),
        ],
    )
    def test_an_unknown_name_is_refused(self, key: str) -> None:
        with pytest.raises(ValueError, match="there is no setting named") as error:
            RunSpec().replace({key: 1})
        assert ascii(key) in str(error.value)

    @pytest.mark.parametrize(
        ("key", "value", "field"),
        [
            ("epochs", 0, "training.epochs"),
            ("epochs", 1.5, "training.epochs"),
            ("epochs", "many", "training.epochs"),
            ("training.learning_rate", 0, "training.learning_rate"),
            ("learning_rate", math.nan, "training.learning_rate"),
            ("kl_weight", math.inf, "training.kl_weight"),
            ("kl_weight", -1, "training.kl_weight"),
            ("kl_schedule", "sawtooth", "training.kl_schedule"),
            ("seed", 2**31, "training.seed"),
            ("latent_dim", 0, "model.latent_dim"),
            ("widths", [64, 0], "model.widths.1"),
            ("widths", [1] * 9, "model.widths"),
            ("image_shape", [1, 28], "model.image_shape.2"),
            ("link", "softmax", "model.link"),
            ("likelihood_scale", 0, "model.likelihood_scale"),
            ("options.penalty", math.nan, "model.options.penalty"),
            ("options.penalty", [1], "model.options.penalty"),
            ("model", 3, "model"),
            ("dataset", None, "dataset"),
        ],
    )
    def test_a_value_out_of_range_is_refused_by_its_field(self, key, value, field) -> None:
        with pytest.raises(ValueError, match=rf"^{re.escape(field)}[:.]") as error:
            RunSpec().replace({key: value})
        assert "\n" not in str(error.value)


class TestChanges:
    def test_the_last_change_made_is_in_force(self) -> None:
        """Also if it was made for an earlier epoch, after a restart from there."""
        training = TrainingSpec(
            kl_weight=1.0,
            learning_rate=0.1,
            changes=(
                Change(epoch=3, kl_weight=2.0),
                Change(epoch=5, learning_rate=0.2),
                Change(epoch=7, kl_weight=3.0),
                Change(epoch=6, kl_weight=4.0),
            ),
        )
        found = [training.in_force(epoch) for epoch in range(9)]
        assert found == [(1.0, 0.1)] * 3 + [(2.0, 0.1)] * 2 + [(2.0, 0.2)] + [(4.0, 0.2)] * 3

    def test_a_change_is_added_or_replaces_one_for_the_same_epoch(self) -> None:
        run = RunSpec().changed(2, kl_weight=2.0).changed(3, learning_rate=1e-3)
        assert run.training.changes == (
            Change(epoch=2, kl_weight=2.0),
            Change(epoch=3, learning_rate=1e-3),
        )
        assert run.changed(3, kl_weight=5.0).training.changes[1:] == (
            Change(epoch=3, learning_rate=1e-3, kl_weight=5.0),
        )
        assert run.changed(3, learning_rate=2e-3).training.changes[1:] == (
            Change(epoch=3, learning_rate=2e-3),
        )
        assert run.replace({"changes": []}) == RunSpec()
        assert RunSpec.model_validate_json(run.model_dump_json()) == run

    def test_a_change_after_the_last_epoch_has_no_effect(self) -> None:
        run = RunSpec().replace({"epochs": 4})
        assert run.changed(4, kl_weight=2.0) == run
        assert run.changed(3, kl_weight=2.0) != run
        with pytest.raises(ValueError, match=r"^kl_weight: "):
            run.changed(4, kl_weight=-2.0)

    @pytest.mark.parametrize(
        ("value", "field"),
        [
            ([{"epoch": -1, "kl_weight": 1}], "training.changes.0.epoch"),
            ([{"epoch": 1, "kl_weight": -1}], "training.changes.0.kl_weight"),
            ([{"epoch": 1, "learning_rate": 11}], "training.changes.0.learning_rate"),
            ([{"epoch": 1, "kl_weight": 1, "seed": 3}], "training.changes.0.seed"),
            ([{"epoch": 1}], "training.changes.0"),
            ([{"epoch": 1, "kl_weight": 1}] * 5001, "training.changes"),
        ],
    )
    def test_an_invalid_change_is_refused_by_its_field(self, value, field) -> None:
        with pytest.raises(ValueError, match=rf"^{re.escape(field)}: "):
            RunSpec().replace({"changes": value})

    @pytest.mark.parametrize("field", ["kl_weight", "learning_rate"])
    def test_its_bounds_are_those_of_the_run(self, field: str) -> None:
        ours = Change.model_json_schema()["properties"][field]["anyOf"][0]
        runs = TrainingSpec.model_json_schema()["properties"][field]
        bounds = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
        assert {k: v for k, v in ours.items() if k in bounds}
        assert {k: v for k, v in ours.items() if k in bounds} == {
            k: v for k, v in runs.items() if k in bounds
        }

    def test_as_many_as_there_may_be_fit_into_a_checkpoint(self) -> None:
        from explorer.runs.checkpoint_files import LIMITS, SPEC

        many = [
            {"epoch": 100_000 - i, "kl_weight": 1e5 / 3, "learning_rate": 1e-5 / 3}
            for i in range(5000)
        ]
        run = RunSpec().replace({"epochs": 100_000, "changes": many})
        assert len(run.model_dump_json(indent=1)) < 0.9 * LIMITS[SPEC]


class TestValidation:
    @given(
        st.fixed_dictionaries(
            {},
            optional={
                "epochs": st.integers(1, 100_000),
                "learning_rate": st.floats(1e-9, 10),
                "kl_weight": st.floats(0, 1e6),
                "kl_warmup": st.floats(0, 1, exclude_min=True),
                "seed": st.integers(0, 2**31 - 1),
                "latent_dim": st.integers(1, 512),
                "widths": st.lists(st.integers(1, 4096), max_size=8),
                "likelihood_scale": st.floats(1e-3, 1e3),
                "dataset": st.text(),
                "options": st.dictionaries(
                    st.text(), st.booleans() | st.integers() | st.text() | st.floats(-1e9, 1e9)
                ),
            },
        )
    )
    def test_json_round_trip(self, assignments: dict[str, Any]) -> None:
        run = RunSpec().replace(assignments)
        assert RunSpec.model_validate_json(run.model_dump_json()) == run
        assert RunSpec.model_validate(run.model_dump()) == run

    def test_the_types_of_options_survive_a_round_trip(self) -> None:
        options = {"flag": True, "count": 1, "share": 1.0, "text": "1"}
        run = RunSpec().replace({"options": options})
        back = RunSpec.model_validate_json(run.model_dump_json()).model.options
        assert [type(value) for value in back.values()] == [bool, int, float, str]

    @pytest.mark.parametrize("spec", [RunSpec, ModelSpec, TrainingSpec])
    def test_an_unknown_field_is_refused(self, spec: type[Spec]) -> None:
        values = {**spec().model_dump(), "surprise": 1}
        with pytest.raises(ValidationError, match="surprise"):
            spec.model_validate(values)

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
    @pytest.mark.parametrize("path", [("training", "kl_weight"), ("model", "likelihood_scale")])
    def test_numbers_must_be_finite_in_json_too(self, number: str, path: tuple[str, str]) -> None:
        values = RunSpec().model_dump(mode="json")
        values[path[0]][path[1]] = "HERE"
        text = json.dumps(values).replace('"HERE"', number)
        with pytest.raises(ValidationError, match=path[1]):
            RunSpec.model_validate_json(text)

    def test_a_measured_value_is_a_finite_number_or_a_reason(self) -> None:
        assert Measured(value=None, unit="nats", why="no posterior").why
        with pytest.raises(ValidationError, match="value"):
            Measured(value=math.nan, unit="nats")

    def test_specs_are_frozen(self) -> None:
        with pytest.raises(ValidationError, match="frozen"):
            RunSpec().dataset = "mnist"

    @pytest.mark.parametrize("spec", [ModelSpec, TrainingSpec])
    def test_every_field_explains_itself(self, spec: type[Spec]) -> None:
        """Forms and command-line options are generated from the fields."""
        for name, field in spec.model_fields.items():
            assert field.description, name
            assert field.description.endswith("."), name
            assert not field.is_required(), name

    def test_a_checkpoint_spec_checks_its_name(self) -> None:
        fields = {"run": RunSpec(), "device": "CPU", "versions": {}, "measures": {}}
        assert CheckpointSpec(name="a-1", **fields).name == "a-1"
        with pytest.raises(ValidationError, match="is not a checkpoint name"):
            CheckpointSpec(name="../a", **fields)
