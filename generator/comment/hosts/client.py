"""HTTP to the API of a host: retries, rate limits, pages, and errors as sentences. The token is in a header only.

https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers
"""

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
from generator.comment.text import visible

MOST_ATTEMPTS = 5
BACKOFF_S = 1.0
# A job that waits longer costs more than the comment is worth.
MOST_WAIT_S = 90.0
_WITHOUT_HEADER_S = 60.0
_MOST_BYTES = 20 * 1024 * 1024
_MOST_PAGES = 1000
_TIMEOUT = urllib3.Timeout(connect=10.0, read=30.0)
_UNAVAILABLE = (500, 502, 503, 504)
_MOST_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class HostResponse:
    """A response with a status below 400."""

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
        """A GET of a path below the base, or of a whole address of the same host."""
        address = path if path.startswith(f"{self.base}/") else f"{self.base}{path}"
        return self._send("GET", f"{address}?{urllib.parse.urlencode(query)}" if query else address)

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
        response = self._send("GET", f"{self.base}{path}")
        if "location" not in response.headers:
            raise HostError("the response leads to no archive", response.status)
        return response.headers["location"]

    def _send(
        self, method: str, address: str, body: Mapping[str, Any] | None = None, *, is_repeatable: bool = False
    ) -> HostResponse:
        waited = 0.0
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                response = self._once(method, address, body)
            except urllib3.exceptions.HTTPError as error:
                failure, wait_s = self._no_response(method, error), BACKOFF_S * 2 ** (attempt - 1)
            else:
                if response.status < 400:
                    return response
                failure, wait_s = _refused(response), _wait_s(response, attempt)
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

    def _no_response(self, method: str, error: urllib3.exceptions.HTTPError) -> HostError:
        host = urllib.parse.urlsplit(self.base).hostname
        never_sent = isinstance(error, (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError))
        return HostError(
            f"no response of {host} ({type(error).__name__})", is_unsure=method == "POST" and not never_sent
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
    try:
        content = response.read(most_bytes + 1, decode_content=True)
    finally:
        response.release_conn()
    if len(content) > most_bytes:
        response.close()
        raise HostError(f"the response has more than {most_bytes:,} bytes", response.status)
    return HostResponse(response.status, {name.lower(): value for name, value in response.headers.items()}, content)


def download(address: str, most_bytes: int) -> bytes:
    """The content of an address elsewhere, such as that of an archive, without a token. Raises HostError."""
    try:
        response = read_response(_pool(address), "GET", address, {"User-Agent": "obsgen"}, None, most_bytes)
    except urllib3.exceptions.HTTPError as error:
        raise HostError(f"no response of the archive's host ({type(error).__name__})") from None
    if response.status != 200:
        raise HostError(f"the archive's host answered with {response.status}", response.status)
    return response.content


def _pool(address: str) -> urllib3.PoolManager:
    """Connections to an address, by the proxy that the environment names for it, if any."""
    parts = urllib.parse.urlsplit(address)
    context = _trust() if parts.scheme == "https" else None
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, ssl_context=context)
    return urllib3.PoolManager(ssl_context=context)


@cache
def _trust() -> ssl.SSLContext:
    """The system's certificates, or those of SSL_CERT_FILE: https://docs.python.org/3/library/ssl.html#ssl.SSLContext.load_default_certs"""
    return ssl.create_default_context()


def _refused(response: HostResponse) -> HostError:
    try:
        data = json.loads(response.content)
        message = data.get("message") or data.get("error") or ""
    except (ValueError, AttributeError, RecursionError):
        message = ""
    detail = f": {visible(str(message))[:_MOST_MESSAGE]}" if message else ""
    return HostError(f"{response.status}{detail}", response.status, is_unsure=response.status in _UNAVAILABLE)


def _wait_s(response: HostResponse, attempt: int) -> float | None:
    """Seconds until a refused request may be repeated; None where that would not help."""
    if response.status in _UNAVAILABLE:
        return _number(response.headers.get("retry-after")) or BACKOFF_S * 2 ** (attempt - 1)
    if not _is_rate_limit(response):
        return None
    after = _number(response.headers.get("retry-after"))
    if after is not None:
        return after
    reset = _number(response.headers.get("x-ratelimit-reset") or response.headers.get("ratelimit-reset"))
    if reset is not None:
        return max(0.0, reset - time.time()) + 1
    return _WITHOUT_HEADER_S


def _is_rate_limit(response: HostResponse) -> bool:
    """GitHub's limits are 403 or 429; its other 403 have none of the headers and no such message."""
    if response.status == 429:
        return True
    limited = response.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in response.headers
    return response.status == 403 and (limited or b"secondary rate limit" in response.content)


def _number(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None
