"""nginx with the configuration that the deployment guide gives away, before servers on loopback."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import explorer
from explorer.bench.browser import Server
from tests.support.certificates import make_certificate, missing
from tests.support.waiting import wait_until

CONFIGURATION = Path(explorer.__file__).parent / "deployment" / "nginx.conf"
NAME = "explorer.example.org"
MISSING = "no nginx found, which this configures"
# What surrounds the configuration, as in the distribution's own file.
AROUND = """
daemon off;
worker_processes 2;
error_log stderr;
pid {folder}/pid;
{user}
events {{ worker_connections 4096; }}
http {{
    log_format explorer '$upstream_addr $status $request_uri';
    access_log {folder}/asked explorer;
    client_body_temp_path {folder}/1;
    proxy_temp_path {folder}/2;
    fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4;
    scgi_temp_path {folder}/5;
    include {folder}/explorer.conf;
}}
"""


def find_nginx() -> str:
    """Its path. Without it the test is skipped, or fails on CI."""
    folders = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin"
    found = shutil.which("nginx", path=folders)
    return found or missing(MISSING)


@dataclass(frozen=True)
class Proxy:
    """A running nginx: its ports, and what it logs."""

    plain: int
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def asked(self) -> list[tuple[str, int, str]]:
        """Of each request that has been answered: the addresses of the copies that were asked, the
        status, and the path."""
        lines = (self.folder / "asked").read_text().splitlines()
        parts = (line.rsplit(" ", 2) for line in lines)
        return [(copies, int(status), path) for copies, status, path in parts]

    @contextmanager
    def connection(self, address: str = "127.0.0.1") -> Iterator[HTTPConnection]:
        """A connection under the public name, from an address, that checks the certificate."""
        trust = ssl.create_default_context(cafile=self.folder / "certificate.pem")
        plain = socket.create_connection(("127.0.0.1", self.port), 30, (address, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        connection = HTTPConnection(NAME)
        connection.sock = trust.wrap_socket(plain, server_hostname=NAME)
        try:
            yield connection
        finally:
            connection.close()

    def get(self, path: str, cookie: str = "", address: str = "127.0.0.1") -> HTTPResponse:
        """The answer to a request on a connection of its own; its body has been read."""
        with self.connection(address) as connection:
            connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
            answer = connection.getresponse()
            answer.read()
            return answer

    def copy_of(self, cookie: str) -> str:
        """The address of the copy that answers a visitor."""
        known = len(self.asked())
        assert self.get("/_stcore/health", cookie).status == 200
        wait_until(lambda: len(self.asked()) > known, "nginx has logged it")
        return self.asked()[-1][0].rpartition(" ")[2]


@contextmanager
def proxy(folder: Path, *copies: Server) -> Iterator[Proxy]:
    """nginx with its configuration as it stands, except for ports and the certificate's place."""
    nginx = find_nginx()
    make_certificate(folder, NAME)
    text = CONFIGURATION.read_text(encoding="utf-8")
    for port, server in zip(("8501", "8502"), copies, strict=True):
        text = text.replace(f"127.0.0.1:{port} ", f"{urlsplit(server.url).netloc} ")
    text = text.replace(f"/etc/letsencrypt/live/{NAME}/fullchain.pem", f"{folder}/certificate.pem")
    text = text.replace(f"/etc/letsencrypt/live/{NAME}/privkey.pem", f"{folder}/key.pem")
    with socket.socket() as one, socket.socket() as two:
        ports = []
        for probe in (one, two):
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    text = re.sub(r"listen \[::\]:\d+[^;]*;", "", text)  # not every machine has IPv6
    for written, port in zip(("80", "443"), ports, strict=True):
        text = re.sub(rf"listen {written}\b", f"listen 127.0.0.1:{port}", text)
    (folder / "explorer.conf").write_text(text, encoding="utf-8")
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user), encoding="utf-8")
    words = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    checked = subprocess.run([*words, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    # From 1.25.1 on there is another way to ask for HTTP/2, which older ones do not know.
    warnings = [line for line in checked.stderr.splitlines() if "[warn]" in line]
    assert not [line for line in warnings if "http2" not in line]
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log)
    try:
        wait_until(lambda: _answers(ports[1]) or process.poll() is not None, "nginx answers")
        assert process.poll() is None, (folder / "nginx.log").read_text()
        yield Proxy(*ports, folder)
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True
