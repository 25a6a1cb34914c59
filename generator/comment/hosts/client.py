"""HTTP to the API of a host: retries, pages, proxies, and errors as sentences. The token is in a header only."""

from __future__ import annotations

import json
import ssl
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import urllib3

from generator.comment.host import HostError
from generator.comment.hosts.limits import UNAVAILABLE, limit_wait_s, seconds
from generator.comment.text import one_line

MOST_ATTEMPTS = 5
BACKOFF_S = 1.0
# A job that waits longer costs more than the comment is worth.
MOST_WAIT_S = 90.0
_MOST_BYTES = 20 * 1024 * 1024
_PIECE_BYTES = 65_536
_MOST_PAGES = 1000
_TIMEOUT = urllib3.Timeout(connect=10.0, read=30.0)
_MOST_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class HostResponse:
    """A response to a request that was accepted."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        """The body. Raises HostError where it is no JSON, such as the page of a proxy."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            raise HostError("the response is not JSON; is the address that of the API?", self.status) from None


class HostClient:
    """One host. base: the address of its API. headers: of every request, with the token."""

    def __init__(self, base: str, headers: Mapping[str, str]) -> None:
        self.base = base.rstrip("/")
        self._headers = {"User-Agent": "obsgen", **headers}
        self._pool = _pool(self.base)

    def get(self, path: str, **query: str | int) -> HostResponse:
        """A GET of a path below the base."""
        return self._send("GET", f"{self.base}{path}{f'?{urllib.parse.urlencode(query)}' if query else ''}")

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """The items of every page of a list; the last page is the one without a link to the next.

        https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
        https://docs.gitlab.com/api/rest/#pagination-link-header
        """
        for page in range(1, _MOST_PAGES + 1):
            response = self.get(path, per_page=100, page=page, **query)
            items = response.json()
            if not isinstance(items, list):
                raise HostError("the response is not a list; is the address that of the API?", response.status)
            yield from items
            if 'rel="next"' not in response.headers.get("link", ""):
                return

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> HostResponse:
        """A request that changes something. A POST is repeated only where the host did not accept it."""
        return self._send(method, f"{self.base}{path}", body)

    def query(self, path: str, text: str) -> Any:
        """The response to a query of GraphQL, which changes nothing."""
        return self._send("POST", f"{self.base}{path}", {"query": text}, is_repeatable=True).json()

    def location(self, path: str) -> str:
        """The address to which a path leads; the request for it must not have the token."""
        response = self._send("GET", f"{self.base}{path}", below=400)
        if "location" not in response.headers:
            raise HostError("the response leads to no archive", response.status)
        return response.headers["location"]

    def _send(
        self,
        method: str,
        address: str,
        body: Mapping[str, Any] | None = None,
        *,
        is_repeatable: bool = False,
        below: int = 300,
    ) -> HostResponse:
        """A response with a status below that; a redirect is none, because the token must not follow it."""
        waited = 0.0
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                response = self._once(method, address, body)
            except urllib3.exceptions.HTTPError as error:
                failure, wait_s = self._no_response(method, error), BACKOFF_S * 2 ** (attempt - 1)
            else:
                if response.status < below:
                    return response
                wait_s = self._wait_s(response, attempt)
                failure = _refused(response, is_limited=wait_s is not None and response.status not in UNAVAILABLE)
            is_final = attempt == MOST_ATTEMPTS or (failure.is_unsure and method == "POST" and not is_repeatable)
            if wait_s is None or is_final or waited + wait_s > MOST_WAIT_S:
                raise failure
            time.sleep(wait_s)
            waited += wait_s
        raise AssertionError("the last attempt raises")

    def _once(self, method: str, address: str, body: Mapping[str, Any] | None) -> HostResponse:
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body).encode()
        return read_response(self._pool, method, address, headers, data, _MOST_BYTES)

    def _wait_s(self, response: HostResponse, attempt: int) -> float | None:
        if response.status in UNAVAILABLE:
            return seconds(response.headers.get("retry-after")) or BACKOFF_S * 2 ** (attempt - 1)
        return limit_wait_s(response.status, response.headers, response.content, time.time())

    def _no_response(self, method: str, error: urllib3.exceptions.HTTPError) -> HostError:
        host = urllib.parse.urlsplit(self.base).hostname
        never_sent = isinstance(error, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError))
        return HostError(
            f"no response from {host} ({type(error).__name__})", is_unsure=method == "POST" and not never_sent
        )


def read_response(
    pool: urllib3.PoolManager,
    method: str,
    address: str,
    headers: Mapping[str, str],
    data: bytes | None,
    most_bytes: int,
) -> HostResponse:
    """A response, without following a redirect. Raises HostError where it has more bytes than that."""
    response = pool.request(
        method,
        address,
        body=data,
        headers=dict(headers),
        timeout=_TIMEOUT,
        redirect=False,
        retries=False,
        preload_content=False,
    )
    content = bytearray()
    for piece in response.stream(_PIECE_BYTES, decode_content=True):
        content += piece
        if len(content) > most_bytes:
            response.close()
            raise HostError(f"the response has more than {most_bytes:,} bytes", response.status)
    response.release_conn()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return HostResponse(response.status, headers, bytes(content))


def download(address: str, most_bytes: int) -> bytes:
    """The content of an address elsewhere, such as that of an archive, without a token. Raises HostError."""
    try:
        response = read_response(_pool(address), "GET", address, {"User-Agent": "obsgen"}, None, most_bytes)
    except urllib3.exceptions.HTTPError as error:
        raise HostError(f"no response from the archive's host ({type(error).__name__})") from None
    if response.status != 200:
        raise HostError(f"the archive's host answered with {response.status}", response.status)
    return response.content


def _pool(address: str) -> urllib3.PoolManager:
    """Connections to an address, by the proxy that the environment names for it, if any."""
    parts = urllib.parse.urlsplit(address)
    context = _trust() if parts.scheme == "https" else None
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        user = urllib3.util.parse_url(proxy).auth
        headers = urllib3.make_headers(proxy_basic_auth=urllib.parse.unquote(user)) if user else None
        return urllib3.ProxyManager(proxy, ssl_context=context, proxy_headers=headers)
    return urllib3.PoolManager(ssl_context=context)


@cache
def _trust() -> ssl.SSLContext:
    """The system's certificates, or those of SSL_CERT_FILE: https://docs.python.org/3/library/ssl.html#ssl.SSLContext.load_default_certs"""
    return ssl.create_default_context()


def _refused(response: HostResponse, *, is_limited: bool) -> HostError:
    try:
        data = json.loads(response.content)
        message = data.get("message") or data.get("error") or ""
    except (ValueError, AttributeError, RecursionError):
        message = ""
    detail = f": {one_line(str(message))[:_MOST_MESSAGE]}" if message else ""
    return HostError(
        f"{response.status}{detail}",
        response.status,
        is_unsure=response.status in UNAVAILABLE,
        is_limited=is_limited,
    )
