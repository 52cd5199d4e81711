"""What can be taken home: tables as CSV, charts as SVG."""

from __future__ import annotations

import csv
import io
import json

import pytest

from explorer.pages.common.pending import computing
from explorer.pages.common.tables import table_csv
from tests.pages.conftest import Open


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_spreadsheet_reads_numbers_and_errors_in_columns_of_their_own() -> None:
    head = ["", "mine", "yours, too"]
    rows = [
        ["Loss, nats", "−1.50 ± 0.02", "12"],
        ["KL, nats", "–", f":small[{computing(3)}]"],
    ]
    assert rows_of(table_csv(head, rows)) == [
        ["", "mine", "mine ±", "yours, too", "yours, too ±"],
        ["Loss, nats", "-1.50", "0.02", "12", ""],
        ["KL, nats", "", "", "", ""],
    ]


@pytest.mark.parametrize(("title", "tables"), [("Compare", 2), ("Holes", 2), ("Sample", 1)])
def test_each_table_can_be_saved(open_page: Open, title: str, tables: int) -> None:
    page = open_page(title).assert_well()
    labels = [button.proto.label for button in page.at.get("download_button")]
    assert labels.count("CSV") == tables


@pytest.mark.parametrize(
    ("title", "address"),
    [
        ("Explore", {"model": "digits-vae", "tab": "Training"}),
        ("Compare", {"along": "Collapse"}),
        ("Information", {"of": "digits-vae", "about": "Over training"}),
    ],
)
def test_each_chart_can_be_saved_as_svg(
    open_page: Open, title: str, address: dict[str, str]
) -> None:
    page = open_page(title, **address).assert_well()
    charts = page.at.get("plotly_chart")
    assert charts
    names = set()
    for chart in charts:
        config = json.loads(chart.proto.config)
        assert config["modeBarButtons"] == [["toImage"]]
        assert config["toImageButtonOptions"]["format"] == "svg"
        names.add(config["toImageButtonOptions"]["filename"])
    assert len(names) == len(charts)
