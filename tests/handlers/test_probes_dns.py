"""Probes of type dns against a resolver on this machine: https://www.rfc-editor.org/rfc/rfc1035"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable
from typing import Any

import pytest

from handlers.probes.addresses import AddressPolicy
from tests.handlers.probe_world import dns_answer, probe, resolver

A, CNAME, MX, TXT, AAAA = 1, 5, 15, 16, 28


def name(text: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


def ip(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


def look_up(answer: Callable[[bytes], bytes | None], record: str = "A", *expected: str, **keys: Any) -> Any:
    by_tcp = keys.pop("by_tcp", None)
    with resolver(answer, by_tcp) as port:
        return probe(
            "dns", name="shop.example.com", record=record, expected=expected, resolver="127.0.0.1", port=port, **keys
        )


@pytest.mark.parametrize(
    ("record", "answers", "expected"),
    [
        (
            "A",
            [(CNAME, name("edge.example.net")), (A, ip("192.0.2.1")), (A, ip("192.0.2.2"))],
            ["192.0.2.1", "192.0.2.2"],
        ),
        ("AAAA", [(AAAA, ip("2001:db8::1"))], ["2001:db8::1"]),
        ("CNAME", [(CNAME, name("EDGE.example.net"))], ["edge.example.net"]),
        # A name that ends in a pointer to `example.com` of the question.
        ("CNAME", [(CNAME, b"\x03www\xc0\x11")], ["www.example.com"]),
        ("MX", [(MX, struct.pack("!H", 10) + name("mail.example.com"))], ["10 mail.example.com"]),
        ("TXT", [(TXT, b"\x05v=spf\x02-a")], ["v=spf-a"]),
    ],
)
def test_answers_of_each_type_are_read(record: str, answers: list[tuple[int, bytes]], expected: list[str]) -> None:
    assert look_up(lambda query: dns_answer(query, *answers), record, *expected).reason == ""


@pytest.mark.parametrize(
    ("flags", "records", "expected", "kind", "reason"),
    [
        (0x8183, [], [], "dns", "NXDOMAIN"),
        (0x8182, [], [], "dns", "SERVFAIL"),
        (0x8180, [], [], "dns", "shop.example.com has no record of type A"),
        (0x8180, [(A, ip("203.0.113.9"))], ["192.0.2.1"], "answer", "unexpected answers: 203.0.113.9"),
        (0x8180, [(A, b"\x01")], [], "dns", "cannot be read"),
    ],
)
def test_a_failure_says_what_was_answered(
    flags: int, records: list[tuple[int, bytes]], expected: list[str], kind: str, reason: str
) -> None:
    result = look_up(lambda query: dns_answer(query, *records, flags=flags), "A", *expected)
    assert result.kind == kind
    assert reason in result.reason


def test_some_of_the_expected_answers_are_enough() -> None:
    """Resolvers rotate and shorten what they answer."""
    assert look_up(lambda query: dns_answer(query, (A, ip("192.0.2.1"))), "A", "192.0.2.1", "192.0.2.2").reason == ""


def test_a_truncated_answer_is_asked_for_by_tcp() -> None:
    result = look_up(
        lambda query: dns_answer(query, flags=0x8380),
        by_tcp=lambda query: dns_answer(query, (A, ip("192.0.2.1"))),
    )
    assert result.reason == ""


@pytest.mark.parametrize(
    "broken",
    [
        lambda query: None,
        # Of another query: nobody is believed who has not seen this one.
        lambda query: dns_answer(bytes([query[0] ^ 1]) + query[1:], (A, ip("192.0.2.1"))),
        lambda query: dns_answer(query, (A, ip("192.0.2.1"))).replace(b"shop", b"ship"),
        lambda query: b"\0",
    ],
)
def test_what_is_no_answer_to_the_query_is_ignored(broken: Callable[[bytes], bytes | None]) -> None:
    assert look_up(broken, timeout=0.1).reason == "timeout after 0.1 s while waiting for the resolver 127.0.0.1"


@pytest.mark.parametrize("tail", [b"\xc0\x0c", b"\xc0\x2b", b"\x3f", b"\xff"])
def test_names_without_an_end_do_not_hang(tail: bytes) -> None:
    """Pointers to themselves, and labels that go beyond the message."""
    result = look_up(lambda query: dns_answer(query, (CNAME, tail)), "CNAME")
    assert result.kind in ("", "dns")


def test_a_resolver_that_is_away() -> None:
    result = probe("dns", name="shop.example.com", record="A", resolver="127.0.0.1", port=1)
    assert result.reason == "the resolver 127.0.0.1 cannot be reached: Connection refused"


def test_a_link_local_resolver_is_not_asked() -> None:
    result = probe("dns", policy=AddressPolicy(private=True), name="x.example", record="A", resolver="169.254.169.253")
    assert result.kind == "address"
