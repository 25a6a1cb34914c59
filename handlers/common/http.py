"""HTTP calls that end in time, and that never say in an error where they went: an address may be a secret.

What a server can do to a client is bounded here: the deadline counts from the first byte sent to the last one read,
an answer is read as far as ANSWER_BYTES and never decompressed, redirects are not followed, and an address inside a
private network is not called unless the channel says so.
"""

from __future__ import annotations

import ipaddress
import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from types import TracebackType
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from handlers.common.deadline import Deadline

CONNECT_SECONDS = 3.0
SHORTEST_SECONDS = 0.05
# As much of an answer as is looked at; a vendor's error page may be of any size.
ANSWER_BYTES = 256_000
CHUNK_BYTES = 16_384
# A connection that was idle for longer may be dead without a sign of it, as after a frozen function.
IDLE_SECONDS = 20.0
# What a server may ask to be left alone for, in seconds; and how many digits it may take to say so.
SHORTEST_WAIT, LONGEST_WAIT, MOST_DIGITS = 1.0, 900.0, 6


class NoAnswer(Exception):
    """There was no answer. `sent`: whether the request may have reached the server."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (names in lower case) and body of an answer. whole: whether the body was read to its end."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool = True

    def json(self) -> Any:
        """The body as JSON; None where it is none, was compressed against our wish, or was cut."""
        if not self.whole or self.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
            return None
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def wait_seconds(self, now: float) -> float | None:
        """What `Retry-After` asks for, between 1 and 900 seconds; None where it says nothing that can be read.

        now: seconds since 1970. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
        """
        value = self.headers.get("retry-after", "").strip()
        if value.isascii() and value.isdigit():
            seconds = float(value) if len(value) <= MOST_DIGITS else LONGEST_WAIT
        else:
            try:
                retry_at = parsedate_to_datetime(value)
                seconds = (retry_at if retry_at.tzinfo else retry_at.replace(tzinfo=UTC)).timestamp() - now
            except (ValueError, TypeError, OverflowError):
                return None
        return min(LONGEST_WAIT, max(SHORTEST_WAIT, seconds))


def is_page(answer: Answer) -> bool:
    """Whether it is a page for people, as of a proxy or a login, and no response of an API."""
    return "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:1] == b"<"


class _PrivateAddress(Exception):
    """The name leads into a private network."""


class _Watched(HTTPConnection):
    """A connection that the call under way knows of, so that its deadline can cut it off wherever it is."""

    def connect(self) -> None:
        _watch.connections.append(self)
        super().connect()

    def request(self, *arguments: Any, **more: Any) -> None:
        _watch.connections.append(self)
        super().request(*arguments, **more)

    def _new_conn(self) -> Any:
        connected = super()._new_conn()
        if not _watch.private and _is_private(connected.getpeername()[0]):
            connected.close()
            raise _PrivateAddress
        return connected


class _WatchedTls(_Watched, HTTPSConnection):
    """The same over TLS."""


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class _Watch(threading.local):
    """What the call under way in this thread uses. private: whether it may lead into a private network."""

    def __init__(self) -> None:
        self.connections: list[HTTPConnection] = []
        self.private = False


_watch = _Watch()


class _CutOff:
    """Shuts the call's connections at its deadline. A socket's time-out counts for each read."""

    def __init__(self, seconds: float, *, private: bool) -> None:
        _watch.connections, _watch.private = [], private
        self.connections = _watch.connections
        self.happened = False
        self.timer = threading.Timer(seconds, self._shut)
        self.timer.daemon = True

    def __enter__(self) -> _CutOff:
        self.timer.start()
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self.timer.cancel()

    def _shut(self) -> None:
        self.happened = True
        for connection in self.connections:
            shut = getattr(connection.sock, "shutdown", None)
            try:
                if shut:
                    shut(2)
            except OSError:
                continue  # the server was first


def _is_private(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return not (mapped or ip).is_global


@cache
def _tls_context() -> ssl.SSLContext:
    """One TLS context for all: reading the list of authorities takes longer than everything else about a call."""
    return ssl.create_default_context()


def _pool() -> urllib3.PoolManager:
    manager = urllib3.PoolManager(retries=False, ssl_context=_tls_context())
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return manager


@dataclass(slots=True)
class Http:
    """A pool of connections. Nothing is retried here: only the caller knows what may be sent twice."""

    pool: urllib3.PoolManager = field(default_factory=_pool)
    _used: float = 0.0

    def call(
        self,
        method: str,
        url: str,
        deadline: Deadline,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        data: Any = None,
        private: bool = False,
    ) -> Answer:
        """Send `body`, or `data` as JSON; raises NoAnswer where no whole answer came before the deadline.

        private: whether an address inside a private network, or without TLS, may be called.
        """
        if not private and not url.lower().startswith("https://"):
            raise NoAnswer("the address is not https", sent=False)
        sent_headers = {"Accept-Encoding": "identity", **(headers or {})}
        if data is not None:
            body = json.dumps(data).encode()
            sent_headers.setdefault("Content-Type", "application/json")
        left = max(SHORTEST_SECONDS, deadline.left)
        timeout = urllib3.Timeout(total=left, connect=min(CONNECT_SECONDS, left), read=left)
        self._drop_idle()
        with _CutOff(left, private=private) as cut:
            try:
                response = self.pool.request(
                    method, url, body=body, headers=sent_headers, timeout=timeout, redirect=False, preload_content=False
                )
                content, whole = _content(response)
                response_headers = {name.lower(): value for name, value in response.headers.items()}
            except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
                raise NoAnswer(type(error).__name__, sent=False) from None
            except _PrivateAddress:
                raise NoAnswer("the address is inside a private network", sent=False) from None
            except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                reason = "no time was left" if cut.happened else type(error).__name__
                raise NoAnswer(reason, sent=True) from None
            finally:
                self._used = time.monotonic()
        if cut.happened:
            raise NoAnswer("no time was left", sent=True)
        return Answer(response.status, response_headers, content, whole)

    def _drop_idle(self) -> None:
        if time.monotonic() - self._used > IDLE_SECONDS:
            self.pool.clear()


def _content(response: urllib3.BaseHTTPResponse) -> tuple[bytes, bool]:
    """As much of the body as is looked at, undecoded, and whether that is all of it."""
    parts: list[bytes] = []
    size = 0
    while size <= ANSWER_BYTES:
        part = response.read(CHUNK_BYTES, decode_content=False)
        if not part:
            response.release_conn()
            return b"".join(parts), True
        parts.append(part)
        size += len(part)
    # What is not read to its end cannot be used again.
    response.close()
    return b"".join(parts)[:ANSWER_BYTES], False
