"""``train`` and ``sweep``."""

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from explorer.cli.common import (
    INTERRUPTED,
    as_json,
    fail,
    print_results,
    result,
    say,
    say_fetching,
)

# Commands import what they need when they run: torch alone takes seconds, too long for --help.
if TYPE_CHECKING:
    from explorer.background.jobs.job import Job


@click.command()
@click.argument("dataset")
@click.argument("family")
@click.option("--name", help="Name of the checkpoint; by default from data set and family.")
@click.option("--epochs", type=int, help="Passes over the training images.")
@click.option("--latent-dim", type=int, help="Dimensions of the latent code.")
@click.option("--kl-weight", type=float, help="Weight of the KL term.")
@click.option("--seed", type=int, help="Seed of the weights, the batch order and the noise.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any other setting.")
@click.option("--resume", is_flag=True, help="Continue the stopped run of this name.")
@as_json
def train(
    dataset: str,
    family: str,
    name: str | None,
    settings: tuple[str, ...],
    resume: bool,
    as_json: bool,
    **options: float | None,
) -> None:
    """Train a model of FAMILY on DATASET and save it as a checkpoint."""
    from explorer.datasets import DATASETS, load_dataset
    from explorer.models import check_model_spec
    from explorer.runs.checkpoints import GALLERY, check_free, read_spec, user_folder
    from explorer.runs.defaults import check_fits, default_run
    from explorer.runs.train import free_name, train_checkpoint
    from explorer.runs.unfinished import load_unfinished, unfinished_names
    from explorer.specs import check_name

    # Check all input before anything is downloaded. Loading an unknown data set fails with a
    # message that lists the known ones.
    source = DATASETS.get(dataset) or load_dataset(dataset)
    if name is None:
        stem = f"{dataset}-{family}"
        name = free_name(stem, () if resume else unfinished_names())
    check_name(name)
    check_free(GALLERY, name)
    begun = load_unfinished(name).run if resume else default_run(source)
    given = {key: value for key, value in options.items() if value is not None}
    chosen = dict(_assignment(text) for text in settings)
    run = begun.replace({"dataset": dataset, "family": family, **given, **chosen})
    check_model_spec(run.model)
    check_fits(run, source)
    if run.model.family != family:
        raise ValueError(f"--set family: the family is {family}, from the argument FAMILY")
    if name in unfinished_names() and not resume:
        click.echo(f"{name} starts over (no --resume); its stopped run is discarded", err=True)

    root = user_folder()
    images = load_dataset(dataset, say_fetching)
    try:
        for progress in train_checkpoint(root, name, run, images, resume=resume):
            say(progress)
    except KeyboardInterrupt:
        if name not in unfinished_names():
            fail("interrupted before the first epoch ended", INTERRUPTED)
        again = f"python -m explorer train {dataset} {family} --name {name} --resume"
        fail(f"interrupted; to continue: {again}", INTERRUPTED)
    spec = read_spec(root / name)
    print_results([result(name, run, spec.device, spec.measures)], as_json)


def _assignment(text: str) -> tuple[str, Any]:
    """``key=value``; the value is read as JSON if possible, otherwise as text."""
    from explorer.specs import read_value

    key, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text!a}: write it as KEY=VALUE")
    return key, read_value(value)


@click.command()
@click.argument("dataset")
@click.argument("family")
@click.option("--kl-weight", "weights", required=True, help="Weights, separated by commas.")
@click.option("--seed", "seeds", default="0", show_default=True, help="Seeds, separated by commas.")
@click.option("--name", help="Name of the sweep; by default from data set and family.")
@click.option("--epochs", type=int, help="Passes over the training images.")
@click.option("--latent-dim", type=int, help="Dimensions of the latent code.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any other setting.")
@click.option("--resume", is_flag=True, help="Continue the stopped sweep of this name.")
@click.option("--scheduler", help="Dask scheduler, tcp://HOST:PORT; by default this machine.")
@as_json
def sweep(
    dataset: str,
    family: str,
    weights: str,
    seeds: str,
    name: str | None,
    settings: tuple[str, ...],
    resume: bool,
    scheduler: str | None,
    as_json: bool,
    **options: float | None,
) -> None:
    """Train FAMILY on DATASET with many KL weights at once and save each model as a checkpoint."""
    from explorer.background.jobs.board import Board
    from explorer.background.jobs.job import Stage
    from explorer.background.jobs.owners import COMMAND_LINE
    from explorer.background.jobs.runners.base import chosen_scheduler
    from explorer.datasets import DATASETS, load_dataset
    from explorer.runs.defaults import default_run
    from explorer.runs.sweeps import load_sweep, plan_sweep
    from explorer.specs import read_numbers

    source = DATASETS.get(dataset) or load_dataset(dataset)
    name = f"{dataset}-{family}" if name is None else name
    given = {key: value for key, value in options.items() if value is not None}
    chosen = dict(_assignment(text) for text in settings)
    run = default_run(source).replace({"family": family, **given, **chosen})
    runs = plan_sweep(
        name, run, read_numbers("kl_weight", weights), read_numbers("seed", seeds, int)
    )

    board = Board(scheduler or chosen_scheduler())
    job = board.submit(COMMAND_LINE, name, runs, sweep=name, resume=resume)
    try:
        _watch(job)
    except KeyboardInterrupt:
        board.stop(job, COMMAND_LINE)
        fail("interrupted; to continue, repeat the command with --resume", INTERRUPTED)
    finally:
        board.close()
    for member in job.members:
        if member.stage != Stage.DONE:
            fail(f"{member.name}: {member.note}")
    found = load_sweep(name)
    if as_json:
        click.echo(found.model_dump_json())
        return
    for point in found.points:
        click.echo(
            f"{point.checkpoint}: KL weight {point.kl_weight:g}, seed {point.seed}, rate "
            f"{point.rate:.2f}, distortion {point.distortion:.2f} nats per image, "
            f"{point.active_units:.0f} active units"
        )


def _watch(job: "Job") -> None:
    """Report the progress of a job until it ends."""
    last = ""
    while job.active:
        stages = Counter(member.stage.value for member in job.members)
        line = f"{job.share:.0%}: " + ", ".join(f"{n} {stage}" for stage, n in stages.items())
        if line != last:
            click.echo(line, err=True)
            last = line
        time.sleep(0.2)
