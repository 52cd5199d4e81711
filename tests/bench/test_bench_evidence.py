"""The evidence benchmark on the embedded digits."""

import pytest

from explorer.bench import evidence
from explorer.models import LIKELIHOODS


@pytest.mark.slow
def test_every_likelihood_has_its_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "CHECKPOINT", "digits-vae")
    monkeypatch.setattr(evidence, "FEW", 20)
    said: list[str] = []
    result = evidence.bench_evidence(said.append).as_json()
    peak, *rows = result["rows"]
    assert peak["gflop_per_s"] > 0
    assert [row["name"].rpartition(" ")[2] for row in rows] == list(LIKELIHOODS)
    for row in rows:
        assert row["s"] > 0
        assert 0 <= row["extra_mb"] < 1000
    products = [row["share_of_matmul_peak"] for row in rows if "share_of_matmul_peak" in row]
    assert len(products) == len(result["ratios"]) == len(LIKELIHOODS) - 1
    assert all(0 < share < 1.5 for share in products)
    (own,) = (row for row in rows if "largest_error_nats" in row)
    assert 0 <= own["largest_error_nats"] < 0.1
    assert own["smallest_gap_nats"] >= 0
    assert any("laplace: 20 images" in line for line in said)
