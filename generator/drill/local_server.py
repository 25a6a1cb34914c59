"""An HTTP server on this machine, such as that of a stand-in, for as long as its `with` block lasts."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class OwnedServer(ThreadingHTTPServer):
    """The server that a request handler has as `self.server`. owner: what answers, such as a stand-in."""

    daemon_threads = True
    request_queue_size = 128
    owner: Any


class LocalServer:
    """The base of stand-ins. handler: receives the requests and calls `self.server.owner`. port: a free one for 0.

    Raises OSError where the port is taken.
    """

    server_type = OwnedServer

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int = 0) -> None:
        self._server = self.server_type(("127.0.0.1", port), handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _t: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The address of the server, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"
