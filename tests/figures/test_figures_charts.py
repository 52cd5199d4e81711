"""Charts: what was measured is what they hold, with units on the axes."""

from __future__ import annotations

from explorer.figures import loss_terms
from explorer.training.progress import EpochRecord, LossValues


def record(epoch: int, train: float, held_out: float) -> EpochRecord:
    def losses(total: float) -> LossValues:
        return LossValues(reconstruction=total - 1, kl=(), penalty=0.0, total=total)

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


def test_the_loss_terms_by_epoch() -> None:
    figure = loss_terms([record(1, 9.0, 8.0), record(2, 7.0, 7.5)])
    curves = {curve.name: (tuple(curve.x), tuple(curve.y)) for curve in figure.data}
    assert curves == {
        "total, training": ((1, 2), (9.0, 7.0)),
        "total": ((1, 2), (8.0, 7.5)),
        "reconstruction, training": ((1, 2), (8.0, 6.0)),
        "reconstruction": ((1, 2), (7.0, 6.5)),
    }
    assert "nats" in figure.layout.yaxis.title.text
