"""Certificates for tests, made on the fly."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def make_certificate(folder: Path, name: str) -> None:
    """Write ``certificate.pem``, which is its own authority, and ``key.pem`` into a folder."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl found, which makes the certificates")
    folder.mkdir(parents=True, exist_ok=True)
    made = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    command = [openssl, "req", "-x509", *kind, *subject, *made]
    subprocess.run(command, check=True, capture_output=True)
