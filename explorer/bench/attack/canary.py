"""What would be seen if any of the hostile input were run: a file that appears, an address that is
fetched."""

from __future__ import annotations

import pickle
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

FILE = "canary"


class _Bomb:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


class Canary:
    """A file and an address that only code in a payload knows; a context in which it listens."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / FILE
        self.fetched = 0

        class Sink(BaseHTTPRequestHandler):
            def do_GET(inner) -> None:
                self.fetched += 1
                inner.send_error(404)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
        self.url = f"http://127.0.0.1:{self._server.server_port}/{FILE}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def sung(self) -> dict[str, int]:
        """How much code was run and how many addresses were fetched."""
        return {"code_run": int(self.file.exists()), "fetched": self.fetched}


def words(file: Path, url: str) -> tuple[str, ...]:
    """Hostile texts: code that makes the file, markup that fetches the address, and texts that
    break what handles them carelessly."""
    return (
        f"__import__('pathlib').Path({str(file)!r}).touch()",
        f"$(touch {file})",
        f"'; touch {file}; '",
        f"{{{{ cycler.__init__.__globals__.os.popen('touch {file}') }}}}",
        f"!!python/object/apply:os.system ['touch {file}']",
        f"<script src='{url}'></script><img src='{url}' onerror=alert(1)>",
        f"![picture]({url})",
        f"[link](javascript:fetch('{url}'))",
        url,
        f"file://{file}",
        "../../../../etc/passwd",
        "mnist-vae/../../secret",
        "$\\href{javascript:alert(1)}{x}\\def\\a{\\a\\a}\\a$",
        "'; DROP TABLE runs; --",
        "\0",
        "\ud7ff\u202e\ufeff\u2028",
        "%00%0d%0aSet-Cookie: a=b",
        "𝒳" * 2000,
        "9" * 5000,
        "-1",
        "0",
        "1e999",
        "nan",
        "-inf",
        str(2**63),
        str(-(2**63) - 1),
        "1,2,3",
        "[[[[[[[[" * 500,
        '{"__proto__": {"a": 1}}',
        "true",
        "None",
        "",
    )


def pickles(file: Path) -> tuple[bytes, ...]:
    """Content that makes the file when it is unpickled: as it is, and as PyTorch stores tensors."""
    import io

    import torch

    bomb = _Bomb(file)
    archive = io.BytesIO()
    torch.save({"weight": bomb}, archive)
    old = io.BytesIO()
    torch.save({"weight": bomb}, old, _use_new_zipfile_serialization=False)
    return pickle.dumps(bomb), archive.getvalue(), old.getvalue()
