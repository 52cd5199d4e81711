"""Certificates for tests, made on the fly."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip a test for want of a program, or fail on CI, where none may be missing."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def make_certificate(folder: Path, name: str) -> None:
    """Write ``certificate.pem``, which is its own authority, and ``key.pem`` into a folder."""
    openssl = shutil.which("openssl")
    if openssl is None:
        missing("no openssl found, which makes the certificates")
    folder.mkdir(parents=True, exist_ok=True)
    made = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "certificate.pem")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    command = [openssl, "req", "-x509", *kind, *subject, *made]
    subprocess.run(command, check=True, capture_output=True)
