"""The server's secret is made once, is private, and is the same for all servers of a home."""

from __future__ import annotations

import subprocess
import sys

from explorer.files import home_folder, operator_token, secret_key

SCRIPT = "from explorer.files import secret_key; print(secret_key().hex())"


def fresh() -> bytes:
    secret_key.cache_clear()
    return secret_key()


def test_it_is_kept_and_private(home):
    try:
        first = fresh()
        assert len(first) == 32
        assert fresh() == first
        assert (home_folder() / "secret").stat().st_mode & 0o777 == 0o600
        told = subprocess.run(
            [sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True
        )
        assert bytes.fromhex(told.stdout.strip()) == first
        assert operator_token() not in first.hex()
        (home_folder() / "secret").unlink()
        assert fresh() != first
    finally:
        secret_key.cache_clear()


def test_a_broken_one_is_not_used(home):
    try:
        home_folder().mkdir(parents=True, exist_ok=True)
        (home_folder() / "secret").write_bytes(b"short")
        assert len(fresh()) == 32
    finally:
        secret_key.cache_clear()
