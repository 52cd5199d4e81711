"""Runs trained at once come out as each of them would alone, and one that fails fails alone."""

import shutil

import numpy as np
import pytest
import safetensors.torch
import torch

from explorer.models import FAMILIES
from explorer.specs import Change
from explorer.training.ensemble import Ensemble
from explorer.training.loop import NonFiniteLoss, Trainer
from explorer.training.progress import Progress

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
CUDA = pytest.param(
    torch.device("cuda"),
    marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
)
each_device = pytest.mark.parametrize("device", [CPU, CUDA], ids=str)

# Batched matrix products add up in another order than single ones: a few units in the last place
# of float32, which some dozen steps of training make somewhat larger.
LOSS = 1e-5  # relative
WEIGHT = 1e-4  # absolute; weights are about 0.1


@pytest.fixture
def sweep(small_run):
    """Three KL weights with two seeds each, of which both neither begin nor end together."""

    def sweep(**fields):
        return [
            small_run(kl_weight=weight, seed=seed, **fields)
            for weight in (0.0, 1.0, 5.0)
            for seed in (3, 0)
        ]

    return sweep


def _alone(run, digits, device=CPU, **arguments) -> tuple[Trainer, list[Progress]]:
    trainer = Trainer(run, digits, device, **arguments)
    return trainer, list(trainer)


