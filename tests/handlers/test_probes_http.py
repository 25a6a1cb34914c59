"""Probes of type http, tcp and tls against real servers on this machine: what is up, what fails, and why."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest

from handlers.probes.addresses import AddressPolicy
from handlers.probes.http_wire import read_response
from handlers.probes.result import ProbeFailure
from tests.handlers.probe_world import (
    answering,
    client_context,
    probe,
    request_of,
    response,
    server,
    server_context,
    silent,
)

BRIEF = 0.15


def http(port: int, path: str = "/health", **keys: Any) -> Any:
    return probe("http", url=f"http://127.0.0.1:{port}{path}", **{"status": [200], **keys})


def test_a_response_as_expected_is_up_and_has_a_duration() -> None:
    requests: list[str] = []
    with server(answering(response(b'{"state": "ok"}'), requests)) as port:
        result = http(port, "/health?deep=1", headers={"Accept": "application/json"}, contains='"ok"')
    assert (result.kind, result.reason) == ("", "")
    lines = requests[0].split("\r\n")
    assert lines[0] == "GET /health?deep=1 HTTP/1.1"
    assert {f"Host: 127.0.0.1:{port}", "Accept: application/json", "Connection: close"} < set(lines)
    line = json.loads(result.line(60_000))
    assert line["_aws"]["Timestamp"] == 60_000
    assert line["Up"] == 1
    assert [one["Name"] for one in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]] == ["Up", "DurationMs"]
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Probe"]]


@pytest.mark.parametrize(
    ("sent", "keys", "kind", "reason"),
    [
        (response(b"later", "503 Unavailable"), {}, "status", "status 503, expected 200"),
        (
            response(b"", "302 Found", "Location: /x"),
            {"status": [200, 204]},
            "status",
            "status 302, expected 200 or 204",
        ),
        (response(b"x" * 50), {"contains": "ok"}, "body", "does not contain the expected text (50 characters)"),
        (response(b"state: off"), {"matches": "state: (on|ok)$"}, "body", "does not match the pattern"),
        (response(), {"expected_headers": {"X-Version": "v2"}}, "header", "no header X-Version"),
        (
            response(b"", "200 OK", "X-Version: v1"),
            {"expected_headers": {"X-Version": "v2"}},
            "header",
            "does not match",
        ),
        (b"SSH-2.0-OpenSSH\r\n\r\n", {}, "http", "not HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", {}, "http", "in the middle of its response"),
        (b"", {}, "http", "closed the connection"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n", {}, "http", "longer than 65536 bytes"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 9, {}, "http", "interim"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", {}, "http", "no length"),
    ],
)
def test_a_failure_says_what_was_wrong(sent: bytes, keys: dict[str, Any], kind: str, reason: str) -> None:
    with server(answering(sent)) as port:
        result = http(port, **keys)
    assert result.kind == kind
    assert reason in result.reason
    line = json.loads(result.line(0))
    assert (line["Up"], line["Failure"]) == (0, kind)
    assert "DurationMs" not in line


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200 OK\r\n\r\nuntil the end: ok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nuno\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        # A megabyte more than is read: what comes first is looked at, and the rest is not waited for.
        response(b"ok" + b"x" * 1_000_000),
    ],
)
def test_bodies_of_every_framing_are_read(sent: bytes) -> None:
    with server(answering(sent)) as port:
        assert http(port, contains="ok").reason == ""


def test_what_comes_after_64_kilobytes_is_not_read() -> None:
    with server(answering(response(b"x" * 70_000 + b"ok"))) as port:
        assert http(port, contains="ok").kind == "body"


def _endless(connection: socket.socket) -> None:
    request_of(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nok")
    while True:
        connection.sendall(b"x" * 65_536)


def test_a_body_without_an_end_is_read_as_far_as_it_is_looked_at() -> None:
    with server(_endless) as port:
        assert http(port, contains="ok", timeout=2).reason == ""


def _drips(connection: socket.socket) -> None:
    """A byte of a header now and then, as slow-loris servers do: each read succeeds, the response never ends."""
    request_of(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    connection.settimeout(0.02)
    for _ in range(10_000):
        connection.sendall(b"X: y\r\n")
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            continue


@pytest.mark.parametrize("script", [silent, _drips])
def test_a_server_that_never_ends_is_a_timeout(script: Any) -> None:
    with server(script) as port:
        result = http(port, timeout=BRIEF)
    assert (result.kind, result.reason) == ("timeout", f"timeout after {BRIEF} s while waiting for the response")
    assert result.duration_ms < 2_000


def test_redirects_are_followed_only_if_asked_and_at_most_five_times() -> None:
    def script(connection: socket.socket) -> None:
        number = int(request_of(connection).split(" ")[1].strip("/"))
        location = f"Location: /{number - 1}"
        connection.sendall(response() if number == 0 else response(b"", "302 Found", location))

    with server(script) as port:
        assert http(port, "/1").reason == "status 302, expected 200"
        assert http(port, "/5", follow_redirects=True).reason == ""
        assert http(port, "/6", follow_redirects=True).reason == "more than 5 redirects"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is link-local"),
        ("http://[::ffff:169.254.169.254]/", "link-local"),
        ("http://[fd00:ec2::254]/", "link-local"),
        ("http://0.0.0.0:9001/", "an address of the function itself"),
        ("file:///etc/passwd", "not http or https"),
        ("http://[::1", "not a URL"),
        ("http://127.0.0.1:99999/", "port"),
    ],
)
def test_a_redirect_to_the_function_itself_is_refused(location: str, reason: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html"""
    with server(answering(response(b"", "302 Found", f"Location: {location}"))) as port:
        assert reason in http(port, follow_redirects=True).reason


