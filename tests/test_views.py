"""No code outside ``models`` depends on a family, label, level or prior; it asks views instead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import explorer

ROOT = Path(explorer.__file__).parent
# Code that branches on the kind of model. A view or a capability should answer instead.
ASKING = (
    r"(?<!_)needs_label",
    r"\.levels\b",
    r"\.family\s*(==|!=|in \(|not in \()",
    r"\bfamily\s*(==|!=)\s*[\"']",
    r"(==|!=|in)\s*\(?[\"'](ae|vae|ae-l2|denoising-ae)[\"']",
    r"isinstance\([^)]*\b(AE|VAE|AEL2|DenoisingAE|FlatModel|DeterministicAutoencoder)\b",
    r"\blatent_dim\s*(==|!=|<|>)",
    r"from explorer\.models\.(ae|ae_l2|denoising_ae|vae|flat|deterministic)\b",
    r"\bNormal\(0(\.0)?, 1(\.0)?\)",
)
# The command line refuses to resume a run as another family; it compares the names as typed.
EXCUSED = {("cli/training.py", "if run.model.family != family:")}


def questions(code: str) -> list[str]:
    """The lines of code that branch on the kind of model."""
    return [line for line in code.splitlines() if any(re.search(one, line) for one in ASKING)]


@pytest.mark.parametrize(
    "path",
    [
        path.relative_to(ROOT)
        for path in sorted(ROOT.rglob("*.py"))
        if path.relative_to(ROOT).parts[0] != "models"
    ],
    ids=str,
)
def test_no_code_outside_models_depends_on_the_kind_of_model(path: Path) -> None:
    found = questions((ROOT / path).read_text(encoding="utf-8"))
    asked = [line for line in found if (path.as_posix(), line.strip()) not in EXCUSED]
    assert asked == []


@pytest.mark.parametrize(
    "line",
    [
        "if model.needs_label:",
        "if model.levels == (2,):",
        'if spec.family == "vae":',
        'is_vae = controls.family == "vae"',
        "if isinstance(model, VAE):",
        "if spec.latent_dim == 2:",
        "prior = Normal(0.0, 1.0)",
        "from explorer.models.vae import VAE",
    ],
)
def test_such_a_line_is_found(line: str) -> None:
    assert questions(line) == [line]


def test_other_code_is_accepted() -> None:
    code = "if view.dim == 2:\n    family = FAMILIES[spec.family].capabilities.stochastic\n"
    assert questions(code) == []
