"""Numbers on a page: in a row, or in a table with a column per model."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from explorer import session
from explorer.analysis.measures import HEADLINE, HEALTH, MEASURES, NONE, concerns
from explorer.files import CheckpointError
from explorer.pages.common.models import Opened
from explorer.pages.common.pending import shown
from explorer.pages.common.tables import offer_csv
from explorer.runs.checkpoints import find_checkpoint
from explorer.runs.numbers import keep_numbers, kept_at, origin_of
from explorer.session.words import plain
from explorer.specs import CheckpointSpec, Measured

SECONDS = {"instant": 1.0, "seconds": 5.0, "minutes": 90.0}  # first guesses, by cost


def number_of(opened: Opened, name: str) -> session.Outcome[Measured]:
    """A measure of a model: the stored value, or one computed in the background and then stored."""
    measure, subject = MEASURES[name], opened.subject
    key = measure.key(subject)
    stored = session.stored_numbers(opened.spec)
    if key in stored:
        return session.Outcome(True, stored[key])
    if why := measure.undefined(subject):
        return session.Outcome(True, Measured(value=None, unit=measure.unit, why=why))

    def compute() -> Measured:
        found = measure.of(subject)
        if found.value is not None:
            # The number is shown even if it cannot be stored.
            with suppress(CheckpointError, ValueError):
                path = kept_at(find_checkpoint(opened.name))
                keep_numbers(path, opened.spec, origin_of(subject), {key: found})
        return found

    return session.later(
        ("number", name, opened.key),
        compute,
        like=("number", name, opened.source.name),
        guess=SECONDS[measure.cost],
    )


def number_text(opened: Opened, name: str, with_error: bool = False) -> str:
    """A measure of a model in Markdown: a number, a dash if it is not defined, or that it is being
    computed."""
    measure = MEASURES[name]
    return shown(number_of(opened, name), lambda found: measure.format(found, with_error), NONE)


def show_measures(opened: Opened, names: Iterable[str] = HEADLINE) -> None:
    """Measures in a row, each with its unit and a line that explains it."""
    numbers = []
    for name in names:
        measure = MEASURES[name]
        if measure.expert and not session.shows_all():
            continue
        found = number_of(opened, name).value
        why = f" Not available: {plain(found.why)}." if found and found.why else ""
        meaning = f"{measure.help}{why} On the test images."
        numbers.append((measure.title, number_text(opened, name), measure.unit, meaning))
    show_numbers(numbers)


def show_health(opened: Opened) -> None:
    """A sentence for each thing that is wrong with a model; nothing for a healthy one."""
    numbers = {name: number_of(opened, name).value for name in HEALTH}
    if found := concerns({name: one for name, one in numbers.items() if one is not None}):
        st.warning(" ".join(found))


def show_numbers(numbers: Iterable[tuple[str, str, str, str]]) -> None:
    """Numbers side by side: title, value, unit, and a line that explains it."""
    given = list(numbers)
    if not given:
        return
    # On a phone it wraps into several rows. The key lets the style sheet keep its height.
    row = st.container(horizontal=True, key=f"numbers of {given[0][0]}")
    for title, value, unit, meaning in given:
        row.metric(title, value, delta=unit, delta_color="off", delta_arrow="off", help=meaning)


def measured(spec: CheckpointSpec, name: str) -> float:
    """A number measured after training; 0 if it was never measured or is not defined."""
    found = spec.measures.get(name)
    return found.value if found and found.value is not None else 0.0


@dataclass(frozen=True)
class Row:
    """A row of a table of models: a number's title, unit and explanation, and a value per model.
    Rows for experts are left out until a visitor asks for them."""

    title: str
    unit: str
    help: str
    values: Sequence[str]
    expert: bool = False


def show_table(name: str, models: Sequence[Opened], names: Iterable[str]) -> None:
    """A table of measures with a column for each model."""
    rows = []
    for measured_by in names:
        measure = MEASURES[measured_by]
        values = [
            number_text(opened, measured_by, with_error=measure.cost != "instant")
            for opened in models
        ]
        rows.append(Row(measure.title, measure.unit, measure.help, values, measure.expert))
    show_rows(name, [opened.title for opened in models], rows)


def show_rows(name: str, names: Sequence[str], rows: Sequence[Row]) -> None:
    """A table with a column for each model, narrow enough for a phone, that can be saved.

    Args:
        name: of the file; it distinguishes the table from others on the page.
        names: the models.
        rows: the numbers.
    """
    rows = [row for row in rows if session.shows_all() or not row.expert]
    lines = ["| | " + " | ".join(f"**{one}**" for one in names) + " |"]
    lines.append("|---|" + "---:|" * len(names))
    lines += [f"| {row.title}, *{row.unit}* | " + " | ".join(row.values) + " |" for row in rows]
    st.markdown("\n".join(lines))
    below = st.container(horizontal=True)
    table = [[f"{row.title}, {row.unit}", *row.values] for row in rows]
    offer_csv(below, name, ["", *names], table)
    with below.popover("What these numbers mean"):
        for row in rows:
            st.markdown(f"**{row.title}** ({row.unit}): {row.help}")
