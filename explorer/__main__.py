"""``python -m explorer``: the command line. ``--json`` prints one JSON object and nothing else."""

import json
import os
import sys
from typing import Any, NoReturn

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
from explorer.cli.measuring import evaluate, examine
from explorer.cli.training import sweep, train

# How long a thread spins for the others before it sleeps (``bench training``). Beside one busy
# process an epoch takes 1.8 times as long as without; 50,000 would save a fifth without, but take
# nine times as long beside it.
os.environ.setdefault("GOMP_SPINCOUNT", "3000")


class _OneLineErrors(click.Group):
    """Turns what a user can cause into one line on standard error and exit status 2."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        try:
            status = super().main(*args, **(kwargs | {"standalone_mode": False}))
        except click.Abort:
            fail("interrupted", INTERRUPTED)
        except click.ClickException as error:
            fail(error.format_message())
        except _user_errors() as error:
            fail(str(error))
        sys.exit(status if isinstance(status, int) else 0)


def _user_errors() -> tuple[type[Exception], ...]:
    from explorer.background.jobs.limits import TooMuch
    from explorer.background.jobs.runners.base import ClusterUnreachable
    from explorer.bench.base import Unavailable
    from explorer.datasets import DatasetUnavailable
    from explorer.runs.checkpoints import CheckpointError
    from explorer.training.loop import NonFiniteLoss

    ours = (CheckpointError, DatasetUnavailable, NonFiniteLoss, Unavailable)
    return (*ours, TooMuch, ClusterUnreachable, ValueError, OSError)


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


# Commands import what they need: torch alone takes seconds, of which --help should take none.
@main.command("list")
@as_json
def list_(as_json: bool) -> None:
    """Data sets, families and checkpoints."""
    from explorer.datasets import DATASETS
    from explorer.models import FAMILIES
    from explorer.runs.checkpoints import checkpoint_names

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
@click.argument("names", nargs=-1)
@click.option("--table", is_flag=True, help="Only print what was measured, as Markdown.")
@click.option("--classifiers", is_flag=True, help="Only train the classifiers of the data sets.")
@as_json
def gallery(names: tuple[str, ...], table: bool, classifiers: bool, as_json: bool) -> None:
    """Rebuild shipped checkpoints from scratch: all, or those NAMEd."""
    from explorer.runs.checkpoints import GALLERY, read_spec
    from explorer.runs.gallery import SHIPPED, as_table, rebuild, rebuild_classifiers

    if table:
        click.echo(as_table(GALLERY))
        return
    if classifiers:
        for path in rebuild_classifiers(say_fetching):
            click.echo(path.name)
        return
    unknown = [name for name in names if name not in SHIPPED]
    if unknown:
        raise ValueError(f"{unknown[0]!a} is not in the gallery; known are {', '.join(SHIPPED)}")
    results = []
    for name in names or SHIPPED:
        for progress in rebuild(GALLERY, name, say_fetching):
            say(progress)
        spec = read_spec(GALLERY / name)
        results.append(result(name, spec.run, spec.device, spec.measures))
    print_results(results, as_json, several=True)


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


main.add_command(evaluate)
main.add_command(examine)
main.add_command(train)
main.add_command(sweep)

if __name__ == "__main__":
    if sys.argv[1:2] != ["gallery"]:  # which is for everybody
        os.umask(0o077)
    main()