def _copy(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return safetensors.torch.load(safetensors.torch.save(state))


def assert_states_agree(found, wanted, tolerance: float = WEIGHT) -> None:
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert (found[name].shape, found[name].dtype) == (value.shape, value.dtype), name
        scale = max(1.0, float(value.abs().max()))
        torch.testing.assert_close(
            found[name], value, atol=tolerance * scale, rtol=0, msg=lambda m, name=name: name + m
        )


def assert_records_agree(found: list[Progress], wanted: list[Progress], rel: float = LOSS) -> None:
    assert len(found) == len(wanted)
    for ours, theirs in zip((p.record for p in found), (p.record for p in wanted), strict=True):
        for field in ("epoch", "epochs", "step", "kl_weight", "learning_rate", "device"):
            assert getattr(ours, field) == getattr(theirs, field), field
        assert ours.seconds > 0
        for losses in ("train", "held_out"):
            a, b = getattr(ours, losses), getattr(theirs, losses)
            for term in ("reconstruction", "penalty", "total"):
                assert getattr(a, term) == pytest.approx(getattr(b, term), rel=rel), term
            np.testing.assert_allclose(a.kl, b.kl, rtol=rel, atol=rel)


def assert_as_alone(ensemble: Ensemble, told, runs, digits, device=CPU, rel: float = LOSS) -> None:
    """All that an ensemble gives is what a Trainer of each run gives."""
    for index, run in enumerate(runs):
        trainer, progress = _alone(run, digits, device)
        assert_records_agree([epoch[index] for epoch in told], progress, rel)
        assert_states_agree(ensemble.state(index), trainer.state())


class TestAsAlone:
    @each_device
    @pytest.mark.parametrize("family", FAMILIES)
    def test_every_family(self, sweep, digits, family, device) -> None:
        runs = sweep(family=family, epochs=5)
        ensemble = Ensemble(runs, digits, device)
        told = list(ensemble)
        assert ensemble.epoch == len(told) == 5
        assert_as_alone(ensemble, told, runs, digits, device)
        one, other = ensemble.model(2), ensemble.model(4)
        assert type(one) is FAMILIES[family]
        weights_matter = FAMILIES[family].capabilities.stochastic
        same = torch.equal(one.decoder.layers[0].weight, other.decoder.layers[0].weight)
        assert same != weights_matter

    @each_device
    @pytest.mark.parametrize("family", ["vae", "denoising-ae"])
    def test_convolutions(self, sweep, digits, family, device) -> None:
        runs = sweep(family=family, network="conv", widths=(4, 8))
        ensemble = Ensemble(runs, digits, device)
        assert_as_alone(ensemble, list(ensemble), runs, digits, device)

    @pytest.mark.parametrize(
        ("fields", "rel"),
        [
            (
                {"likelihood": "bernoulli", "kl_schedule": "cyclical", "options.free_bits": 0.1},
                LOSS,
            ),
            ({"likelihood": "continuous-bernoulli", "latent_dim": 1}, LOSS),
            # Its gradient leaps where a residual changes its sign.
            ({"likelihood": "laplace", "latent_dim": 7, "batch_size": 65_536}, 10 * LOSS),
        ],
    )
    def test_other_settings(self, sweep, digits, fields, rel) -> None:
        runs = sweep(**fields)
        ensemble = Ensemble(runs, digits, CPU)
        assert_as_alone(ensemble, list(ensemble), runs, digits, rel=rel)

    def test_bfloat16(self, sweep, digits) -> None:
        """Rounded at other places, so only the losses agree, and not so closely."""
        runs = sweep(precision="bfloat16")
        ensemble = Ensemble(runs, digits, CPU)
        told = list(ensemble)
        exact = list(Ensemble(sweep(), digits, CPU))
        for index, run in enumerate(runs):
            _, progress = _alone(run, digits)
            assert_records_agree([epoch[index] for epoch in told], progress, rel=5e-3)
            assert told[-1][index].record.train != exact[-1][index].record.train

    @pytest.mark.skipif(
        not any(map(shutil.which, ("g++", "clang++", "cl"))),
        reason="torch.compile needs a C++ compiler",
    )
    def test_compiled(self, sweep, digits) -> None:
        """The compiler makes noise of its own, which must be the same noise again."""
        runs = sweep(compiled="yes")
        ensemble = Ensemble(runs, digits, CPU)
        told = list(ensemble)
        assert_as_alone(ensemble, told, runs, digits)
        plain = list(Ensemble(sweep(), digits, CPU))
        assert told[0][0].record.train != plain[0][0].record.train

    def test_the_random_state_outside_is_neither_used_nor_moved(self, sweep, digits) -> None:
        states = []
        for seed in (1, 2):
            torch.manual_seed(seed)
            before = torch.get_rng_state()
            ensemble = Ensemble(sweep(), digits, CPU)
            list(ensemble)
            assert torch.equal(torch.get_rng_state(), before)
            states.append(_copy(ensemble.state(0)))
        assert_states_agree(*states, tolerance=0)

    def test_a_run_is_the_same_in_any_company(self, sweep, digits) -> None:
        runs = sweep()
        all_of_them, few = Ensemble(runs, digits, CPU), Ensemble(runs[3:5], digits, CPU)
        list(all_of_them), list(few)
        assert_states_agree(few.state(0), all_of_them.state(3))
        assert_states_agree(few.state(1), all_of_them.state(4))

    def test_snapshots_and_models_are_those_of_each_run(self, sweep, digits) -> None:
        runs = sweep()
        ensemble = Ensemble(runs, digits, CPU, snapshots=20)
        *_, last = ensemble
        x = digits.validation[:20].floats()
        for index in range(len(runs)):
            with torch.no_grad():
                codes = ensemble.model(index).encode(x).mean.numpy()
            np.testing.assert_allclose(last[index].snapshot, codes, atol=1e-6)
            np.testing.assert_array_equal(last[index].snapshot, ensemble.snapshot(index))
        assert not np.array_equal(last[0].snapshot, last[1].snapshot)


class TestResume:
    def test_a_stopped_ensemble_goes_on_as_if_nothing_had_happened(self, sweep, digits) -> None:
        runs = sweep(kl_schedule="linear", epochs=4)
        whole, stopped = Ensemble(runs, digits, CPU), Ensemble(runs, digits, CPU)
        told = list(whole)
        for _, _ in zip(range(2), stopped, strict=False):
            pass
        states = [_copy(stopped.state(index)) for index in range(len(runs))]
        resumed = Ensemble(runs, digits, CPU, states)
        assert resumed.epoch == 2
        rest = list(resumed)
        for index in range(len(runs)):
            assert_states_agree(resumed.state(index), whole.state(index), tolerance=0)
            assert_records_agree(
                [epoch[index] for epoch in rest], [epoch[index] for epoch in told[2:]], rel=0
            )

    def test_each_of_its_runs_goes_on_alone_and_the_other_way_round(self, sweep, digits) -> None:
        runs = sweep()
        whole, stopped = Ensemble(runs, digits, CPU), Ensemble(runs, digits, CPU)
        told = list(whole)
        next(iter(stopped))
        states = []
        for index, run in enumerate(runs):
            resumed, rest = _alone(run, digits, state=stopped.state(index))
            assert_records_agree(rest, [epoch[index] for epoch in told[1:]])
            assert_states_agree(resumed.state(), whole.state(index))
            first = Trainer(run, digits, CPU)
            next(iter(first))
            states.append(first.state())
        gathered = Ensemble(runs, digits, CPU, states)
        list(gathered)
        for index in range(len(runs)):
            assert_states_agree(gathered.state(index), whole.state(index))

    def test_before_the_first_epoch_and_after_the_last(self, sweep, digits) -> None:
        runs = sweep()
        ensemble = Ensemble(runs, digits, CPU)
        begun = Ensemble(runs, digits, CPU, [ensemble.state(i) for i in range(len(runs))])
        assert_states_agree(begun.state(1), Trainer(runs[1], digits, CPU).state(), tolerance=0)
        assert len(list(begun)) == 3
        done = Ensemble(runs, digits, CPU, [begun.state(i) for i in range(len(runs))])
        assert list(done) == []
        assert_states_agree(done.state(1), begun.state(1), tolerance=0)


class TestChange:
    def test_of_one_run_moves_that_run_alone(self, sweep, digits) -> None:
        """Weight and rate, of two runs of one seed."""
        runs = sweep(epochs=4)
        ensemble = Ensemble(runs, digits, CPU)
        epochs = iter(ensemble)
        told = [next(epochs)]
        ensemble.change(0, kl_weight=9.0, learning_rate=5e-3)
        told.append(next(epochs))
        ensemble.change(2, learning_rate=1e-4)
        told.extend(epochs)
        assert ensemble.run(0).training.changes == (
            Change(epoch=1, kl_weight=9.0, learning_rate=5e-3),
        )
        assert ensemble.run(2).training.changes == (Change(epoch=2, learning_rate=1e-4),)
        for index in (1, 3, 4, 5):
            assert ensemble.run(index) == runs[index]
        changed = [ensemble.run(index) for index in range(len(runs))]
        assert_as_alone(ensemble, told, changed, digits)
        again = Ensemble(changed, digits, CPU)
        assert_as_alone(again, list(again), changed, digits)

    def test_a_value_that_no_spec_accepts_is_refused(self, sweep, digits) -> None:
        ensemble = Ensemble(sweep(), digits, CPU)
        with pytest.raises(ValueError, match=r"^kl_weight: "):
            ensemble.change(1, kl_weight=-1.0)
        assert ensemble.run(1) == sweep()[1]


class TestNonFiniteLoss:
    # At the highest rate that a spec accepts, six layers before so steep a likelihood overflow.
    STEEP = {"likelihood_scale": 1e-3, "link": "identity", "widths": (32,) * 6}  # noqa: RUF012

    @each_device
    @pytest.mark.parametrize("at", [0, 1])
    def test_a_run_that_blows_up_sits_out_the_rest(self, sweep, digits, at, device) -> None:
        """As of its last finished epoch, and nobody else notices."""
        runs = sweep(**self.STEEP)
        runs[2] = runs[2].changed(at, learning_rate=10.0)
        ensemble = Ensemble(runs, digits, device)
        told = list(ensemble)
        assert len(told) == 3
        assert all(isinstance(epoch[2], Progress) for epoch in told[:at])
        assert all(epoch[2] is told[at][2] for epoch in told[at:])
        trainer = Trainer(runs[2], digits, device)
        with pytest.raises(NonFiniteLoss) as error:
            list(trainer)
        assert isinstance(told[at][2], NonFiniteLoss)
        assert str(told[at][2]).partition(";")[0] == str(error.value).partition(";")[0]
        assert f"in epoch {at + 1} at learning rate" in str(told[at][2])
        assert int(ensemble.state(2)["epoch"]) == at
        assert_states_agree(ensemble.state(2), trainer.state())
        others = [0, 1, 3, 4, 5]
        for index in others:
            alone, progress = _alone(runs[index], digits, device)
            assert_records_agree([epoch[index] for epoch in told], progress)
            assert_states_agree(ensemble.state(index), alone.state())

    def test_it_can_be_resumed_alone_with_a_lower_rate(self, sweep, digits) -> None:
        runs = sweep(**self.STEEP)
        runs[2] = runs[2].changed(1, learning_rate=10.0)
        ensemble = Ensemble(runs, digits, CPU)
        list(ensemble)
        ensemble.change(2, learning_rate=2e-3)
        assert ensemble.run(2).training.changes == (Change(epoch=1, learning_rate=2e-3),)
        resumed, rest = _alone(ensemble.run(2), digits, state=ensemble.state(2))
        assert len(rest) == 2
        undisturbed, _ = _alone(sweep(**self.STEEP)[2], digits)
        assert_states_agree(resumed.state(), undisturbed.state())

    def test_if_all_blow_up_that_is_the_end(self, sweep, digits) -> None:
        """Also if all of one seed do, while others go on."""
        runs = [run.changed(1, learning_rate=10.0) for run in sweep(**self.STEEP)]
        told = list(Ensemble(runs, digits, CPU))
        assert len(told) == 2
        assert all(isinstance(run, NonFiniteLoss) for run in told[1])
        sound = sweep(**self.STEEP)
        mixed = [sound[i] if i % 2 else runs[i] for i in range(6)]
        ensemble = Ensemble(mixed, digits, CPU)
        told = list(ensemble)
        assert [[isinstance(run, Progress) for run in epoch] for epoch in told] == [
            [True] * 6,
            [False, True] * 3,
            [False, True] * 3,
        ]
        assert_states_agree(ensemble.state(1), _alone(sound[1], digits)[0].state())


class TestWatch:
    def test_it_is_told_every_step_and_may_look(self, sweep, digits) -> None:
        seen = []

        def watch(step: int) -> None:
            seen.append(step)
            looks.append([ensemble.snapshot(index) for index in range(6)])

        looks: list = []
        ensemble = Ensemble(sweep(), digits, CPU, snapshots=9, watch=watch)
        told = list(ensemble)
        assert seen == list(range(1, 13))
        unseen = Ensemble(sweep(), digits, CPU)
        list(unseen)
        for index in range(6):
            assert_states_agree(ensemble.state(index), unseen.state(index), tolerance=0)
            assert not np.array_equal(looks[0][index], looks[1][index])
            np.testing.assert_array_equal(looks[3][index], told[0][index].snapshot)

    def test_a_change_within_an_epoch_holds_from_the_next_one_on(self, sweep, digits) -> None:
        ensemble = Ensemble(
            sweep(),
            digits,
            CPU,
            watch=lambda step: step == 6 and ensemble.change(2, kl_weight=7.0),
        )
        told = list(ensemble)
        assert [epoch[2].record.kl_weight for epoch in told] == [1, 1, 7]
        assert_as_alone(ensemble, told, [ensemble.run(i) for i in range(6)], digits)

    def test_what_it_raises_leaves_the_last_finished_epoch_of_all(self, sweep, digits) -> None:
        class Stop(Exception):
            pass

        def stop(step: int) -> None:
            if step == 6:
                raise Stop

        ensemble = Ensemble(sweep(), digits, CPU, watch=stop)
        epochs = iter(ensemble)
        next(epochs)
        good = [_copy(ensemble.state(index)) for index in range(6)]
        with pytest.raises(Stop):
            next(epochs)
        assert ensemble.epoch == 1
        for index in range(6):
            assert_states_agree(ensemble.state(index), good[index], tolerance=0)


class TestBadArguments:
    @pytest.mark.parametrize(
        ("fields", "name"),
        [
            ({"learning_rate": 1e-4}, "learning_rate"),
            ({"epochs": 9}, "epochs"),
            ({"latent_dim": 3}, "latent_dim"),
            ({"family": "ae"}, "family"),
            ({"dataset": "mnist"}, "dataset"),
            ({"options.free_bits": 1.0}, "options"),
            ({"precision": "bfloat16"}, "precision"),
        ],
    )
    def test_runs_that_differ_elsewhere(self, small_run, digits, fields, name) -> None:
        with pytest.raises(ValueError, match=rf"^{name}: .* differ in kl_weight, changes, seed$"):
            Ensemble([small_run(), small_run(kl_weight=2.0), small_run(**fields)], digits, CPU)

    def test_no_runs(self, digits) -> None:
        with pytest.raises(ValueError, match="runs: there are none to train"):
            Ensemble([], digits, CPU)

    def test_a_run_that_does_not_fit_the_data(self, small_run, digits) -> None:
        with pytest.raises(ValueError, match=r"the model takes \(1, 28, 28\) images"):
            Ensemble([small_run(image_shape=(1, 28, 28))], digits, CPU)

    def test_states_of_different_epochs(self, small_run, digits) -> None:
        trainers = [Trainer(small_run(), digits, CPU) for _ in range(2)]
        next(iter(trainers[0]))
        states = [trainer.state() for trainer in trainers]
        with pytest.raises(ValueError, match="states: they are of different epochs, 0 and 1"):
            Ensemble([small_run()] * 2, digits, CPU, states)

    def test_too_few_states_or_one_that_does_not_fit(self, small_run, digits) -> None:
        trainer = Trainer(small_run(), digits, CPU)
        next(iter(trainer))
        good = trainer.state()
        with pytest.raises(ValueError, match="states: there are 1 for 2 runs"):
            Ensemble([small_run()] * 2, digits, CPU, [good])
        bad = {**good, "model.encoder.layers.0.bias": torch.zeros(5)}
        with pytest.raises(ValueError, match="the saved state does not fit the run"):
            Ensemble([small_run()] * 2, digits, CPU, [good, bad])
