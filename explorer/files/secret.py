"""The server's secret, with which it signs what it gives to browsers."""

import hashlib
import hmac
import os
import secrets
from functools import cache

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
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError:
        return fresh
    else:
        with os.fdopen(descriptor, "wb") as file:
            file.write(fresh)
        return fresh
    try:
        known = read_bounded(path, 1024)
    except CheckpointError:
        return fresh
    return known if len(known) == _BYTES else fresh


def operator_token() -> str:
    """What makes a visitor the operator of the server. It stays the same as long as the home folder
    keeps its secret."""
    return hmac.new(secret_key(), b"operator", hashlib.sha256).hexdigest()[:32]
