"""A probe of type http: a request, its redirects, and what is expected of the response."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urljoin, urlsplit

from handlers.probes.connection import Attempt, connected
from handlers.probes.http_wire import Response, read_response
from handlers.probes.result import ProbeFailure
from handlers.probes.settings import HttpSettings

MOST_REDIRECTS = 5
# As far as a pattern searches: the spec admits patterns that are quick on so many characters.
SEARCHED = 8_192
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = (301, 302, 303, 307, 308)
_BECOMES_GET = (301, 302, 303)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_SEE_OTHER = 303


@dataclass(frozen=True, slots=True)
class _Request:
    """secret: headers whose values are secrets; they never leave the origin they are for."""

    method: str
    url: str
    headers: Mapping[str, str]
    secret: Mapping[str, str]
    body: str


async def probe_http(settings: HttpSettings, secrets: Mapping[str, str], attempt: Attempt) -> None:
    """Raises ProbeFailure where the response is not as expected. secrets: header to value, from Secrets Manager."""
    for name, value in secrets.items():
        if _CONTROL.search(value) or not value.isascii():
            raise ProbeFailure("secret", f"the secret of the header {name} has characters that a header cannot have")
    request = _Request(settings.method, settings.url, settings.headers, secrets, settings.body)
    for _ in range(MOST_REDIRECTS + 1):
        response = await _send(request, attempt)
        location = response.headers.get("location", "")
        if not (settings.follow_redirects and response.status in _REDIRECTS and location):
            _judge(response, settings)
            return
        request = _redirected(request, response.status, location)
    raise ProbeFailure("redirects", f"more than {MOST_REDIRECTS} redirects")


async def _send(request: _Request, attempt: Attempt) -> Response:
    url = urlsplit(request.url)
    tls = url.scheme == "https"
    async with connected(_host(url), _port(url), attempt, tls=tls) as (reader, writer):
        attempt.step = "waiting for the response"
        writer.write(_head(request, url))
        try:
            await writer.drain()
        except ConnectionError:
            raise ProbeFailure("http", "the server closed the connection before its response") from None
        return await read_response(reader, method=request.method)


def _head(request: _Request, url: SplitResult) -> bytes:
    body = request.body.encode()
    host = f"[{_host(url)}]" if ":" in _host(url) else _host(url)
    default = {
        "Host": host if _port(url) == _PORTS[url.scheme] else f"{host}:{_port(url)}",
        "User-Agent": "obsgen-probe",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        **({"Content-Length": str(len(body))} if body or request.method in ("POST", "PUT", "PATCH") else {}),
    }
    own = {**request.headers, **request.secret}
    own_names = {name.lower() for name in own}
    headers = {**{name: value for name, value in default.items() if name.lower() not in own_names}, **own}
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    lines = [f"{request.method} {_quoted(target)} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\nConnection: close\r\n\r\n").encode("utf-8") + body


def _quoted(target: str) -> str:
    """A target without spaces and control characters, which a redirect may have."""
    return re.sub(r"[^\x21-\x7e]", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), target)


def _host(url: SplitResult) -> str:
    host = url.hostname or ""
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        raise ProbeFailure("dns", f"{host} is not a host name") from None


def _port(url: SplitResult) -> int:
    try:
        return url.port or _PORTS[url.scheme]
    except ValueError:
        raise ProbeFailure("redirects", "a redirect has a port that does not exist") from None


def _redirected(request: _Request, status: int, location: str) -> _Request:
    try:
        url = urljoin(request.url, location)
        after, before = urlsplit(url), urlsplit(request.url)
        host = after.hostname
    except ValueError:
        raise ProbeFailure("redirects", "a redirect leads to something that is not a URL") from None
    if after.scheme not in _PORTS or not host:
        raise ProbeFailure("redirects", "a redirect leads to something that is not http or https")
    same = (after.scheme, host, _port(after)) == (before.scheme, before.hostname, _port(before))
    becomes_get = status in _BECOMES_GET and (request.method == "POST" or status == _SEE_OTHER)
    method = "GET" if becomes_get and request.method != "HEAD" else request.method
    return replace(
        request,
        url=url,
        method=method,
        headers=request.headers if same else _without_host(request.headers),
        body="" if becomes_get else request.body,
        secret=request.secret if same else {},
    )


def _without_host(headers: Mapping[str, str]) -> dict[str, str]:
    """The name that a header gives to one server is not that of another."""
    return {name: value for name, value in headers.items() if name.lower() != "host"}


def _judge(response: Response, settings: HttpSettings) -> None:
    if response.status not in settings.status:
        expected = " or ".join(str(status) for status in settings.status)
        raise ProbeFailure("status", f"status {response.status}, expected {expected}")
    for name, pattern in settings.expected_headers.items():
        value = response.headers.get(name.lower())
        if value is None:
            raise ProbeFailure("header", f"status {response.status}, but the response has no header {name}")
        if not re.search(pattern, value[:SEARCHED]):
            raise ProbeFailure("header", f"status {response.status}, but the header {name} does not match {pattern}")
    # Never the body itself: it may have what must not be in a log.
    text = response.body.decode("utf-8", "replace")
    if settings.contains and settings.contains not in text:
        reason = f"status {response.status}, but the body does not contain the expected text ({len(text)} characters)"
        raise ProbeFailure("body", reason)
    if settings.matches and not re.search(settings.matches, text[:SEARCHED]):
        reason = f"status {response.status}, but the body does not match the pattern ({len(text)} characters)"
        raise ProbeFailure("body", reason)


async def probe_tcp(host: str, port: int, attempt: Attempt) -> None:
    """Raises ProbeFailure where no connection can be opened."""
    async with connected(host, port, attempt):
        await asyncio.sleep(0)


async def probe_tls(host: str, port: int, attempt: Attempt) -> None:
    """Raises ProbeFailure where the handshake fails or the certificate is not valid for the host."""
    async with connected(host, port, attempt, tls=True):
        await asyncio.sleep(0)
