"""The server's secret is made once, is private, and is the same for all servers of a home."""

from __future__ import annotations

import os
import subprocess
import sys

from explorer.files import home_folder, operator_token, secret_key

# As slow as a disk may be, between making the file and filling it.
SLOWLY = """
import os, sys, time
really = os.fdopen
def fdopen(*a, **k):
    time.sleep(0.5)
    return really(*a, **k)
os.fdopen = fdopen
print("ready", flush=True)
sys.stdin.readline()
"""
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


def test_servers_that_start_at_once_agree(home):
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", f"import explorer.files\n{SLOWLY}\n{SCRIPT}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for server in servers:
        assert server.stdout.readline() == "ready\n"
    for server in servers:
        server.stdin.write("\n")
        server.stdin.flush()
    told = {server.communicate(timeout=60)[0].strip() for server in servers}
    assert told == {(home / "secret").read_bytes().hex()}
    assert [path.name for path in home.iterdir()] == ["secret"]


def test_without_a_place_for_it_a_server_has_its_own(home):
    home.write_text("not a folder")
    try:
        assert len(fresh()) == 32
        assert fresh() != fresh()
    finally:
        secret_key.cache_clear()


def test_it_is_kept_where_files_cannot_be_linked(home, monkeypatch):
    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    try:
        assert fresh() == fresh()
        assert [path.name for path in home.iterdir()] == ["secret"]
    finally:
        secret_key.cache_clear()
