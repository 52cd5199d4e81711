"""The collapse chart: measured values where their weight stands, thresholds in matching colours."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from explorer.figures import collapse_curve, dimension_colours, ordinal
from explorer.figures.collapse import WeightScale

WEIGHTS = [0.0, 0.3, 4.0, 16.0, 24.0]
KL = [[20.0, 68.0], [4.1, 4.0], [2.0, 2.7], [0.0, 0.3], [0.0, 0.0]]
ACTIVE = [2, 2, 2, 1, 0]


def curves(figure: Any) -> dict[str, Any]:
    return {curve.name: curve for curve in figure.data}


def test_each_dimension_is_a_line_sorted_within_each_model() -> None:
    found = curves(collapse_curve(WEIGHTS, KL, ACTIVE, 2))
    assert tuple(found["KL of the 1st dimension"].y) == (68, 4.1, 2.7, 0.3, 0)
    assert tuple(found["KL of the 2nd dimension"].y) == (20, 4, 2, 0, 0)
    assert tuple(found["active units, measured"].y) == tuple(ACTIVE)
    for curve in found.values():
        assert tuple(curve.customdata) == tuple(f"β = {weight:g}" for weight in WEIGHTS)
    assert "mutual information" not in found
    assert "active units, predicted" not in found


def test_thresholds_stand_at_their_weight_in_their_colour() -> None:
    figure = collapse_curve(WEIGHTS, KL, ACTIVE, 2, predicted=[20.5, 15.0])
    scale = WeightScale(WEIGHTS)
    dashed = [shape for shape in figure.layout.shapes if shape.line.dash == "dash"]
    assert [shape.x0 for shape in dashed] == [scale.of(20.5), scale.of(15)]
    found = curves(figure)
    lines = [found[f"KL of the {rank} dimension"].line.color for rank in ("1st", "2nd")]
    assert [shape.line.color for shape in dashed] == lines == list(dimension_colours(2))
    words = [note.text for note in figure.layout.annotations]
    assert "1st dies at 20.5" in words
    assert "2nd dies at 15" in words


def test_predicted_units_step_down_at_the_thresholds() -> None:
    found = curves(collapse_curve(WEIGHTS, KL, ACTIVE, 2, predicted=[20.5, 15.0]))
    scale, steps = WeightScale(WEIGHTS), found["active units, predicted"]
    assert tuple(steps.y) == (2, 2, 1, 1, 0, 0)
    assert tuple(steps.x) == tuple(map(scale.of, (0, 15, 15, 20.5, 20.5, 24)))


def test_thresholds_far_beyond_the_sweep_count_but_are_not_drawn() -> None:
    figure = collapse_curve(WEIGHTS, KL, ACTIVE, 2, predicted=[1e5, 15.0, 0.0])
    assert len([shape for shape in figure.layout.shapes if shape.line.dash == "dash"]) == 1
    assert tuple(curves(figure)["active units, predicted"].y) == (2, 2, 1, 1)
    low, high = figure.layout.xaxis.range
    assert high < WeightScale(WEIGHTS).of(100)
    assert low < 0


def test_mutual_information_has_its_error_bars() -> None:
    nats, errors = [9.2, 7.5, 4.6, 0.3, 0.0], [0.0, 0.03, 0.03, 0.01, 0.0]
    figure = collapse_curve(WEIGHTS, KL, ACTIVE, 2, information=nats, errors=errors)
    line = curves(figure)["mutual information"]
    assert tuple(line.y) == tuple(nats)
    assert tuple(line.error_y.array) == tuple(errors)
    assert line.error_y.visible


def test_the_current_weight_is_marked_in_both_panels() -> None:
    figure = collapse_curve(WEIGHTS, KL, ACTIVE, 3, predicted=[20.5, 15.0])
    bands = [shape for shape in figure.layout.shapes if shape.line.dash is None]
    assert {band.xref for band in bands} == {"x", "x2"}
    assert {band.x0 for band in bands} == {WeightScale(WEIGHTS).of(16)}


def test_every_axis_has_a_unit() -> None:
    layout = collapse_curve(WEIGHTS, KL, ACTIVE, 0).layout
    assert "nats" in layout.yaxis.title.text
    assert "units" in layout.yaxis2.title.text
    assert "dimensionless" in layout.xaxis2.title.text


def test_a_runaway_kl_without_weight_is_named_and_does_not_press_the_rest() -> None:
    layout = collapse_curve(WEIGHTS, KL, ACTIVE, 0, information=[9.2, 7.5, 4.6, 0.3, 0]).layout
    assert 7.5 < layout.yaxis.range[1] < 9
    assert any("β = 0: 68 nats" in note.text for note in layout.annotations)
    held = collapse_curve(WEIGHTS[1:], KL[1:], ACTIVE[1:], 0).layout
    assert 4.1 < held.yaxis.range[1] < 5
    assert not held.annotations


def test_numbers_of_a_diverged_model_do_no_harm() -> None:
    nowhere = [math.nan] * 5
    layout = collapse_curve(WEIGHTS, np.full((5, 2), np.nan), ACTIVE, 0, information=nowhere).layout
    assert np.isfinite(layout.yaxis.range).all()


@pytest.mark.parametrize(
    "weights", [[0, 1e-4, 1, 1e4], [0, 0.3, 1, 4, 8, 12, 16, 18, 24], [1, 2, 3]]
)
def test_weights_stand_in_order_and_apart(weights: list[float]) -> None:
    places = WeightScale(weights).places
    steps = np.diff(places) / (places[-1] - places[0])
    assert (steps > 0.01).all()
    figure = collapse_curve(weights, np.ones((len(weights), 1)), [1] * len(weights), 0)
    axis = figure.layout.xaxis
    assert axis.range[0] < places[0]
    assert axis.range[1] > places[-1]
    assert set(axis.ticktext) <= {f"{weight:g}" for weight in weights}
    assert (np.diff(axis.tickvals) > 0.04 * (places[-1] - places[0])).all(), "labels would overlap"


def test_many_dimensions_are_not_named_one_by_one() -> None:
    figure = collapse_curve(
        [1, 2, 3], np.ones((3, 16)), [16, 9, 3], 0, predicted=np.arange(16, 0, -1)
    )
    named = [curve.name for curve in figure.data if curve.showlegend]
    assert named == ["KL of the 1st dimension", "KL of the 16th dimension"]
    assert not figure.layout.annotations


def test_ordinals() -> None:
    assert [ordinal(k) for k in (1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111)] == [
        *("1st", "2nd", "3rd", "4th", "11th", "12th", "13th"),
        *("21st", "22nd", "103rd", "111th"),
    ]
