"""``examine``."""

import json
from dataclasses import asdict

import click

from explorer.cli.common import as_json as json_flag
from explorer.cli.common import say_fetching


@click.command()
@click.argument("checkpoints", nargs=-1, required=True)
@json_flag
def examine(checkpoints: tuple[str, ...], as_json: bool) -> None:
    """Evidence, information, holes and geometry of CHECKPOINTS, as a Markdown table."""
    from explorer.analysis.examination import examine as examined
    from explorer.analysis.fields import Subject
    from explorer.datasets import load_dataset
    from explorer.runs.checkpoints import find_checkpoint, load_checkpoint

    found = {}
    for name in checkpoints:
        click.echo(name, err=True)
        loaded = load_checkpoint(find_checkpoint(name))
        images = load_dataset(loaded.spec.run.dataset, say_fetching)
        found[name] = list(examined(Subject(loaded.model, loaded.codes, images)))
    if as_json:
        click.echo(
            json.dumps({name: [asdict(one) for one in all_] for name, all_ in found.items()})
        )
        return
    click.echo("| | " + " | ".join(f"`{name}`" for name in found) + " |")
    click.echo("|---|" + "---:|" * len(found))
    for row in zip(*found.values(), strict=True):
        values = " | ".join(str(one) for one in row)
        click.echo(f"| {row[0].title}, {row[0].unit} | {values} |")
