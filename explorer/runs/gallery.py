"""The gallery: the shipped checkpoints, and how to rebuild them from scratch.

A rebuild trains one model per seed and keeps the one with the lowest validation loss. Only that one
is measured on the test images, after its weights are rounded to float16.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from explorer.analysis.classifier import SHIPPED as CLASSIFIERS
from explorer.analysis.classifier import SHIPPED_SEEDS, ship_classifier
from explorer.analysis.measures import HEADLINE, MEASURES
from explorer.datasets import DATASETS, Report, load_dataset
from explorer.models import FAMILIES
from explorer.runs.checkpoints import read_spec, save_checkpoint
from explorer.runs.defaults import default_run
from explorer.runs.series import kl_weight
from explorer.runs.train import finished
from explorer.specs import ModelSpec, RunSpec, TrainingSpec
from explorer.training.hardware import device_name
from explorer.training.loop import Trainer
from explorer.training.progress import EpochRecord, Progress

EPOCHS = 50  # by then the validation loss is flat; see checkpoints/README.md
THREE_SEEDS = (0, 1, 2)

# A σ below 1 fits the residuals better, and keeps both dimensions active at KL weight 1.
_MNIST = ModelSpec(widths=(256, 256, 256, 128), activation="silu", likelihood_scale=0.5)
_MNIST_TRAINING = TrainingSpec(epochs=EPOCHS, learning_rate=3e-3)
_DIGITS = default_run(DATASETS["digits"])

# The KL weight is warmed up over the first 30 % of training. With the full weight from the start,
# a useful code is given up before it is learnt, and models collapse at weights far below the
# predicted ones.
_MNIST_VAE_TRAINING = TrainingSpec(
    epochs=EPOCHS, learning_rate=3e-3, kl_schedule="linear", kl_warmup=0.3
)

# The largest eigenvalues of MNIST's covariance are 5.12 and 3.74 (pixel units²). A dimension is
# active while β σ² is below its eigenvalue (arXiv 2510.01621): at σ = 0.5 up to β = 20.5 and 15.
KL_WEIGHTS = (0, 0.3, 1, 4, 8, 12, 16, 18, 24)
COLLAPSED = 32.0


@dataclass(frozen=True)
class Shipped:
    """A shipped checkpoint: its run, and the seeds of which the one with the lowest validation loss
    is kept."""

    run: RunSpec
    seeds: tuple[int, ...] = (0,)


def _run(dataset: str, model: ModelSpec, training: TrainingSpec, **changes: object) -> RunSpec:
    return RunSpec(dataset=dataset, model=model, training=training).replace(changes)


SHIPPED: dict[str, Shipped] = {
    "mnist-ae": Shipped(_run("mnist", _MNIST, _MNIST_TRAINING, family="ae"), THREE_SEEDS),
    "mnist-ae-l2": Shipped(
        _run("mnist", _MNIST, _MNIST_TRAINING, **{"family": "ae-l2", "options.penalty": 0.3})
    ),
    "mnist-vae": Shipped(_run("mnist", _MNIST, _MNIST_VAE_TRAINING), THREE_SEEDS),
    "mnist-collapsed": Shipped(_run("mnist", _MNIST, _MNIST_VAE_TRAINING, kl_weight=COLLAPSED)),
    **{
        f"mnist-vae-beta-{weight:g}": Shipped(
            _run("mnist", _MNIST, _MNIST_VAE_TRAINING, kl_weight=weight),
            # Nothing keeps σ up without a KL, so this one depends most on its seed.
            THREE_SEEDS if weight == 0 else (0,),
        )
        for weight in KL_WEIGHTS
    },
    "mnist-conv-vae": Shipped(
        _run(
            "mnist",
            _MNIST,
            _MNIST_VAE_TRAINING,
            network="conv",
            widths=(32, 64),
            epochs=20,
        )
    ),
    "fashion-vae": Shipped(_run("fashion-mnist", _MNIST, _MNIST_VAE_TRAINING), THREE_SEEDS),
    "digits-ae": Shipped(_DIGITS.replace({"family": "ae"}), THREE_SEEDS),
    "digits-vae": Shipped(_DIGITS, THREE_SEEDS),
    "digits-collapsed": Shipped(_DIGITS.replace({"kl_weight": 200.0})),
}


def rebuild(root: Path, name: str, report: Report) -> Iterator[Progress]:
    """Retrain a shipped checkpoint, once per seed, and save it in ``root``; yields each epoch."""
    shipped = SHIPPED[name]
    dataset = load_dataset(shipped.run.dataset, report)
    best: tuple[Trainer, list[EpochRecord]] | None = None
    for seed in shipped.seeds:
        trainer = Trainer(shipped.run.replace({"seed": seed}), dataset)
        history = []
        for progress in trainer:
            history.append(progress.record)
            yield progress
        if best is None or history[-1].held_out.total < best[1][-1].held_out.total:
            best = trainer, history
    assert best is not None, "a shipped checkpoint has at least one seed"
    trainer, history = best
    device = device_name(trainer.device)
    checkpoint = finished(name, trainer.run, trainer.model, device, dataset, history, "float16")
    save_checkpoint(root, checkpoint, overwrite=True)


def rebuild_classifiers(report: Report) -> Iterator[Path]:
    """Retrain the classifiers of the data sets of the gallery; yields their files."""
    for dataset in sorted({shipped.run.dataset for shipped in SHIPPED.values()}):
        images = load_dataset(dataset, report)
        for seed in SHIPPED_SEEDS:
            yield ship_classifier(CLASSIFIERS, images, seed)


def as_table(root: Path) -> str:
    """The measures of the gallery's checkpoints in ``root`` as a Markdown table."""
    header = ["checkpoint", "KL weight", *(MEASURES[key].title for key in HEADLINE)]
    lines = ["| " + " | ".join(header) + " |", "|---|" + "---:|" * (len(header) - 1)]
    for name in SHIPPED:
        spec = read_spec(root / name)
        stochastic = FAMILIES[spec.run.model.family].capabilities.stochastic
        weight = f"{kl_weight(spec):g}" if stochastic else "–"
        values = [MEASURES[key].format(spec.measures[key]) for key in HEADLINE]
        lines.append("| " + " | ".join([f"`{name}`", weight, *values]) + " |")
    return "\n".join(lines)
