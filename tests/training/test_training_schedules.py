"""Learning rate and KL weight over a run: known values, bounds, no jumps but the wanted ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.specs import Change, TrainingSpec
from explorer.training.schedules import (
    FLOOR,
    KL_SCHEDULES,
    WARM_UP,
    kl_factor,
    one_cycle,
    plan_epoch,
)

shares = st.floats(0, 1)


def test_every_schedule_of_the_spec_exists() -> None:
    named = TrainingSpec.model_fields["kl_schedule"].annotation.__args__
    assert set(named) == set(KL_SCHEDULES)


@pytest.mark.parametrize(
    ("schedule", "fields", "values"),
    [
        ("constant", {}, {0: 1, 0.3: 1, 1: 1}),
        ("linear", {"kl_warmup": 0.5}, {0: 0, 0.1: 0.2, 0.25: 0.5, 0.5: 1, 0.9: 1, 1: 1}),
        ("linear", {"kl_warmup": 1.0}, {0: 0, 0.4: 0.4, 1: 1}),
        (
            "cyclical",  # each quarter of the run: half ramp, half plateau
            {"kl_warmup": 0.5, "kl_cycles": 4},
            {0: 0, 0.0625: 0.5, 0.125: 1, 0.2: 1, 0.25: 0, 0.3125: 0.5, 0.75: 0, 0.9: 1, 1: 1},
        ),
        ("cyclical", {"kl_warmup": 1.0, "kl_cycles": 1}, {0: 0, 0.5: 0.5, 0.99: 0.99, 1: 1}),
    ],
)
def test_the_kl_weight_at_known_shares_of_the_run(schedule, fields, values) -> None:
    spec = TrainingSpec(kl_schedule=schedule, **fields)
    for share, expected in values.items():
        assert kl_factor(spec, share) == pytest.approx(expected, abs=1e-12), share


@given(shares, st.sampled_from(list(KL_SCHEDULES)), st.floats(1e-3, 1), st.integers(1, 100))
def test_the_kl_weight_never_leaves_its_bounds(share, schedule, warmup, cycles) -> None:
    spec = TrainingSpec(kl_schedule=schedule, kl_warmup=warmup, kl_cycles=cycles)
    assert 0 <= kl_factor(spec, share) <= 1
    assert kl_factor(spec, 1.0) == 1  # every run ends at the weight it names


def test_the_linear_ramp_and_each_cycle_are_continuous() -> None:
    grid = np.linspace(0, 1, 10_001)
    for schedule, jumps in (("linear", 0), ("cyclical", 3)):
        spec = TrainingSpec(kl_schedule=schedule, kl_warmup=0.5, kl_cycles=4)
        steps = np.diff([kl_factor(spec, share) for share in grid])
        assert (steps < -0.5).sum() == jumps  # where a new cycle begins
        assert (np.abs(steps[steps >= -0.5]) < 0.01).all()


@given(shares)
def test_the_rate_stays_between_its_floor_and_its_peak(share: float) -> None:
    assert FLOOR * (1 - 1e-9) <= one_cycle(share) <= 1


def test_the_rate_rises_to_its_peak_and_falls_to_its_floor() -> None:
    assert one_cycle(0) == pytest.approx(FLOOR)
    assert one_cycle(WARM_UP) == pytest.approx(1)
    assert one_cycle((1 + WARM_UP) / 2) == pytest.approx((1 + FLOOR) / 2)
    assert one_cycle(1) == pytest.approx(FLOOR)
    grid = np.linspace(0, 1, 10_001)
    steps = np.diff([one_cycle(share) for share in grid])
    before = grid[1:] <= WARM_UP
    assert (steps[before] > 0).all()
    assert (steps[~before] < 0).all()
    assert np.abs(steps).max() < 1e-3  # continuous, also at the peak


def test_the_plans_of_a_run_are_its_schedules_with_the_changes() -> None:
    spec = TrainingSpec(
        epochs=4,
        kl_weight=2.0,
        learning_rate=0.1,
        kl_schedule="linear",
        changes=(Change(epoch=2, kl_weight=6.0, learning_rate=0.3),),
    )
    plans = [plan_epoch(spec, epoch, 5) for epoch in range(4)]
    assert [plan.kl_weight for plan in plans] == [2, 2, 6, 6]
    settings = [pair for plan in plans for pair in plan.settings]
    assert len(settings) == 20
    for step, (rate, weight) in enumerate(settings):
        changed = step >= 10
        assert rate == pytest.approx((0.3 if changed else 0.1) * one_cycle(step / 20))
        assert weight == pytest.approx((6.0 if changed else 2.0) * kl_factor(spec, step / 20))


def test_every_epoch_and_every_seed_has_random_numbers_of_its_own() -> None:
    seeds = {
        plan_epoch(TrainingSpec(epochs=9, seed=seed), epoch, 1).seed
        for seed in (0, 1, 2, 2**31 - 1)
        for epoch in range(9)
    }
    assert len(seeds) == 4 * 9
