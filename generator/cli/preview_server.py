"""The HTTP server of `obsgen preview --serve`: one page and the events of its changes, for this machine only."""

from __future__ import annotations

import hashlib
import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any

from generator.drill.local_server import LocalServer, OwnedServer

_HEADERS = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
# A connection without any byte for this long is one that proxies and laptops drop.
KEEP_ALIVE_SECONDS = 15.0


class LiveState:
    """The page as it is now, the errors of the file, and a condition for those that wait for the next change."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._page = self._error = ""
        self._digest = _digest("")
        self.version = 0
        self.is_closed = False

    def show(self, page: str) -> None:
        """A new page without errors."""
        self._set(page, "")

    def fail(self, error: str) -> None:
        """Errors, above the page that there was before."""
        self._set(self._page, error)

    @property
    def has_errors(self) -> bool:
        """Whether the file had errors when it was read last."""
        return bool(self._error)

    def _set(self, page: str, error: str) -> None:
        with self._changed:
            self._page, self._error, self._digest = page, error, _digest(page)
            self.version += 1
            self._changed.notify_all()

    def close(self) -> None:
        """End everything that waits."""
        with self._changed:
            self.is_closed = True
            self._changed.notify_all()

    def page(self) -> str:
        """The last good page; before there is any, one that shows the errors.

        It has its own digest: a change between the page and its first event is one that its script sees.
        """
        from generator.preview.page import failure_html

        with self._changed:
            page, digest = self._page or failure_html(), self._digest
        return page.replace("<html ", f'<html data-page="{digest}" ', 1)

    def event(self) -> tuple[int, str]:
        """The number of the state, and the data of its event: the page by its digest, and the errors."""
        with self._changed:
            return self.version, json.dumps({"page": self._digest, "error": self._error})

    def wait(self, version: int, seconds: float) -> bool:
        """True once the state has another number; False after some seconds, or where it is closed."""
        with self._changed:
            return self._changed.wait_for(lambda: self.is_closed or self.version != version, seconds)


def _digest(page: str) -> str:
    return hashlib.sha256(page.encode()).hexdigest()


class _Server(OwnedServer):
    owner: PreviewServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a reader that went away is no error."""


class PreviewServer(LocalServer):
    """The server, for as long as its `with` block lasts. port: a free one for 0. Raises OSError where it is taken."""

    server_type = _Server

    def __init__(self, state: LiveState, port: int = 0) -> None:
        super().__init__(_Handler, port)
        self.state = state

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Threads that still stream events end by themselves: the state is closed.
        self.state.close()
        super().__exit__(kind, error, traceback)

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"{super().url}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 30

    def do_GET(self) -> None:
        """The page, or the events of its changes."""
        if self._is_foreign():
            return
        if self.path == "/":
            self._send(HTTPStatus.OK, self.server.owner.state.page().encode(), "text/html; charset=utf-8")
        elif self.path == "/events":
            self._events()
        else:
            self._send(HTTPStatus.NOT_FOUND, b"There is only one page: /\n")

    def _is_foreign(self) -> bool:
        """Refuse what another site asks for: by a name that leads to this machine, or from its own page.

        https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
        """
        port = self.server.server_address[1]
        if self.headers.get("Host") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            self._send(HTTPStatus.FORBIDDEN, b"This server answers to 127.0.0.1 and localhost only.\n")
            return True
        is_navigation = self.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
        if not is_navigation and self.headers.get("Sec-Fetch-Site") not in ("same-origin", "none"):
            self._send(HTTPStatus.FORBIDDEN, b"This server answers to its own page only.\n")
            return True
        return False

    def _send(self, status: HTTPStatus, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self._head(status, kind, (("Content-Length", str(len(body))),))
        self.wfile.write(body)

    def _head(self, status: HTTPStatus, kind: str, headers: tuple[tuple[str, str], ...]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), *headers, *_HEADERS):
            self.send_header(name, value)
        self.end_headers()

    def _events(self) -> None:
        """https://html.spec.whatwg.org/multipage/server-sent-events.html"""
        self._head(HTTPStatus.OK, "text/event-stream", (("Connection", "close"),))
        self.close_connection = True
        state = self.server.owner.state
        sent = -1
        try:
            while not state.is_closed:
                version, data = state.event()
                self.wfile.write(b":\n\n" if version == sent else f"event: state\ndata: {data}\n\n".encode())
                self.wfile.flush()
                sent = version
                state.wait(version, KEEP_ALIVE_SECONDS)
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name of the base class
        """Nothing: the terminal is for what the file says."""

    def version_string(self) -> str:
        """Nothing about this machine's Python."""
        return "obsgen"