AUTHORIZED = {"Authorization": {"name": "shop/probe", "key": "token"}}


def test_a_secret_is_sent_to_its_origin_and_to_no_other() -> None:
    requests: list[str] = []
    secret = {"shop/probe": '{"token": "hush-hush-1"}'}

    def moving(to: str) -> Any:
        def script(connection: socket.socket) -> None:
            received = request_of(connection)
            requests.append(received)
            is_first = received.startswith("GET /first ")
            connection.sendall(response(b"", "307 Temporary Redirect", f"Location: {to}") if is_first else response())

        return script

    keys: Any = {"secrets": AUTHORIZED, "follow_redirects": True, "status": [200]}
    with server(moving("")) as other, server(moving(f"http://127.0.0.1:{other}/second")) as port:
        assert _with_secret(f"http://127.0.0.1:{port}/first", secret, keys).reason == ""
    assert ["Authorization: hush-hush-1" in one for one in requests] == [True, False]
    requests.clear()
    with server(moving("/second")) as port:
        assert _with_secret(f"http://127.0.0.1:{port}/first", secret, keys).reason == ""
    assert ["Authorization: hush-hush-1" in one for one in requests] == [True, True]


def _with_secret(url: str, values: dict[str, str], keys: dict[str, Any]) -> Any:
    return probe("http", values=values, url=url, **keys)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"shop/probe": '{"other": "x"}'}, "the secret shop/probe has no key token"),
        ({"shop/probe": '{"token": "one\\r\\ntwo"}'}, "characters that a header cannot have"),
        ({}, "the secret shop/probe is not readable"),
    ],
)
def test_a_secret_that_cannot_be_used(values: dict[str, str], reason: str) -> None:
    result = _with_secret("http://127.0.0.1:1/", values, {"secrets": AUTHORIZED, "status": [200]})
    assert result.kind == "secret"
    assert reason in result.reason


def test_a_secret_that_a_server_repeats_is_hidden() -> None:
    sent = response(b"", "302 Found", "Location: https://hush-hush-1.invalid/")
    with server(answering(sent)) as port:
        keys = {"secrets": AUTHORIZED, "status": [200], "follow_redirects": True}
        result = _with_secret(f"http://127.0.0.1:{port}/", {"shop/probe": '{"token": "hush-hush-1"}'}, keys)
    assert result.reason.startswith("[secret].invalid cannot be resolved")


def test_loopback_is_refused_on_aws() -> None:
    with server(answering(response())) as port:
        result = probe("http", policy=AddressPolicy(private=True), url=f"http://127.0.0.1:{port}/", status=[200])
    assert result.kind == "address"
    assert result.reason == "127.0.0.1 is not connected to: 127.0.0.1 is an address of the function itself"


