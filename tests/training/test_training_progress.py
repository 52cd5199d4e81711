"""Loss terms: summed on the device, read once, weighted by images."""

import pytest
import torch

from explorer.models import Losses
from explorer.training.progress import LossMeter, LossValues


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
