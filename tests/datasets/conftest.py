"""A loopback HTTP server with the failings of real ones, and a tiny data set to publish on it."""

import gzip
import hashlib
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.request import install_opener

import numpy as np
import pytest

from explorer.datasets.base import ImageDataset, Report, Source
from explorer.datasets.published.release import Release, load_published


def _idx(array: np.ndarray) -> bytes:
    """An IDX file, gzipped as published."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes())


@pytest.fixture
def idx() -> Callable[[np.ndarray], bytes]:
    """Makes a gzipped IDX file of an array."""
    return _idx


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Requests to the loopback interface go past any proxy of this machine."""
    monkeypatch.setenv("no_proxy", "*")
    install_opener(None)  # urllib builds one opener for good, with the proxies of that moment
    yield
    install_opener(None)


class Server(ThreadingHTTPServer):
    """Serves bytes by path. It keeps a diary of requests and fails as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str | None]] = []  # path, Range
        self.at_most: int | None = None  # bytes after which every connection is cut
        self.resumes = True  # whether Range is honoured
        self.tells_length = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers["Range"]
        self.server.requests.append((self.path, asked))
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        start = 0
        if asked and self.server.resumes:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        if self.server.tells_length:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        with suppress(ConnectionError):  # a client may hang up on what is too long
            self.wfile.write(content[start:][: self.server.at_most])

    def log_message(self, *args: object) -> None:
        """Keep test output clean."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@dataclass
class Tiny:
    """100 random 28×28 images in MNIST's layout, and how to load them from mirrors."""

    files: dict[str, bytes]
    folder: Path
    limit: int = 2**20
    told: list[tuple[str, float]] = field(default_factory=list)

    def release(self, *mirrors: str) -> Release:
        md5s = [(name, hashlib.md5(data).hexdigest()) for name, data in self.files.items()]
        return Release("Tiny/raw", mirrors, md5s, counts=(80, 20), validation=20, limit=self.limit)

    def load(self, *mirrors: str, report: Report | None = None) -> ImageDataset:
        source = Source("tiny", "Tiny", (1, 28, 28), tuple("0123456789"), "", _unused)
        tell = report or (lambda text, share: self.told.append((text, share)))
        return load_published(source, self.release(*mirrors), self.folder, tell)

    def publish(self, server: Server) -> str:
        """Put the files on the server and return its address."""
        server.files = {f"/{name}": data for name, data in self.files.items()}
        return server.url

    @property
    def raw(self) -> Path:
        return self.folder / "Tiny/raw"

    def place(self) -> None:
        """Put the files into the folder, as somebody would by hand."""
        self.raw.mkdir(parents=True)
        for name, data in self.files.items():
            (self.raw / name).write_bytes(data)


def _unused(folder: Path, report: Report) -> ImageDataset:
    raise AssertionError("tests load through Tiny.load")


@pytest.fixture
def tiny(tmp_path: Path) -> Tiny:
    random = np.random.default_rng(0)
    files = {}
    for stem, count in (("train", 80), ("t10k", 20)):
        files[f"{stem}-images-idx3-ubyte.gz"] = _idx(random.integers(0, 256, (count, 28, 28)))
        files[f"{stem}-labels-idx1-ubyte.gz"] = _idx(np.arange(count) % 10)
    return Tiny(files, tmp_path / "data")
