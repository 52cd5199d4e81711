"""Charts: what was measured is what they hold, with units on the axes."""

from __future__ import annotations

import pytest

from explorer.figures import history, rate_distortion
from explorer.training.progress import EpochRecord, LossValues


def record(epoch: int, train: float, held_out: float) -> EpochRecord:
    def losses(total: float) -> LossValues:
        return LossValues(reconstruction=total, kl=(), penalty=0.0, total=total)

    return EpochRecord(
        epoch=epoch,
        epochs=3,
        step=epoch,
        train=losses(train),
        held_out=losses(held_out),
        kl_weight=1.0,
        learning_rate=1e-3,
        images_per_second=1.0,
        seconds=1.0,
        device="test",
    )


def test_history_shows_both_losses_by_epoch() -> None:
    figure = history([record(1, 9.0, 8.0), record(2, 7.0, 7.5)])
    curves = {curve.name: (tuple(curve.x), tuple(curve.y)) for curve in figure.data}
    assert curves == {"training": ((1, 2), (9.0, 7.0)), "validation": ((1, 2), (8.0, 7.5))}
    assert "nats" in figure.layout.yaxis.title.text


def test_rate_distortion_joins_the_weights_in_order_and_marks_one() -> None:
    figure = rate_distortion([9.0, 5.0, 0.5], [1.0, 2.0, 6.0], [0.3, 1, 8], 1)
    curve, mark = figure.data[:2]
    assert tuple(curve.x) == (9.0, 5.0, 0.5)
    assert tuple(curve.y) == (1.0, 2.0, 6.0)
    assert tuple(curve.customdata) == ("β = 0.3", "β = 1", "β = 8")
    assert (tuple(mark.x), tuple(mark.y), tuple(mark.text)) == ((5.0,), (2.0,), ("β = 1",))
    low, high = figure.layout.xaxis.range
    assert low < 0.5
    assert high > 9.0
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        assert "nats per image" in axis.title.text


@pytest.mark.parametrize("far", [30.0, 1e6])
def test_a_runaway_rate_without_kl_weight_is_named_and_does_not_press_the_rest(far: float) -> None:
    figure = rate_distortion([far, 5.0, 0.5], [1.0, 2.0, 6.0], [0, 1, 8], 1)
    assert figure.layout.xaxis.range[1] < 10
    (note,) = figure.layout.annotations
    assert "β = 0" in note.text