@pytest.mark.parametrize(
    ("address", "outside", "inside"),
    [
        ("10.0.0.5", False, True),
        ("192.168.1.1", False, True),
        ("100.64.0.1", False, True),
        ("fd12:3456::1", False, True),
        ("::ffff:10.0.0.5", False, True),
        ("64:ff9b::a00:5", False, True),
        ("93.184.216.34", True, True),
        ("2606:4700::1111", True, True),
        ("127.0.0.1", False, False),
        ("::1", False, False),
        ("::", False, False),
        ("0.0.0.0", False, False),
        ("169.254.170.2", False, False),
        ("fe80::1%eth0", False, False),
        ("fd00:ec2::254", False, False),
        ("::ffff:127.0.0.1", False, False),
        ("::127.0.0.1", False, False),
        ("2002:7f00:1::", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("224.0.0.1", False, False),
        ("255.255.255.255", False, False),
    ],
)
def test_addresses_of_the_function_are_refused_and_private_ones_need_a_vpc(
    address: str, outside: bool, inside: bool
) -> None:
    assert (not AddressPolicy().refusal(address), not AddressPolicy(private=True).refusal(address)) == (outside, inside)


def test_a_port_is_open_or_refused() -> None:
    with server(silent) as port:
        assert probe("tcp", host="127.0.0.1", port=port).reason == ""
    result = probe("tcp", host="127.0.0.1", port=port)
    assert result.kind == "connect"
    assert result.reason.endswith("Connection refused")


def test_a_name_that_does_not_resolve() -> None:
    result = probe("tcp", host="nowhere.invalid", port=443)
    assert result.kind == "dns"
    assert result.reason.startswith("nowhere.invalid cannot be resolved: ")


def test_a_valid_certificate_has_its_days(tmp_path: Path) -> None:
    with server(answering(response()), server_context(tmp_path, days=12)) as port:
        tls = probe("tls", host="localhost", port=port, context=client_context())
        https = probe("http", url=f"https://localhost:{port}/", status=[200], context=client_context())
    for result in (tls, https):
        assert result.reason == ""
        assert json.loads(result.line(0))["CertificateDaysLeft"] == pytest.approx(12, abs=0.01)


@pytest.mark.parametrize(
    ("name", "days", "known", "reason", "days_left"),
    [
        ("localhost", -1, True, "certificate has expired", 0.0),
        ("shop.example.com", 30, True, "Hostname mismatch", None),
        ("localhost", 30, False, "unable to get local issuer certificate", None),
    ],
)
def test_a_certificate_that_is_not_valid_fails(
    tmp_path: Path, name: str, days: float, known: bool, reason: str, days_left: float | None
) -> None:
    with server(silent, server_context(tmp_path, name, days)) as port:
        context = client_context() if known else ssl.create_default_context()
        result = probe("tls", host="localhost", port=port, context=context)
    assert result.kind == "certificate"
    assert reason in result.reason
    assert result.days_left == days_left


def test_a_server_without_tls() -> None:
    with server(lambda connection: connection.sendall(b"220 mail.example.com ESMTP\r\n")) as port:
        result = probe("tls", host="localhost", port=port)
    assert result.kind == "tls"


def test_a_handshake_that_never_ends_is_a_timeout() -> None:
    with server(silent) as port:
        result = probe("tls", host="localhost", port=port, timeout=BRIEF)
    assert result.reason == f"timeout after {BRIEF} s while in the TLS handshake"


def test_the_certificate_that_expires_first_counts(tmp_path: Path) -> None:
    """With redirects a request has several certificates, and each of them can end it."""
    (tmp_path / "other").mkdir()
    long, short = server_context(tmp_path, days=80), server_context(tmp_path / "other", days=3)
    with server(answering(response()), long) as other:
        moved = response(b"", "302 Found", f"Location: https://localhost:{other}/")
        with server(answering(moved), short) as port:
            url = f"https://localhost:{port}/"
            result = probe("http", url=url, status=[200], follow_redirects=True, context=client_context())
    assert result.reason == ""
    assert result.days_left == pytest.approx(3, abs=0.01)


def test_a_host_with_a_final_dot_has_the_certificate_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """https://www.rfc-editor.org/rfc/rfc6066#section-3: the name of SNI has no final dot."""
    monkeypatch.setattr("handlers.probes.connection._getaddrinfo", lambda host, port: ["127.0.0.1"])
    with server(silent, server_context(tmp_path)) as port:
        result = probe("tls", host="localhost.", port=port, context=client_context())
    assert result.reason == ""


def test_a_body_over_tls_that_ends_with_its_connection(tmp_path: Path) -> None:
    """Many servers do not close TLS before TCP."""

    def script(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nok")
        connection.shutdown(socket.SHUT_RDWR)

    with server(script, server_context(tmp_path)) as port:
        result = probe("http", url=f"https://localhost:{port}/", status=[200], contains="ok", context=client_context())
    assert result.reason == ""


def test_tls_that_breaks_after_the_handshake_is_named() -> None:
    """With TLS 1.3 a server that wants a certificate of the client says so after the handshake.

    https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2.4
    """

    async def read() -> None:
        reader = asyncio.StreamReader()
        error = ssl.SSLError(1, "alert")
        error.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
        reader.set_exception(error)
        await read_response(reader, method="GET")

    with pytest.raises(ProbeFailure, match="broke: TLSV13_ALERT_CERTIFICATE_REQUIRED") as failure:
        asyncio.run(read())
    assert failure.value.kind == "tls"


def test_a_host_header_is_of_its_host_only() -> None:
    requests: list[str] = []
    with server(answering(response(), requests)) as other:
        moved = response(b"", "302 Found", f"Location: http://127.0.0.1:{other}/")
        with server(answering(moved, requests)) as port:
            assert http(port, headers={"Host": "shop.internal"}, follow_redirects=True).reason == ""
    assert ["Host: shop.internal" in one for one in requests] == [True, False]


def test_a_secret_that_a_server_repeats_in_other_case_is_hidden() -> None:
    sent = response(b"", "302 Found", "Location: https://Hush-Hush-1.invalid/")
    with server(answering(sent)) as port:
        keys = {"secrets": AUTHORIZED, "status": [200], "follow_redirects": True}
        result = _with_secret(f"http://127.0.0.1:{port}/", {"shop/probe": '{"token": "Hush-Hush-1"}'}, keys)
    assert "hush" not in result.reason.lower()
