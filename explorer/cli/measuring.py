"""``evaluate`` and ``examine``: measure trained models."""

import json
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import click

from explorer.cli.common import as_json as json_flag
from explorer.cli.common import print_results, result, say_fetching

# Commands import what they need when they run: torch alone takes seconds, too long for --help.
if TYPE_CHECKING:
    from explorer.analysis.subject import Subject
    from explorer.runs.checkpoints import Checkpoint
    from explorer.specs import Measured

save_flag = click.option(
    "--save",
    is_flag=True,
    help="Store the numbers, and what pages show first, with the checkpoint.",
)


@click.command()
@click.argument("checkpoint")
@save_flag
@json_flag
def evaluate(checkpoint: str, save: bool, as_json: bool) -> None:
    """Measure CHECKPOINT again, with every measure, on the test images of its data set."""
    from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
    from explorer.training.hardware import best_device, device_name

    loaded = load_checkpoint(find_checkpoint(checkpoint))
    subject = _subject(loaded)
    found = dict(_measured(subject))
    if save:
        _save(loaded, subject, found)
    device = device_name(best_device())
    print_results([result(checkpoint, loaded.spec.run, device, found)], as_json)


@click.command()
@click.argument("checkpoints", nargs=-1, required=True)
@save_flag
@json_flag
def examine(checkpoints: tuple[str, ...], save: bool, as_json: bool) -> None:
    """Print the numbers of CHECKPOINTS side by side as a Markdown table, with standard errors.

    Numbers that are stored with a checkpoint are not measured again.
    """
    from explorer.analysis.measures import MEASURES
    from explorer.runs.checkpoints import find_checkpoint, load_checkpoint
    from explorer.runs.kept import kept_results
    from explorer.runs.numbers import side_by_side, stored_numbers

    found: dict[str, dict[str, Measured]] = {}
    for name in checkpoints:
        click.echo(name, err=True)
        folder = find_checkpoint(name)
        loaded = load_checkpoint(folder)
        known = stored_numbers(folder, loaded.spec)
        # Older checkpoints did not store the errors of what is measured after training.
        missing = [key for key in MEASURES if key not in known]
        fresh = {}
        if missing or save:
            subject = _subject(loaded).knowing(kept_results(folder, loaded.spec, loaded.codes))
            fresh = dict(_measured(subject, missing))
            if save:
                _save(loaded, subject, fresh)
        found[name] = known | fresh
    if as_json:
        click.echo(
            json.dumps(
                {
                    name: {key: one.model_dump(exclude_none=True) for key, one in all_.items()}
                    for name, all_ in found.items()
                }
            )
        )
        return
    click.echo(side_by_side(found))


def _subject(loaded: "Checkpoint") -> "Subject":
    """A checkpoint's default view with its held-out images. The training images are fetched only if
    a measure needs them."""
    from explorer.analysis.subject import Subject
    from explorer.datasets import load_dataset, load_held_out
    from explorer.runs.defaults import check_fits
    from explorer.training.hardware import best_device

    load = partial(load_dataset, loaded.spec.run.dataset, say_fetching)
    images = load_held_out(loaded.spec.run.dataset) or load()
    check_fits(loaded.spec.run, images)
    view = loaded.model.to(best_device()).view(images.test)
    return Subject.of(view, images, load, loaded.validation)


def _measured(
    subject: "Subject", names: list[str] | None = None
) -> Iterator[tuple[str, "Measured"]]:
    """Measures of a subject, reported one after another."""
    from explorer.analysis.measures import MEASURES, measured

    for key, one in measured(subject, names or MEASURES):
        click.echo(f"  {key}", err=True)
        yield key, one


def _save(loaded: "Checkpoint", subject: "Subject", found: "dict[str, Measured]") -> None:
    from explorer.runs.checkpoints import find_checkpoint
    from explorer.runs.kept import computed_results, keep_results
    from explorer.runs.numbers import FILE, keep_numbers, origin_of

    path = find_checkpoint(loaded.spec.name) / FILE
    keep_numbers(path, loaded.spec, origin_of(subject), found)
    click.echo("  what pages show first", err=True)
    keep_results(path.parent, loaded.spec, subject, computed_results(subject))
