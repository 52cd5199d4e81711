"""Of what is uploaded, each session keeps the latest only."""

from __future__ import annotations

import asyncio
import urllib.request
from pathlib import Path
from uuid import uuid4

import psutil
import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from explorer.bench.browser import REPOSITORY, Server
from explorer.bench.wire.client import Client, cookie_of
from explorer.components.uploads import MOST, FewUploads
from tests.support.apart import apart

MB = 10**6


def record(name: str) -> UploadedFileRec:
    return UploadedFileRec(name, f"{name}.png", "image/png", b"picture")


def test_each_session_keeps_its_latest() -> None:
    kept = FewUploads("/upload")
    for number in range(MOST + 2):
        kept.add_file("a", record(f"a{number}"))
    kept.add_file("b", record("b0"))
    names = [f"a{number}" for number in range(MOST + 2)]
    assert [file.file_id for file in kept.get_files("a", names)] == names[2:]
    assert len(kept.get_files("b", ["b0"])) == 1
    kept.remove_session_files("a")
    assert kept.get_files("a", names) == []


@pytest.mark.slow
def test_uploads_do_not_fill_the_memory_of_a_server(tmp_path: Path) -> None:
    variables = {"EXPLORER_HOME": str(tmp_path / "home")}
    server = Server(REPOSITORY / "app.py", tmp_path / "log", variables=variables, folder=REPOSITORY)
    memory = psutil.Process(server.process.pid).memory_info
    sessions: list[str] = []

    def told(message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "new_session":
            sessions.append(message.new_session.initialize.session_id)

    async def upload(count: int) -> None:
        async with Client(server.url, told=told) as client:
            await client.open("draw", "input=picture")
            cookie = await asyncio.to_thread(cookie_of, f"{server.url}/_stcore/health")
            for _ in range(count):
                await asyncio.to_thread(put, server.url, sessions[-1], cookie)

    try:
        apart(upload(2))
        before = memory().rss
        apart(upload(60))
        assert memory().rss - before < 60 * 2 * MB / 2
    finally:
        server.stop()


def put(url: str, session: str, cookie: str) -> None:
    """Send a file of two megabytes, as the page would."""
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f.png"\r\n\r\n'
    request = urllib.request.Request(
        f"{url}/_stcore/upload_file/{session}/{uuid4()}",
        data=head + bytes(2 * MB) + b"\r\n--x--\r\n",
        headers={
            "Content-Type": "multipart/form-data; boundary=x",
            "Cookie": cookie,
            "X-Xsrftoken": cookie.rpartition("_streamlit_xsrf=")[2],
        },
        method="PUT",
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 204
