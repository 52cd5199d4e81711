"""Loss terms: summed on the device, read once, weighted by images."""

import pytest
import torch

from explorer.models import Losses
from explorer.specs import Change, TrainingSpec
from explorer.training.progress import EpochRecord, LossMeter, LossValues, validation_curve


def _losses(reconstruction: float, top: list[float], low: list[float], penalty: float) -> Losses:
    terms = torch.tensor(reconstruction), (torch.tensor(top), torch.tensor(low))
    total = torch.tensor(reconstruction + sum(top) + sum(low) + penalty, requires_grad=True)
    return Losses(*terms, torch.tensor(penalty), total)


def test_batches_count_by_their_images() -> None:
    meter = LossMeter()
    meter.add(_losses(1.0, [4.0], [0.0, 8.0], 2.0), 3)
    meter.add(_losses(5.0, [0.0], [4.0, 0.0], 6.0), 1)
    mean = meter.mean()
    assert mean == LossValues(2.0, ((3.0,), (1.0, 6.0)), 3.0, 15.0)
    assert mean.kl_total == 10.0


def test_a_stack_has_means_of_each_model() -> None:
    batches = [
        (3, [_losses(1.0, [4.0], [0.0, 8.0], 2.0), _losses(0.0, [1.0], [1.0, 1.0], 0.0)]),
        (1, [_losses(5.0, [0.0], [4.0, 0.0], 6.0), _losses(8.0, [1.0], [5.0, 1.0], 4.0)]),
    ]
    stacked, alone = LossMeter(), [LossMeter(), LossMeter()]
    for weight, models in batches:
        for meter, losses in zip(alone, models, strict=True):
            meter.add(losses, weight)
        stacked.add(
            Losses(
                torch.stack([losses.reconstruction for losses in models]),
                tuple(map(torch.stack, zip(*(losses.kl for losses in models), strict=True))),
                torch.stack([losses.penalty for losses in models]),
                torch.stack([losses.total for losses in models]),
            ),
            weight,
        )
    assert stacked.means() == [meter.mean() for meter in alone]


def test_the_meter_does_not_touch_what_it_is_given() -> None:
    meter, losses = LossMeter(), _losses(1.0, [4.0], [0.0], 2.0)
    for _ in range(2):
        meter.add(losses)
    assert losses.reconstruction == 1
    assert losses.total.requires_grad


def test_a_meter_that_saw_nothing_has_no_mean() -> None:
    with pytest.raises(ValueError, match="no losses"):
        LossMeter().mean()


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("place", ["total", "kl"])
def test_one_value_that_is_not_finite_is_enough(bad: float, place: str) -> None:
    good = LossValues(1.0, ((1.0, 2.0), (0.5,)), 0.0, 4.5)
    assert good.finite
    spoilt = {"total": good.total, "kl": good.kl} | {
        place: bad if place == "total" else ((1.0, bad), (0.5,))
    }
    assert not LossValues(1.0, spoilt["kl"], 0.0, spoilt["total"]).finite


class TestValidationCurve:
    @staticmethod
    def _history(*totals: float) -> list[EpochRecord]:
        return [
            EpochRecord(
                epoch=epoch,
                epochs=len(totals),
                step=epoch,
                train=LossValues(0.0, ((0.0,),), 0.0, 0.0),
                held_out=LossValues(0.0, ((0.0,),), 0.0, total),
                kl_weight=min(1.0, epoch / 3),  # a warm-up
                learning_rate=1e-3,
                images_per_second=1.0,
                seconds=1.0,
                device="CPU",
            )
            for epoch, total in enumerate(totals, 1)
        ]

    def test_it_is_all_of_a_run_with_one_weight_even_with_a_warm_up(self) -> None:
        training = TrainingSpec(epochs=4, kl_schedule="linear")
        assert validation_curve(training, self._history(9, 7, 5, 6)) == (9, 7, 5, 6)
        assert validation_curve(training, ()) == ()

    def test_it_begins_with_the_last_change_of_the_weight(self) -> None:
        changes = (
            Change(epoch=1, kl_weight=2.0),
            Change(epoch=2, kl_weight=1.0),
            Change(epoch=3, learning_rate=1e-4),
        )
        training = TrainingSpec(epochs=4, changes=changes)
        assert validation_curve(training, self._history(1, 2, 5, 6)) == (5, 6)

    def test_the_losses_in_a_warm_up_have_the_whole_weight(self, small_run, train) -> None:
        """So that they can be compared with those after it."""
        run = small_run(kl_schedule="linear", kl_warmup=1.0, kl_weight=3.0)
        _, progress = train(run)
        history = [one.record for one in progress]
        assert history[0].kl_weight < 3
        for total, record in zip(validation_curve(run.training, history), history, strict=True):
            held_out = record.held_out
            whole = held_out.reconstruction + 3 * held_out.kl_total
            assert total == pytest.approx(whole, rel=1e-5)
