"""Tables to take home, as CSV."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from streamlit.delta_generator import DeltaGenerator

_PENDING = re.compile(r":\w+\[.*\]")  # what is still being computed is Markdown that fades
_HEADS = ("", " ±")  # of the two columns that a number has: its value and its standard error


def offer_csv(
    place: DeltaGenerator, name: str, head: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    """A button that saves a table.

    Args:
        place: where the button stands.
        name: of the file; it distinguishes the table from others on the page.
        head: the names of the columns.
        rows: the title of each row, and a number with or without its error for each other column.
    """
    place.download_button(
        "CSV",
        table_csv(head, rows),
        f"{name}.csv",
        "text/csv",
        on_click="ignore",
        key=f"csv {name}",
        help="This table for a spreadsheet.",
    )


def table_csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as spreadsheets read it: a number in one column, its standard error in the next."""
    first, *others = head
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow([first, *(name + part for name in others for part in _HEADS)])
    for title, *values in rows:
        lines.writerow([title, *(part for value in values for part in _parts(value))])
    return text.getvalue().encode("utf-8-sig")  # without the mark, some read it as Latin-1


def _parts(value: str) -> tuple[str, str]:
    """A number and its error; empty where there is none."""
    number, _, error = _PENDING.sub("", value).replace("−", "-").partition(" ± ")
    return number.replace("–", ""), error
