"""channels: which addresses are taken, in every spelling that a resolver or an HTTP client reads."""

from __future__ import annotations

import json
import socket

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from generator.findings import Severity, dotted
from generator.render.routing import routing_json
from generator.spec.addresses import AddressReach, reach
from tests.support import built, spec

OTHER_KEYS = {"jira": {"project": "OPS"}, "slack": {}, "pagerduty": {}, "webhook": {}}
LOCAL = [
    *("127.0.0.1", "127.1", "127.0.0.1.", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001"),
    *("localhost", "LOCALHOST", "localhost.", "api.localhost", "0.0.0.0", "0", "255.255.255.255", "224.0.0.1"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "0251.0376.0251.0376", "169.254.170.2"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[fe80::1]", "[fe80::1%25eth0]", "[ff02::1]", "[fd00:ec2::254]"),
    *("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]"),
]
PRIVATE = [
    *("10.0.0.1", "10.1", "0x0a000001", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "167772161"),
    *("[fd12:3456::1]", "[fc00::1]", "[fec0::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]"),
    *("jira", "jira.internal", "ip-10-0-0-1.ec2.internal", "metadata.google.internal", "jira.local", "jira.corp"),
    *("jira.lan", "jira.home.arpa", "JIRA.INTERNAL.", "jira.intranet"),
]
PUBLIC = [
    *("example.com", "example.com:8443", "example.com.", "8.8.8.8", "134744072", "[2606:4700::1111]", "1e100.net"),
    *("internal.example.com", "localhost.example.com", "172.32.0.1", "100.128.0.1", "xn--bcher-kva.example"),
]
NO_HOST = [
    *("256.1.1.1", "1.2.3.4.5", "09.1", "example..com", "-a.example.com", "exa%6Dple.com", "example.com:0x1"),
    *("bücher.example", "１２７.0.0.1", "ⓛocalhost", "user@example.com", "user:word@example.com", "[::1", "a b.com"),
    *("example.com\\@127.0.0.1", "example.com:99999", "", "/x"),
]


def with_url(kind: str, url: str, *, private: bool = False) -> str:
    """A file with one more channel, `one`, at this address."""
    keys = {"type": kind, "secret": "shop/x", "url": url, **OTHER_KEYS[kind], **({"private": True} if private else {})}
    return spec(str(yaml.safe_dump({"channels": {"one": keys}})))


def with_host(kind: str, host: str, *, private: bool = False) -> str:
    return with_url(kind, f"https://{host}/x", private=private)


def complaints(text: str) -> list[tuple[str, str, str, str]]:
    return [(f.code, dotted(f.path), f.message, f.hint) for f in built(text).findings if f.severity is Severity.ERROR]


@pytest.mark.parametrize("kind", list(OTHER_KEYS))
@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "jira.internal"])
def test_every_type_with_an_address_refuses_one_that_is_not_public(kind: str, host: str) -> None:
    ((_, path, _, hint),) = complaints(with_host(kind, host))
    assert path == "channels.one.url"
    assert hint


@pytest.mark.parametrize("host", LOCAL)
def test_the_functions_own_machine_is_refused_however_it_is_spelled(host: str) -> None:
    ((code, path, message, _),) = complaints(with_host("webhook", host, private=True))
    assert (code, path) == ("S03", "channels.one.url")
    assert "loopback, link-local or reserved" in message


@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_address_needs_to_be_allowed(host: str) -> None:
    ((code, path, _, hint),) = complaints(with_host("webhook", host))
    assert (code, path, hint) == ("R05", "channels.one.url", "`private: true` on the channel allows it")
    assert complaints(with_host("webhook", host, private=True)) == []


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_address_is_fine(host: str) -> None:
    assert complaints(with_host("webhook", host)) == []


@pytest.mark.parametrize("host", NO_HOST)
def test_what_clients_may_read_as_something_else_is_refused(host: str) -> None:
    ((code, path, _, hint),) = complaints(with_host("webhook", host))
    assert (code, path) == ("S03", "channels.one.url")
    assert hint


@pytest.mark.parametrize("kind", list(OTHER_KEYS))
def test_http_is_refused_with_the_address_to_write(kind: str) -> None:
    ((_, _, _, hint),) = complaints(with_url(kind, "http://itsm.example.com/x"))
    assert hint == "write https://itsm.example.com/x"


def test_a_private_jira_is_taken_with_a_warning_that_nothing_leads_there() -> None:
    text = with_host("jira", "jira.internal", private=True)
    made = built(text)
    one = json.loads(routing_json(made.estates["prod"]))["channels"]["one"]
    assert one["delivery"]["private"] is True
    assert "private" not in one
    assert [f.code for f in made.findings if f.code != "R12"] == ["T25"]


@given(
    st.lists(
        st.integers(0, 2**33) | st.sampled_from([0, 1, 10, 127, 169, 172, 192, 254, 255, 256]), min_size=1, max_size=5
    ),
    st.lists(st.sampled_from(["{}", "0{:o}", "0x{:x}", "0X{:X}", "00{:o}"]), min_size=5, max_size=5),
)
def test_an_ipv4_address_is_read_as_the_resolver_reads_it(numbers: list[int], forms: list[str]) -> None:
    """glibc's inet_aton is what getaddrinfo tries first."""
    host = ".".join(form.format(number) for form, number in zip(forms, numbers, strict=False))
    try:
        packed = socket.inet_aton(host)
    except OSError:
        assert reach(host) is None
    else:
        assert reach(host) is reach(socket.inet_ntoa(packed)) is not None


@given(st.text(max_size=40))
def test_any_host_is_something_or_nothing(host: str) -> None:
    assert reach(host) in (*AddressReach, None)
