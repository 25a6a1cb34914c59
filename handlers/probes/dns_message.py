"""DNS queries and answers as bytes; pure. https://www.rfc-editor.org/rfc/rfc1035#section-4"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass

from handlers.probes.result import ProbeFailure

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "MX": 15, "TXT": 16, "AAAA": 28}
_INTERNET = 1
_RECURSION_DESIRED = 0x0100
_RESPONSE, _TRUNCATED, _CODE = 0x8000, 0x0200, 0x000F
_POINTER = 0xC0
_MOST_LABELS = 128
_CODES = {1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN: the name does not exist", 4: "NOTIMP", 5: "REFUSED"}
_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")


@dataclass(frozen=True, slots=True)
class Answers:
    """truncated: whether the query has to be repeated by TCP."""

    values: tuple[str, ...]
    truncated: bool


def query(number: int, name: str, record: str) -> bytes:
    """A recursive query. number: of 16 bits, which the answer repeats."""
    labels = name.rstrip(".").encode("idna" if not name.isascii() else "ascii").split(b".")
    encoded = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return _HEADER.pack(number, _RECURSION_DESIRED, 1, 0, 0, 0) + encoded + struct.pack("!HH", TYPES[record], _INTERNET)


def is_answer(message: bytes, query_bytes: bytes) -> bool:
    """True if a message answers this query: its number, and its question letter by letter."""
    question = query_bytes[_HEADER.size :]
    return (
        len(message) >= len(query_bytes)
        and message[:2] == query_bytes[:2]
        and message[_HEADER.size : len(query_bytes)].lower() == question.lower()
        and bool(int.from_bytes(message[2:4]) & _RESPONSE)
    )


def answers(message: bytes, query_bytes: bytes, record: str) -> Answers:
    """The answers of the record type. Raises ProbeFailure for an error code and for bytes that are no DNS message."""
    _, flags, _, count, _, _ = _HEADER.unpack_from(message)
    if flags & _TRUNCATED:
        return Answers((), True)
    code = flags & _CODE
    if code:
        raise ProbeFailure("dns", f"the resolver answered {_CODES.get(code, f'with code {code}')}")
    try:
        return Answers(tuple(_values(message, len(query_bytes), count, TYPES[record])), False)
    except (struct.error, IndexError, ValueError):
        raise ProbeFailure("dns", "the answer of the resolver cannot be read") from None


def _values(message: bytes, at: int, count: int, record_type: int) -> list[str]:
    values = []
    for _ in range(count):
        _, at = _name(message, at)
        kind, _, _, size = _RECORD.unpack_from(message, at)
        at += _RECORD.size
        if at + size > len(message):
            raise ValueError("a record ends after its message")
        if kind == record_type:
            values.append(_value(message, at, size, kind))
        at += size
    return values


def _value(message: bytes, at: int, size: int, kind: int) -> str:
    data = message[at : at + size]
    if kind == TYPES["A"]:
        return str(ipaddress.IPv4Address(data))
    if kind == TYPES["AAAA"]:
        return str(ipaddress.IPv6Address(data))
    if kind == TYPES["MX"]:
        return f"{int.from_bytes(data[:2])} {_name(message, at + 2)[0]}"
    if kind == TYPES["TXT"]:
        return _text(data)
    return _name(message, at)[0]


def _text(data: bytes) -> str:
    parts, at = [], 0
    while at < len(data):
        parts.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b"".join(parts).decode("utf-8", "replace")


def _name(message: bytes, at: int) -> tuple[str, int]:
    """A name in lower case, and where what follows it begins. A pointer leads to an earlier place."""
    labels: list[str] = []
    end = -1
    for _ in range(_MOST_LABELS):
        size = message[at]
        if size >= _POINTER:
            end = at + 2 if end < 0 else end
            at = int.from_bytes(message[at : at + 2]) & 0x3FFF
        elif size:
            labels.append(message[at + 1 : at + 1 + size].decode("latin-1").lower())
            at += 1 + size
        else:
            return ".".join(labels), end if end >= 0 else at + 1
    raise ValueError("a name has no end")
