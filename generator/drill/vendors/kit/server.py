"""One server on this machine for the vendors that are called over HTTP.

    with VendorServer() as server: …                    in a test
    python -m generator.drill.vendors --port 8099       beside a bench, which reads GET /_state and sets POST /_fault

The stubs check requests as strictly as the vendors, and fail on demand, before or after a request takes effect.
"""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from generator.drill.local_server import LocalServer, OwnedServer
from generator.drill.vendors.kit.registry import http_vendors
from generator.drill.vendors.kit.vendor import HttpStub, HttpVendor
from generator.drill.vendors.kit.wire import Reply, WireRequest

Fault = Callable[[str, str], str | None]


class VendorServer(LocalServer):
    """The server and the stubs behind it. vendors: their classes; without them, all that are called over HTTP.

    violations: of all stubs. requests: method and path of each. faults: how many requests failed, by kind.
    fault: called with path and method of each request; returns None, or one of `500`, `500-after`, `drop`,
    `drop-after`, `429:<seconds>`, `503:<seconds>`, `slow:<seconds>`. With -after and slow, the request takes effect.
    """

    def __init__(self, port: int = 0, vendors: Sequence[type[HttpVendor]] | None = None) -> None:
        self.violations: list[str] = []
        classes = http_vendors() if vendors is None else vendors
        self._stubs = {stub: stub(self.violations) for stub in classes}
        self.requests: list[tuple[str, str]] = []
        self.faults: dict[str, int] = {}
        self.fault: Fault = no_fault
        self._lock = threading.Lock()
        super().__init__(_Handler, port)

    def stub(self, vendor: type[HttpStub]) -> HttpStub:
        """The stub of a class."""
        stub = self._stubs[vendor]
        assert isinstance(stub, vendor)
        return stub

    def example_channels(self) -> dict[str, dict[str, Any]]:
        """Channels that lead here, as a routing table has them; `secret` is the content of the secret, not its name."""
        examples: dict[str, dict[str, Any]] = {}
        for vendor in self._stubs:
            examples |= vendor.example_channels(self.url)
        return examples

    def state(self) -> dict[str, Any]:
        """The deliveries of all stubs, and the counters, as JSON has them."""
        with self._lock:
            state: dict[str, Any] = {}
            for stub in self._stubs.values():
                state |= stub.data()
            state |= {"violations": self.violations, "requests": len(self.requests), "faults": self.faults}
            copy: dict[str, Any] = json.loads(json.dumps(state))
            return copy

    def answer(self, request: WireRequest) -> Reply | None:
        """The reply to a request; None closes the connection without one."""
        if request.path in ("/_state", "/_fault"):
            return self._control(request)
        with self._lock:
            fault = self.fault(request.path, request.method)
            self.requests.append((request.method, request.path))
            if fault:
                self.faults[fault] = self.faults.get(fault, 0) + 1
        kind, _, seconds = (fault or "").partition(":")
        if kind in ("500", "429", "503"):
            return Reply(int(kind), "", {"Retry-After": seconds} if seconds else {})
        if kind == "drop":
            return None
        with self._lock:
            reply = self._reply(request)
        if kind == "slow":
            time.sleep(float(seconds))
        if kind == "500-after":
            return Reply(500, "")
        return None if kind == "drop-after" else reply

    def _reply(self, request: WireRequest) -> Reply:
        for stub in self._stubs.values():
            reply = stub.handle(request)
            if reply:
                stub.date_deliveries()
                return reply
        self.violations.append(f"no vendor serves {request.method} {request.path}")
        return Reply(404, "")

    def _control(self, request: WireRequest) -> Reply:
        if request.path == "/_state":
            return Reply(200, self.state())
        settings = json.loads(request.body or b"{}")
        self.fault = random_faults(
            float(settings.get("rate", 0)),
            tuple(settings.get("kinds", ("500", "500-after", "drop", "drop-after"))),
            int(settings.get("seed", 0)),
            down=bool(settings.get("down")),
        )
        return Reply(204)


def no_fault(_path: str, _method: str) -> str | None:
    """No request fails."""
    return None


def random_faults(rate: float, kinds: tuple[str, ...], seed: int = 0, *, down: bool = False) -> Fault:
    """A share of the requests fails, with one of the kinds; `down`: all of them, with 503."""
    dice = random.Random(seed)  # noqa: S311

    def fault(_path: str, _method: str) -> str | None:
        if down:
            return "503"
        return dice.choice(kinds) if kinds and dice.random() < rate else None

    return fault


class _Handler(BaseHTTPRequestHandler):
    server: OwnedServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        request = WireRequest(
            self.command,
            parts.path,
            dict(parse_qsl(parts.query)),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        reply = self.server.owner.answer(request)
        if reply is None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        payload = reply.payload
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        plain = isinstance(reply.body, str | bytes)
        self.send_header("Content-Type", "text/plain" if plain else "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815

    def log_message(self, *_arguments: object) -> None:
        """Log nothing: requests hold credentials."""
