"""Which host names the server answers to.

A page of a stranger may let its own name point to this machine ("DNS rebinding"); a browser would
then let it read everything here. Such a request carries the stranger's name, so the server answers
only to addresses, which cannot be rebound, to this machine's own names, and to those it is told.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

HOSTS = "EXPLORER_HOSTS"
_REFUSED = (
    b"This server does not know itself by the name in the address. Whoever runs it can add the "
    b"name to EXPLORER_HOSTS.\n"
)


@cache
def own_names() -> frozenset[str]:
    """The names of this machine, and those in ``EXPLORER_HOSTS``, separated by commas; a leading
    dot stands for any name below."""
    told = os.environ.get(HOSTS, "").split(",")
    machine = socket.gethostname().lower()
    named = {"localhost", machine, f"{machine}.local", machine.partition(".")[0]}
    return frozenset(named | {name.strip().lower() for name in told if name.strip()})


def is_own(host: str, names: Iterable[str]) -> bool:
    """Whether a ``Host`` header, perhaps with a port, is an address or one of these names."""
    name = host.strip().lower()
    if name.startswith("["):  # an IPv6 address
        name = name[1:].partition("]")[0]
    else:
        name = name.rpartition(":")[0] or name if name.count(":") <= 1 else name
    try:
        ip_address(name)
    except ValueError:
        name = name.rstrip(".")
        return any(name == one or (one[:1] == "." and name.endswith(one)) for one in names)
    return True


class KnownHosts:
    """ASGI middleware that refuses requests for any other host name."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        hosts = [value for key, value in scope["headers"] if key == b"host"]
        if len(hosts) == 1 and is_own(hosts[0].decode("latin-1"), own_names()):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "unknown host name"})
        else:
            headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 421, "headers": headers})
            await send({"type": "http.response.body", "body": _REFUSED})
