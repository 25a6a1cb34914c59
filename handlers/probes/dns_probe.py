"""A probe of type dns: one question to a resolver, and whether every answer is one of those expected."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from handlers.probes.connection import Attempt
from handlers.probes.dns_message import answers, is_answer, query
from handlers.probes.result import ProbeFailure
from handlers.probes.settings import DnsSettings

# After so long a datagram is taken to be lost, and sent again.
RESEND_SECONDS = 1.0
_MOST_LISTED = 5
_RESOLV_CONF = Path("/etc/resolv.conf")


async def probe_dns(settings: DnsSettings, attempt: Attempt) -> None:
    """Raises ProbeFailure where there is no answer, or one that is not expected."""
    if settings.resolver:
        refusal = attempt.policy.refusal(settings.resolver)
        if refusal:
            raise ProbeFailure("address", f"the resolver is not used: {refusal}")
    address = settings.resolver or _resolver_of_system()
    attempt.step = f"waiting for the resolver {address}"
    try:
        values = await _ask(settings, address)
    except OSError as error:
        raise ProbeFailure("dns", f"the resolver {address} cannot be reached: {error.strerror or error}") from None
    if not values:
        raise ProbeFailure("dns", f"{settings.name} has no record of type {settings.record}")
    unexpected = sorted(set(values) - set(settings.expected)) if settings.expected else []
    if unexpected:
        more = len(unexpected) - _MOST_LISTED
        listed = ", ".join(unexpected[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
        raise ProbeFailure("answer", f"{settings.name} {settings.record} has unexpected answers: {listed}")


def _resolver_of_system() -> str:
    for line in _RESOLV_CONF.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            return words[1]
    raise ProbeFailure("dns", "the function has no resolver")


async def _ask(settings: DnsSettings, address: str) -> tuple[str, ...]:
    query_bytes = query(secrets.randbits(16), settings.name, settings.record)
    by_datagram = answers(await _by_udp(address, settings.port, query_bytes), query_bytes, settings.record)
    if not by_datagram.truncated:
        return by_datagram.values
    message = await _by_tcp(address, settings.port, query_bytes)
    if not is_answer(message, query_bytes):
        raise ProbeFailure("dns", "the answer of the resolver is to another question")
    return answers(message, query_bytes, settings.record).values


class _Datagrams(asyncio.DatagramProtocol):
    """Waits for the answer to one query. Others are ignored: anybody can send datagrams."""

    def __init__(self, query_bytes: bytes) -> None:
        self.query_bytes = query_bytes
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, _address: object) -> None:
        if not self.answer.done() and is_answer(data, self.query_bytes):
            self.answer.set_result(data)

    def error_received(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


async def _by_udp(address: str, port: int, query_bytes: bytes) -> bytes:
    """Until the probe's time limit ends it."""
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: _Datagrams(query_bytes), remote_addr=(address, port)
    )
    try:
        while True:
            transport.sendto(query_bytes)
            done, _ = await asyncio.wait([protocol.answer], timeout=RESEND_SECONDS)
            if done:
                return protocol.answer.result()
    finally:
        # Retrieved, so that asyncio does not log an error that came after the time limit.
        protocol.answer.cancel()
        transport.abort()


async def _by_tcp(address: str, port: int, query_bytes: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(address, port)
    try:
        writer.write(len(query_bytes).to_bytes(2) + query_bytes)
        await writer.drain()
        return await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
    except asyncio.IncompleteReadError:
        raise ProbeFailure("dns", "the resolver closed the connection in the middle of its answer") from None
    finally:
        writer.transport.abort()
