"""An HTTP/1.1 response from a stream: status, headers, and as much of the body as is looked at.

https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass

from handlers.probes.connection import MOST_BYTES
from handlers.probes.result import ProbeFailure

MOST_INTERIM = 5
_CHUNK = 8_192
_INFORMATIONAL = range(100, 200)
_SWITCHING = 101
_WITHOUT_BODY = (204, 304)


@dataclass(frozen=True, slots=True)
class Response:
    """headers: names in lower case; of several with one name the values joined by commas."""

    status: int
    headers: dict[str, str]
    body: bytes


async def read_response(reader: asyncio.StreamReader, *, method: str) -> Response:
    """The final response. Raises ProbeFailure for anything that is not HTTP."""
    try:
        for _ in range(MOST_INTERIM):
            status, headers = await _head(reader)
            if status not in _INFORMATIONAL or status == _SWITCHING:
                has_body = method != "HEAD" and status not in _WITHOUT_BODY and status != _SWITCHING
                return Response(status, headers, await _body(reader, headers) if has_body else b"")
    except (asyncio.IncompleteReadError, ConnectionError):
        raise ProbeFailure("http", "the server closed the connection in the middle of its response") from None
    except ssl.SSLError as error:
        raise ProbeFailure("tls", f"the TLS connection broke: {error.reason or type(error).__name__}") from None
    except asyncio.LimitOverrunError:
        raise ProbeFailure("http", f"the headers of the response are longer than {MOST_BYTES} bytes") from None
    raise ProbeFailure("http", f"more than {MOST_INTERIM} interim responses")


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    code = rest[:3]
    if not version.startswith("HTTP/1.") or not (code.isascii() and code.isdigit() and len(code) == 3):  # noqa: PLR2004
        raise ProbeFailure("http", "the response is not HTTP/1.1")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            key = name.strip().lower()
            headers[key] = f"{headers[key]}, {value.strip()}" if key in headers else value.strip()
    return int(code), headers


async def _body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    """The beginning of the body; what comes after MOST_BYTES is not read."""
    parts, size = [], 0
    async for part in _parts(reader, headers):
        parts.append(part)
        size += len(part)
        if size >= MOST_BYTES:
            break
    return b"".join(parts)[:MOST_BYTES]


async def _parts(reader: asyncio.StreamReader, headers: dict[str, str]) -> AsyncIterator[bytes]:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        while size := await _chunk_size(reader):
            left = size
            while left:
                part = await reader.read(min(left, _CHUNK))
                if not part:
                    raise asyncio.IncompleteReadError(b"", left)
                left -= len(part)
                yield part
            await reader.readexactly(2)
        return
    length = headers.get("content-length", "")
    left = int(length) if length.isascii() and length.isdigit() else MOST_BYTES
    while left and (part := await reader.read(min(left, _CHUNK))):
        left -= len(part)
        yield part
    if left and length:
        raise asyncio.IncompleteReadError(b"", left)


async def _chunk_size(reader: asyncio.StreamReader) -> int:
    line = (await reader.readuntil(b"\r\n")).decode("latin-1").partition(";")[0].strip()
    try:
        size = int(line, 16)
    except ValueError:
        raise ProbeFailure("http", "a chunk of the response has no length") from None
    if size < 0:
        raise ProbeFailure("http", "a chunk of the response has no length")
    return size
