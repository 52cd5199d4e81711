"""Heavy files served to the browser: named by content, fetched once, cached forever.

A file's URL ends in the hash of its content, so what a browser has read never changes and need not
be requested again (``Cache-Control: immutable``, RFC 8246). The route is part of the app's own ASGI
application (``app.py``). A script that Streamlit runs without it uses Streamlit's media files
instead, which are named by content too, but requested again at each visit.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

DIGEST_BYTES = 16
FOLDER = "latent-explorer-files"
_FOR_EVER = {
    "Cache-Control": "public, max-age=31536000, immutable",
    # Explicit, so that nothing wastes time on compressing numbers that hardly shrink.
    "Content-Encoding": "identity",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, eq=False)
class File:
    """Bytes for the browser and their type."""

    content: bytes
    mimetype: str = "application/octet-stream"

    @cached_property
    def digest(self) -> str:
        """The hash of the content: 32 hexadecimal digits."""
        return hashlib.blake2b(self.content, digest_size=DIGEST_BYTES).hexdigest()


def packed(body: bytes) -> File:
    """Content that begins with its own digest.

    Streamlit names media files above 1 MiB by samples of their head, middle and tail only: two
    files that agree there would otherwise share a URL.
    """
    return File(hashlib.blake2b(body, digest_size=DIGEST_BYTES).digest() + body)


class Shelf:
    """The files being served, up to ``capacity`` bytes; the least recently used is dropped first.

    A page lends its files again in every rerun, so a dropped file is back before it is missed.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._files: OrderedDict[str, File] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def put(self, file: File) -> None:
        """Lend a file; the newest is kept whatever its size."""
        with self._lock:
            if file.digest not in self._files:
                self._files[file.digest] = file
                self._size += len(file.content)
            self._files.move_to_end(file.digest)
            while self._size > self._capacity and len(self._files) > 1:
                _, gone = self._files.popitem(last=False)
                self._size -= len(gone.content)

    def get(self, digest: str) -> File | None:
        """The file with that digest, if it is lent."""
        with self._lock:
            file = self._files.get(digest)
            if file:
                self._files.move_to_end(digest)
            return file


_shelf = Shelf(capacity=128 * 2**20)
_is_routed = False


def routes() -> list[Route]:
    """The routes that serve lent files, at the root or below any base path."""
    from starlette.routing import Route

    global _is_routed
    _is_routed = True
    return [
        Route(f"/{before}{FOLDER}/{{digest}}", _answer, methods=["GET"])
        for before in ("", "{base:path}/")
    ]


async def _answer(request: Request) -> Response:
    from starlette.responses import PlainTextResponse, Response

    file = _shelf.get(request.path_params["digest"])
    if file is None:
        return PlainTextResponse("no such file", 404, {"Cache-Control": "no-store"})
    return Response(file.content, headers=_FOR_EVER, media_type=file.mimetype)


def lend(file: File, place: str) -> str:
    """Lend a file and return its URL relative to the app's root, with a leading slash.

    ``place`` distinguishes the files that one session shows at once; only media files need it.
    """
    if _is_routed:
        _shelf.put(file)
        return f"/{FOLDER}/{file.digest}"
    from streamlit import runtime

    if not runtime.exists():  # a bare `python script.py`: nothing will request it
        return ""
    # Streamlit names a file above 1 MiB by samples of it, and drops files that no rerun refers to.
    return runtime.get_instance().media_file_mgr.add(file.content, file.mimetype, place)
