"""Results on a CUDA device agree with those on the CPU. Skipped without such a device."""

import pytest
import torch

from explorer.analysis.geometry import Landscape
from explorer.analysis.geometry.paths import PATHS, path_through
from explorer.analysis.information.evidence import exact_evidence
from explorer.analysis.information.grid import Grid
from explorer.analysis.measures import MEASURES, measured
from explorer.analysis.subject import Subject
from explorer.models import FAMILIES, LIKELIHOODS
from explorer.runs.checkpoints import GALLERY, load_checkpoint
from explorer.specs import RunSpec
from explorer.training import step
from explorer.training.clipping import CLIP, clip_gradients
from explorer.training.loop import Trainer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")

CPU, CUDA = torch.device("cpu"), torch.device("cuda")
SMALL = {
    "image_shape": (1, 8, 8),
    "widths": (32,),
    "epochs": 3,
    "batch_size": 256,
    "precision": "float32",
}


def _losses(run: RunSpec, digits, device: torch.device) -> list[float]:
    return [progress.record.held_out.total for progress in Trainer(run, digits, device)]


@pytest.mark.parametrize("likelihood", LIKELIHOODS)
@pytest.mark.parametrize("family", FAMILIES)
def test_a_captured_step_gives_the_same_losses_as_a_plain_one(
    family, likelihood, digits, monkeypatch
):
    """The graph draws the noise of plain steps, and uses each step's rate and KL weight."""
    run = RunSpec().replace(SMALL | {"family": family, "likelihood": likelihood})
    captured = _losses(run, digits, CUDA)
    monkeypatch.setattr(step, "_captured", lambda plain, *_: plain)
    assert captured == pytest.approx(_losses(run, digits, CUDA), rel=1e-4)


@pytest.mark.parametrize("layers", ["mlp", "conv"])
def test_an_autoencoder_learns_the_same_as_on_the_cpu(layers, digits):
    """It draws no noise, so only the order of additions differs."""
    run = RunSpec().replace(SMALL | {"family": "ae", "network": layers})
    assert _losses(run, digits, CUDA) == pytest.approx(_losses(run, digits, CPU), rel=1e-3)


def test_extreme_gradients_are_shortened_as_on_the_cpu():
    """Adam's state lies on the device there, and nothing is read from it."""

    def norms(device: torch.device) -> list[float]:
        weight = torch.nn.Parameter(torch.zeros(50, device=device))
        fused = {"fused": True, "capturable": device == CUDA}
        adam, found = torch.optim.Adam([weight], lr=1e-3, **fused), []
        random = torch.Generator().manual_seed(0)
        for size in (1.0, 1.2, 500.0, 0.7, 1e6):
            weight.grad = (size * torch.randn(50, generator=random)).to(device)
            clip_gradients(adam)
            found.append(float(weight.grad.norm()))
            adam.step()
        return found

    here = norms(CPU)
    assert here[2] < 2 * CLIP * here[1]
    assert here[4] < 1e4
    assert norms(CUDA) == pytest.approx(here, rel=1e-4)


def _view(name: str, device: torch.device, digits):
    checkpoint = load_checkpoint(GALLERY / name)
    model = checkpoint.model.to(device).eval()
    return model.view(digits.test), checkpoint.codes


def test_the_exact_evidence_agrees_with_the_cpu_within_its_error(digits):
    images = digits.test.floats()[:100]

    def found(device: torch.device):
        view, codes = _view("digits-vae", device, digits)
        return exact_evidence(view, images.to(device), Grid.of(view, codes))

    here, there = found(CPU), found(CUDA)
    assert (abs(here.nats - there.nats) <= here.error + there.error + 1e-3).all()
    assert there.gap.min() > -1e-3
    assert there.gap == pytest.approx(here.gap, abs=2e-2)


@pytest.mark.parametrize("kind", PATHS)
def test_paths_are_as_long_as_on_the_cpu(kind, digits):
    def length(device: torch.device) -> float:
        view, codes = _view("digits-vae", device, digits)
        pins = codes.mean[:2]
        return path_through(Landscape(view, codes), pins, kind).length

    assert length(CUDA) == pytest.approx(length(CPU), rel=5e-3)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["ae", "vae"])
def test_measures_agree_with_the_cpu(family, digits):
    run = RunSpec().replace(SMALL | {"family": family, "epochs": 20})
    trainer = Trainer(run, digits, CPU)
    for _ in trainer:
        pass
    model = trainer.model.eval()
    there = dict(measured(Subject.of(model.view(digits.test), digits)))
    model.to(CUDA)
    here = dict(measured(Subject.of(model.view(digits.test), digits)))
    assert here.keys() == there.keys()
    for name, one in here.items():
        assert one.why == there[name].why, name
        if one.value is not None:
            slack = max(there[name].error or 0.0, 1e-3 * abs(there[name].value))
            assert one.value == pytest.approx(there[name].value, abs=slack), name
    assert any(one.value is not None for one in here.values())
    assert set(MEASURES) <= set(here)
