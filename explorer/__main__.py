"""``python -m explorer``: the command line. ``--json`` prints one JSON object and nothing else."""

import json
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import click

# How long a thread spins for the others before it sleeps. Beside one busy process, GNU OpenMP's own
# choice made an epoch ten times as long; always sleeping made a quiet one half as long again.
os.environ.setdefault("GOMP_SPINCOUNT", "50000")

# Commands import what they need: torch alone takes seconds, of which --help should take none.
if TYPE_CHECKING:
    from explorer.specs import Measured, RunSpec
    from explorer.training.progress import Progress

BAD_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class _OneLineErrors(click.Group):
    """Turns what a user can cause into one line on standard error and exit status 2."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        try:
            status = super().main(*args, **(kwargs | {"standalone_mode": False}))
        except click.Abort:
            _fail("interrupted", INTERRUPTED)
        except click.ClickException as error:
            _fail(error.format_message())
        except _user_errors() as error:
            _fail(str(error))
        sys.exit(status if isinstance(status, int) else 0)


def _user_errors() -> tuple[type[Exception], ...]:
    from explorer.bench.base import Unavailable
    from explorer.checkpoints import CheckpointError
    from explorer.datasets import DatasetUnavailable
    from explorer.training.loop import NonFiniteLoss

    return (CheckpointError, DatasetUnavailable, NonFiniteLoss, Unavailable, ValueError, OSError)


def _fail(reason: str, status: int = BAD_INPUT) -> NoReturn:
    # Messages quote what was given and what stands in files: nothing in them may steer a terminal.
    line = "".join(letter if letter.isprintable() else " " for letter in reason)
    click.echo(f"error: {' '.join(line.split())}", err=True)
    sys.exit(status)


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group(
    cls=_OneLineErrors,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def main() -> None:
    """Latent Explorer on the command line."""
    import torch

    # Before the first parallel operation, or the worker threads keep their slow denormals.
    torch.set_flush_denormal(True)


@main.command("list")
@as_json
def list_(as_json: bool) -> None:
    """Data sets, families and checkpoints."""
    from explorer.checkpoints import checkpoint_names
    from explorer.datasets import DATASETS
    from explorer.models import FAMILIES

    names = {
        "datasets": list(DATASETS),
        "families": list(FAMILIES),
        "checkpoints": checkpoint_names(),
    }
    if as_json:
        click.echo(json.dumps(names))
        return
    for kind, entries in names.items():
        click.echo(f"{kind}: {', '.join(entries) or 'none'}")


@main.command()
@click.argument("dataset")
@click.argument("family")
@click.option("--name", help="Name of the checkpoint; made from data set and family if left out.")
@click.option("--epochs", type=int, help="Passes over the training images.")
@click.option("--latent-dim", type=int, help="Dimensions of the latent code.")
@click.option("--kl-weight", type=float, help="Weight of the KL term.")
@click.option("--seed", type=int, help="Seed of weights, order and noise.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Any other setting.")
@click.option("--resume", is_flag=True, help="Go on with the stopped run of this name.")
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
    """Train a model of FAMILY on DATASET and keep it as a checkpoint."""
    from explorer.checkpoints import GALLERY, check_free, read_spec, user_folder
    from explorer.datasets import DATASETS, load_dataset
    from explorer.models import check_model_spec
    from explorer.runs import check_fits, default_run, train_checkpoint
    from explorer.specs import check_name
    from explorer.unfinished import load_unfinished, unfinished_names

    # All that can be wrong is looked at before anything is fetched. Loading an unknown data set
    # fails, and says which are known.
    source = DATASETS.get(dataset) or load_dataset(dataset)
    name = check_name(_default_name(f"{dataset}-{family}", resume) if name is None else name)
    check_free(GALLERY, name)
    begun = load_unfinished(name).run if resume else default_run(source)
    given = {key: value for key, value in options.items() if value is not None}
    chosen = dict(_assignment(text) for text in settings)
    run = begun.replace({"dataset": dataset, "family": family, **given, **chosen})
    check_model_spec(run.model)
    check_fits(run, source)
    if run.model.family != family:
        raise ValueError(f"--set family: the family is {family}, as FAMILY says")
    if name in unfinished_names() and not resume:
        click.echo(f"{name} begins afresh, without --resume; its stopped run is dropped", err=True)

    root = user_folder()
    images = load_dataset(dataset, _say_fetching)
    try:
        for progress in train_checkpoint(root, name, run, images, resume=resume):
            _say(progress)
    except KeyboardInterrupt:
        if name not in unfinished_names():
            _fail("interrupted before the first epoch ended", INTERRUPTED)
        again = f"python -m explorer train {dataset} {family} --name {name} --resume"
        _fail(f"interrupted; to go on: {again}", INTERRUPTED)
    spec = read_spec(root / name)
    _print_results([_result(name, run, spec.device, spec.measures)], as_json)


def _default_name(stem: str, resume: bool) -> str:
    """The first of ``stem``, ``stem-2``, … that no checkpoint has; if it is to be begun, no
    stopped run either."""
    from explorer.checkpoints import checkpoint_names
    from explorer.unfinished import unfinished_names

    taken = {*checkpoint_names(), *(() if resume else unfinished_names())}
    name, count = stem, 1
    while name in taken:
        count += 1
        name = f"{stem}-{count}"
    return name


def _assignment(text: str) -> tuple[str, Any]:
    """``key=value``; the value is JSON if it can be read as such, else text."""
    key, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text!a}: write it as KEY=VALUE")
    try:
        return key, json.loads(value)
    except (ValueError, RecursionError):
        return key, value


def _say_fetching(text: str, share: float) -> None:
    click.echo(f"\r{text} {share:.0%}", nl=share >= 1, err=True)


def _say(progress: "Progress") -> None:
    record = progress.record
    click.echo(
        f"epoch {record.epoch}/{record.epochs}: loss {record.train.total:.2f} train, "
        f"{record.held_out.total:.2f} held out nats/image, KL {record.held_out.kl_total:.2f}, "
        f"{record.images_per_second:,.0f} images/s on {record.device}",
        err=True,
    )


def _result(
    name: str, run: "RunSpec", device: str, measures: Mapping[str, "Measured"]
) -> dict[str, Any]:
    """What ``evaluate --json`` prints; a measure without a value says why."""
    return {
        "checkpoint": name,
        "dataset": run.dataset,
        "family": run.model.family,
        "device": device,
        "measures": {
            key: value.model_dump(exclude_none=value.why is None) for key, value in measures.items()
        },
    }


def _print_results(results: list[dict[str, Any]], as_json: bool, *, several: bool = False) -> None:
    from explorer.measures import MEASURES

    if as_json:
        click.echo(json.dumps({"checkpoints": results} if several else results[0]))
        return
    for result in results:
        click.echo(f"{result['checkpoint']}: {result['family']} on {result['dataset']}")
        for key, measured in result["measures"].items():
            measure = MEASURES[key]
            if measured["value"] is None:
                click.echo(f"  {measure.title}: not defined, {measured['why']}")
            else:
                value = f"{measured['value']:.{measure.decimals}f}"
                click.echo(f"  {measure.title}: {value} {measured['unit']}")


@main.command("evaluate")
@click.argument("checkpoint")
@as_json
def evaluate_(checkpoint: str, as_json: bool) -> None:
    """Measure CHECKPOINT anew on the test images of its data set."""
    from explorer.checkpoints import find_checkpoint, load_checkpoint
    from explorer.datasets import load_dataset
    from explorer.measures import evaluate
    from explorer.runs import check_fits
    from explorer.training.hardware import best_device, device_name

    loaded = load_checkpoint(find_checkpoint(checkpoint))
    run = loaded.spec.run
    images = load_dataset(run.dataset, _say_fetching)
    check_fits(run, images)
    measures = evaluate(loaded.model.to(best_device()), images)
    _print_results([_result(checkpoint, run, device_name(best_device()), measures)], as_json)


@main.command()
@click.argument("names", nargs=-1)
@click.option("--table", is_flag=True, help="Only print what was measured, as Markdown.")
@as_json
def gallery(names: tuple[str, ...], table: bool, as_json: bool) -> None:
    """Rebuild shipped checkpoints from scratch: all, or those NAMEd."""
    from explorer.checkpoints import GALLERY, read_spec
    from explorer.gallery import SHIPPED, as_table, rebuild

    if table:
        click.echo(as_table(GALLERY))
        return
    unknown = [name for name in names if name not in SHIPPED]
    if unknown:
        raise ValueError(f"{unknown[0]!a} is not in the gallery; known are {', '.join(SHIPPED)}")
    results = []
    for name in names or SHIPPED:
        for progress in rebuild(GALLERY, name, _say_fetching):
            _say(progress)
        spec = read_spec(GALLERY / name)
        results.append(_result(name, spec.run, spec.device, spec.measures))
    _print_results(results, as_json, several=True)


@main.command()
@click.argument("names", nargs=-1)
@as_json
def bench(names: tuple[str, ...], as_json: bool) -> None:
    """Run benchmarks: all, or those NAMEd."""
    from explorer.bench import BENCHES

    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        raise ValueError(f"{unknown[0]!a} is no benchmark; known are {', '.join(BENCHES)}")
    results = [BENCHES[name](lambda line: click.echo(line, err=True)) for name in names or BENCHES]
    if not as_json:
        click.echo("\n".join(result.as_text() for result in results))
        return
    objects = [result.as_json() for result in results]
    click.echo(json.dumps(objects[0] if len(objects) == 1 else {"benches": objects}))


if __name__ == "__main__":
    main()
