"""The benchmark of fields and paths on the embedded digits."""

import pytest

from explorer.analysis.fields import FIELDS
from explorer.analysis.geometry import PATHS
from explorer.bench import fields


@pytest.mark.slow
def test_every_field_and_path_has_its_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "CHECKPOINT", "digits-vae")
    monkeypatch.setattr(fields, "SIDE", 16)
    rows = fields.bench_fields(lambda line: None).rows
    names = [f"{name}, 16²" for name in FIELDS] + [f"{kind} path" for kind in PATHS]
    assert [row["name"] for row in rows] == names
    assert all(row["s"] > 0 for row in rows)
