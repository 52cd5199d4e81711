"""Charts: what was measured is what they hold, with units on the axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.analysis.geometry import Gain
from explorer.figures import (
    collapse_meter,
    gain_curve,
    gap_histogram,
    kl_bars,
    kl_by_dimension,
    loss_terms,
    posterior_map,
)
from explorer.training.progress import EpochRecord, LossValues

KL = ((0.5, 2.0), (0.25,))  # two groups


def record(
    epoch: int, train: float, held_out: float, kl: Any = (), kl_weight: float = 1.0
) -> EpochRecord:
    def losses(total: float) -> LossValues:
        return LossValues(reconstruction=total - 1, kl=kl, penalty=0.0, total=total)

    return EpochRecord(
        epoch=epoch,
        epochs=3,
        step=epoch,
        train=losses(train),
        held_out=losses(held_out),
        kl_weight=kl_weight,
        learning_rate=1e-3,
        images_per_second=1.0,
        seconds=1.0,
        device="test",
    )


def curves(figure: go.Figure) -> dict[str, tuple[tuple[float, ...], tuple[float, ...]]]:
    return {curve.name: (tuple(curve.x), tuple(curve.y)) for curve in figure.data}


def test_the_loss_terms_by_epoch() -> None:
    figure = loss_terms([record(1, 9.0, 8.0), record(2, 7.0, 7.5)])
    assert curves(figure) == {
        "total, training": ((1, 2), (9.0, 7.0)),
        "total": ((1, 2), (8.0, 7.5)),
        "reconstruction, training": ((1, 2), (8.0, 6.0)),
        "reconstruction": ((1, 2), (7.0, 6.5)),
    }
    assert "nats" in figure.layout.yaxis.title.text


def test_the_kl_of_each_dimension_by_epoch() -> None:
    figure = kl_by_dimension([record(1, 0, 0, ((0.5, 2.0),)), record(2, 0, 0, ((0.7, 1.0),))])
    assert curves(figure) == {"z1": ((1, 2), (0.5, 0.7)), "z2": ((1, 2), (2.0, 1.0))}
    assert "nats" in figure.layout.yaxis.title.text


def test_the_kl_of_several_groups_is_named_by_them() -> None:
    figure = kl_by_dimension([record(1, 0, 0, KL)], ("top", "bottom"))
    assert {name: y for name, (_, y) in curves(figure).items()} == {
        "top 1": (0.5,),
        "top 2": (2.0,),
        "bottom": (0.25,),
    }


def test_of_many_dimensions_those_that_hold_the_most_are_drawn() -> None:
    kl = (tuple(float(k) for k in range(30)),)
    names = list(curves(kl_by_dimension([record(1, 0, 0, kl)])))
    assert names == [f"z{k + 1}" for k in range(20, 30)]


def test_a_run_without_epochs_has_an_empty_chart() -> None:
    assert len(kl_by_dimension([]).data) == 0


def test_gaps_are_counted_and_their_mean_marked() -> None:
    gaps = np.array([0.0, 1.0, 5.0])
    figure = gap_histogram(gaps)
    np.testing.assert_array_equal(figure.data[0].x, gaps)
    assert figure.layout.shapes[0].x0 == pytest.approx(2)
    assert figure.layout.annotations[0].text == "mean 2.00"
    assert "nats" in figure.layout.xaxis.title.text


def test_the_mean_of_the_gaps_is_visible_on_any_ground() -> None:
    (line,) = gap_histogram([1.0, 2.0, 6.0]).layout.shapes
    assert line.x0 == line.x1 == 3
    red, green, blue = (int(line.line.color[at : at + 2], 16) for at in (1, 3, 5))
    assert all(0x60 < level < 0xA8 for level in (red, green, blue)), "neither dark nor bright"


@pytest.mark.parametrize("count", [2, 8])
def test_many_dimensions_have_short_names_that_fit_side_by_side(count: int) -> None:
    records = [record(1, 0, 0, (tuple(range(count)),), kl_weight=1.0)]
    layouts = [kl_by_dimension(records).layout, collapse_meter(records).layout]
    if count == 8:
        assert all(count * (layout.legend.entrywidth + 40) < 640 for layout in layouts)
    names = [curve.name for curve in collapse_meter(records).data if curve.showlegend is not False]
    short = ["1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th"]
    assert names == (short if count == 8 else ["1st dimension", "2nd dimension", "KL weight β"])


def test_a_negative_loss_is_explained_where_there_is_one() -> None:
    title = loss_terms([record(1, 2.0, 1.5, ((0.5,),))]).layout.yaxis.title.text
    assert "density" not in title
    title = loss_terms([record(1, -2.0, -2.5, ((0.5,),))]).layout.yaxis.title.text
    assert "a density can exceed 1" in title


def test_bars_are_the_kl_of_each_dimension_in_order() -> None:
    figure = kl_bars([0.5, 2.0, 0.0])
    assert tuple(figure.data[0].x) == (0.5, 2.0, 0.0)
    assert tuple(figure.data[0].y) == ("z1", "z2", "z3")
    assert figure.layout.yaxis.autorange == "reversed", "z1 stands at the top"
    assert "nats" in figure.layout.xaxis.title.text


def test_a_posterior_lies_in_its_box_with_its_top_row_on_top() -> None:
    share = np.array([[1.0, 0.2], [0.0, 0.5]])
    figure = posterior_map(share, (-1.0, 3.0, 0.0, 2.0), [0.5, 1.0], [0.3, 0.1])
    heat, *ellipses = figure.data
    np.testing.assert_allclose(heat.x, [0, 2])
    np.testing.assert_allclose(heat.y, [0.5, 1.5])
    np.testing.assert_array_equal(heat.z, share[::-1])
    for sigmas, ellipse in enumerate(ellipses, start=1):
        away = np.stack([(np.array(ellipse.x) - 0.5) / 0.3, (np.array(ellipse.y) - 1.0) / 0.1])
        np.testing.assert_allclose(np.linalg.norm(away, axis=0), sigmas)
    assert figure.layout.yaxis.scaleanchor == "x", "both axes to one scale"


def test_the_collapse_over_training_is_sorted_and_has_its_thresholds() -> None:
    records = [
        record(1, 0, 0, ((0.5, 2.0),), kl_weight=0.5),
        record(2, 0, 0, ((1.5, 1.0),), kl_weight=2.0),
    ]
    figure = collapse_meter(records, [3.0, 1.2])
    assert curves(figure) == {
        "1st dimension": ((1, 2), (2.0, 1.5)),
        "2nd dimension": ((1, 2), (0.5, 1.0)),
        "KL weight β": ((1, 2), (0.5, 2.0)),
    }
    assert [shape.y0 for shape in figure.layout.shapes] == [3.0, 1.2]
    assert [note.text for note in figure.layout.annotations] == [
        "1st dies at 3",
        "2nd dies at 1.2",
    ]
    assert len(collapse_meter(records, [30.0]).layout.shapes) == 0, "far beyond the axis"
    assert len(collapse_meter(records).layout.shapes) == 0


def test_gains_stand_beside_those_of_the_control_with_their_errors() -> None:
    sizes, one = np.array([0.1, 1.0]), np.ones(2)
    gain = Gain(sizes, 0.9 * one, 0.01 * one, 0.2 * one, 0.02 * one, 5)
    control = Gain(sizes, 0.5 * one, 0.03 * one, 0.4 * one, 0.04 * one, 5)
    figure = gain_curve(gain, control)
    found = {line.name: (line.y[0], line.error_y.array[0], line.line.dash) for line in figure.data}
    assert found == {
        "along the tangent plane": (0.9, 0.01, "solid"),
        "normal to it": (0.2, 0.02, "solid"),
        "along the tangent plane, random network": (0.5, 0.03, "dash"),
        "normal to it, random network": (0.4, 0.04, "dash"),
    }
    assert figure.layout.shapes[0].y0 == 1, "a perfect projector"
    assert figure.layout.xaxis.type == "log"


def test_a_long_run_is_drawn_with_as_many_points_as_can_be_seen() -> None:
    """A run of 100,000 epochs was sent whole, to each who looked, more than once per second."""
    records = [record(epoch, 9.0, 1.0 / epoch, ((1.0, 2.0),)) for epoch in range(1, 5001)]
    for figure in (loss_terms(records), kl_by_dimension(records)):
        for curve in figure.data:
            assert len(curve.x) == 300
            assert (curve.x[0], curve.x[-1]) == (1, 5000)
            assert len(curve.y) == 300
    assert len(loss_terms(records[:300]).data[0].x) == 300
