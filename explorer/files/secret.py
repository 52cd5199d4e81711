"""The server's secret, with which it signs what it gives to browsers."""

import hashlib
import hmac
import os
import secrets
import tempfile
from functools import cache
from pathlib import Path

from explorer.files.errors import CheckpointError
from explorer.files.folders import home_folder
from explorer.files.reading import read_bounded

_BYTES = 32


@cache
def secret_key() -> bytes:
    """The key in ``EXPLORER_HOME/secret``, which all servers of a home folder share; made when
    there is none. If it can be neither read nor written, the key lasts as long as this process."""
    path = home_folder() / "secret"
    fresh = secrets.token_bytes(_BYTES)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _write_first(path, fresh)
        known = read_bounded(path, 1024)
    except (OSError, CheckpointError):
        return fresh
    return known if len(known) == _BYTES else fresh


def _write_first(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, unless there is one by now. Of several servers
    that start at once, one wins, and the others find its file whole."""
    descriptor, name = tempfile.mkstemp(prefix=".secret.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.link(name, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def operator_token() -> str:
    """What makes a visitor the operator of the server. It stays the same as long as the home folder
    keeps its secret."""
    return hmac.new(secret_key(), b"operator", hashlib.sha256).hexdigest()[:32]
