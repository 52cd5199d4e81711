"""What the commands share: output and errors."""

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from explorer.specs import Measured, RunSpec
    from explorer.training.progress import Progress

BAD_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT, as in shells


as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def fail(reason: str, status: int = BAD_INPUT) -> NoReturn:
    """End with one line on standard error."""
    # Messages quote arguments and files, which must not send control characters to the terminal.
    line = "".join(letter if letter.isprintable() else " " for letter in reason)
    click.echo(f"error: {' '.join(line.split())}", err=True)
    sys.exit(status)


def say_fetching(text: str, share: float) -> None:
    """Report the progress of a download."""
    click.echo(f"\r{text} {share:.0%}", nl=share >= 1, err=True)


def say(progress: "Progress") -> None:
    """Report the losses and the speed of an epoch."""
    record = progress.record
    click.echo(
        f"epoch {record.epoch}/{record.epochs}: loss {record.train.total:.2f} train, "
        f"{record.held_out.total:.2f} held-out nats/image, KL {record.held_out.kl_total:.2f}, "
        f"{record.images_per_second:,.0f} images/s on {record.device}",
        err=True,
    )


def result(
    name: str, run: "RunSpec", device: str, measures: Mapping[str, "Measured"]
) -> dict[str, Any]:
    """The object that ``evaluate --json`` prints; a measure without a value gives the reason."""
    return {
        "checkpoint": name,
        "dataset": run.dataset,
        "family": run.model.family,
        "device": device,
        "measures": {
            key: value.model_dump(exclude={"error", "why"}) | _extras(value)
            for key, value in measures.items()
        },
    }


def _extras(measured: "Measured") -> dict[str, Any]:
    """An error and a reason, where there are any."""
    extras = {"error": measured.error, "why": measured.why}
    return {key: value for key, value in extras.items() if value is not None}


def print_results(results: list[dict[str, Any]], as_json: bool, *, several: bool = False) -> None:
    """Print what was measured, as text or as JSON; on standard error a line for each model whose
    numbers say that something is wrong with it."""
    from explorer.analysis.measures import MEASURES, concerns
    from explorer.specs import Measured

    for result in results:
        numbers = {k: Measured.model_validate(one) for k, one in result["measures"].items()}
        if found := concerns(numbers):
            click.echo(f"warning: {result['checkpoint']}: {' '.join(found)}", err=True)
    if as_json:
        click.echo(json.dumps({"checkpoints": results} if several else results[0]))
        return
    for result in results:
        click.echo(f"{result['checkpoint']}: {result['family']} on {result['dataset']}")
        for key, measured in result["measures"].items():
            measure = MEASURES[key.partition("@")[0]]
            if measured["value"] is None:
                click.echo(f"  {measure.title}: not defined, {measured['why']}")
            else:
                value = measure.format(Measured.model_validate(measured), with_error=True)
                click.echo(f"  {measure.title}: {value} {measured['unit']}")
