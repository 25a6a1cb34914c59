"""Names to addresses, and connections to addresses: each step inside the time limit of its probe.

Names are resolved in threads, since the system's resolver cannot be interrupted; a probe does not wait for a thread
longer than its own time limit.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache

from handlers.probes.addresses import AddressPolicy
from handlers.probes.result import ProbeFailure

RESOLVER_THREADS = 128
# As much as is read of anything that a server sends.
MOST_BYTES = 65_536
_DAY_SECONDS = 86_400
# https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_EXPIRED = 10


@dataclass(slots=True)
class Attempt:
    """One run of a probe, as far as it got. step: what it is doing, for the reason of a time-out.

    days_left: of the certificate that expires first; with redirects there are several.
    """

    policy: AddressPolicy
    context: ssl.SSLContext
    step: str = "starting"
    days_left: float | None = None
    now: float = field(default_factory=time.time)


@cache
def tls_context() -> ssl.SSLContext:
    """Verifies chain, name and dates. One for all: reading the authorities takes longer than a handshake."""
    return ssl.create_default_context()


@cache
def _resolvers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="resolve")


async def addresses(host: str, port: int, attempt: Attempt) -> list[str]:
    """The addresses of a host that may be connected to. Raises ProbeFailure where there is none."""
    attempt.step = f"resolving {host}"
    loop = asyncio.get_running_loop()
    try:
        candidates = await loop.run_in_executor(_resolvers(), _getaddrinfo, host, port)
    except (socket.gaierror, UnicodeError) as error:
        raise ProbeFailure("dns", f"{host} cannot be resolved: {_text_of(error)}") from None
    allowed, refused = [], ""
    for address in dict.fromkeys(candidates):
        refusal = attempt.policy.refusal(address)
        refused = refused or refusal
        allowed += [] if refusal else [address]
    if not allowed:
        raise ProbeFailure("address", f"{host} is not connected to: {refused}")
    return allowed


def _getaddrinfo(host: str, port: int) -> list[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@asynccontextmanager
async def connected(
    host: str, port: int, attempt: Attempt, *, tls: bool = False
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a host, with verified TLS if asked for; aborted at the end, so that no server delays it."""
    reader, writer = await _open(host, port, await addresses(host, port, attempt), attempt)
    try:
        if tls:
            await _start_tls(host, writer, attempt)
        yield reader, writer
    finally:
        writer.transport.abort()


async def _open(
    host: str, port: int, candidates: list[str], attempt: Attempt
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The first address that accepts a connection."""
    reason = ""
    for address in candidates:
        attempt.step = f"connecting to {address} port {port}"
        try:
            return await asyncio.open_connection(address, port, limit=MOST_BYTES)
        except OSError as error:
            reason = f"{address} port {port}: {_text_of(error)}"
    raise ProbeFailure("connect", f"no connection to {host}: {reason}")


async def _start_tls(host: str, writer: asyncio.StreamWriter, attempt: Attempt) -> None:
    """A verified handshake with the host's name; the certificate's remaining days."""
    attempt.step = "in the TLS handshake"
    try:
        # Neither SNI nor a certificate has the final dot of a name. https://www.rfc-editor.org/rfc/rfc6066#section-3
        await writer.start_tls(attempt.context, server_hostname=host.rstrip("."))
    except ssl.SSLCertVerificationError as error:
        days_left = 0.0 if error.verify_code == _EXPIRED else None
        reason = f"the certificate of {host} is not valid: {error.verify_message}"
        raise ProbeFailure("certificate", reason, days_left=days_left) from None
    except ssl.SSLError as error:
        raise ProbeFailure("tls", f"no TLS connection to {host}: {error.reason or _text_of(error)}") from None
    except OSError as error:
        raise ProbeFailure("tls", f"no TLS connection to {host}: {_text_of(error) or 'connection closed'}") from None
    certificate = writer.get_extra_info("ssl_object").getpeercert() or {}
    if "notAfter" in certificate:
        days_left = (ssl.cert_time_to_seconds(certificate["notAfter"]) - attempt.now) / _DAY_SECONDS
        attempt.days_left = days_left if attempt.days_left is None else min(attempt.days_left, days_left)


def _text_of(error: Exception) -> str:
    """Such as `Connection refused`: asyncio puts the address into the text, which is known here."""
    number = getattr(error, "errno", None)
    if isinstance(error, OSError) and not isinstance(error, socket.gaierror) and number:
        import os

        return os.strerror(number)
    return str(getattr(error, "strerror", None) or error)
