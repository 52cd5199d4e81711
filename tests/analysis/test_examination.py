"""All that can be said of a model in numbers: a finding or a reason, for every family."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from explorer.__main__ import main
from explorer.analysis.examination import examine
from explorer.analysis.fields import Subject
from explorer.analysis.measures.surgery import elbo_surgery
from explorer.models import FAMILIES, build_model
from explorer.models.latent import encode_images
from explorer.runs.checkpoints import GALLERY, load_checkpoint
from tests.support.toy_families import TOYS


@pytest.fixture
def few(digits, monkeypatch):
    from explorer.analysis import examination, hole_scores

    monkeypatch.setattr(examination, "JUDGED", 20)
    monkeypatch.setattr(examination, "PATHS_TRIED", 2)
    monkeypatch.setattr(examination, "PROBED", 5)
    monkeypatch.setattr(hole_scores, "DRAWS", 200)


@pytest.mark.parametrize("family", sorted([*FAMILIES, *TOYS]))
def test_every_family_has_findings_or_reasons(few, digits, tiny_run, monkeypatch, family):
    for name, toy in TOYS.items():
        monkeypatch.setitem(FAMILIES, name, toy)
    model = build_model(tiny_run.replace({"family": family}).model)
    found = list(examine(Subject(model, encode_images(model, digits.test), digits)))
    assert len({one.title for one in found}) == len(found) == 15
    for one in found:
        assert (one.value is None) == bool(one.why), one
        assert one.value is None or np.isfinite(one.value)
        assert one.unit


def test_the_command_prints_what_was_found(few, digits):
    done = CliRunner().invoke(main, ["examine", "digits-vae", "digits-ae"])
    assert done.exit_code == 0, done.output
    head, rule, *rows = done.stdout.splitlines()
    assert head == "| | `digits-vae` | `digits-ae` |"
    assert rule == "|---|---:|---:|"
    cells = {row.split(" | ")[0].strip("| "): row.strip("| ").split(" | ")[1:] for row in rows}
    codes = load_checkpoint(GALLERY / "digits-vae").codes
    found = elbo_surgery(codes.mean, codes.scale)
    assert cells["mutual information, nats"][0].startswith(f"{found.information:.3g} ±")
    assert cells["mutual information, nats"][1] == "–"
    done = CliRunner().invoke(main, ["examine", "digits-ae", "--json"])
    told = json.loads(done.stdout)["digits-ae"]
    assert {one["title"]: one["why"] for one in told}["ELBO"]
    done = CliRunner().invoke(main, ["examine", "nobody"])
    assert done.exit_code == 2
    assert "nobody" in done.stderr
