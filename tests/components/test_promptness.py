"""What a server accepts sends without delay."""

from __future__ import annotations

import socket
import sys

import pytest

from explorer.components.promptness import send_at_once


@pytest.mark.skipif(sys.platform == "win32", reason="there a socket has no number that is known")
def test_sockets_that_listen_pass_it_on() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        send_at_once()
        with socket.create_connection(server.getsockname()), server.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
