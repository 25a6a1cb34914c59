"""What a server can do to a client: drip, swell, redirect, hang, lead inside; and how long any of it takes."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from handlers.common import http as module
from handlers.common.deadline import Deadline
from handlers.common.http import ANSWER_BYTES, Answer, Http, NoAnswer

SECONDS = 0.4


@contextmanager
def serving(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads one request and does with the connection what it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as stack:

        def one(connection: socket.socket) -> None:
            with connection:
                try:
                    if connection.recv(65_536):
                        answer(connection)
                except OSError:
                    return  # the client has gone, which is what most of these tests are about

        def run() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=run, daemon=True).start()
        stack.callback(listening.shutdown, socket.SHUT_RDWR)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def slowly(content: bytes) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        for byte in content:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return answer


def at_once(body: bytes, *headers: str, length: int | None = None) -> Callable[[socket.socket], None]:
    head = "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(body) if length is None else length}", *headers])
    return lambda connection: connection.sendall(head.encode() + b"\r\n\r\n" + body)


@pytest.mark.parametrize(
    "content",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b"x" * 500,
        b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 500,
        b"",
    ],
    ids=["body", "headers", "nothing"],
)
def test_the_deadline_counts_for_the_whole_answer(content: bytes) -> None:
    hang = slowly(content) if content else lambda _connection: time.sleep(5)
    with serving(hang) as url:
        deadline = Deadline.after(SECONDS)
        with pytest.raises(NoAnswer) as error:
            Http().call("GET", url, deadline, private=True)
    assert error.value.sent
    # The test is about not waiting for the end, which is half a minute away.
    assert Deadline.after(0).at - deadline.at < 5


def test_a_large_answer_is_read_as_far_as_it_is_looked_at() -> None:
    with serving(at_once(b"z" * 3 * ANSWER_BYTES)) as url:
        answer = Http().call("GET", url, Deadline.after(5), private=True)
    assert (len(answer.body), answer.whole, answer.json()) == (ANSWER_BYTES, False, None)


def test_what_is_compressed_against_our_wish_is_not_expanded() -> None:
    small = gzip.compress(json.dumps({"a": "0" * 20_000_000}).encode())
    with serving(at_once(small, "Content-Encoding: gzip")) as url:
        answer = Http().call("GET", url, Deadline.after(5), private=True)
    assert answer.body == small
    assert answer.json() is None


def test_an_answer_that_is_cut_is_no_answer() -> None:
    with serving(at_once(b'{"a": 1}', length=100)) as url, pytest.raises(NoAnswer) as error:
        Http().call("POST", url, Deadline.after(5), private=True)
    assert error.value.sent


def test_after_a_call_that_was_cut_off_the_next_one_works() -> None:
    http = Http()
    with serving(lambda _connection: time.sleep(5)) as slow, pytest.raises(NoAnswer):
        http.call("GET", slow, Deadline.after(SECONDS), private=True)
    with serving(at_once(b"{}", "Connection: close")) as url:
        for _ in range(2):
            assert http.call("GET", url, Deadline.after(5), private=True).json() == {}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/", "http://example.com/", "ftp://example.com/", "javascript:x"]
)
def test_only_https_is_called(url: str) -> None:
    with pytest.raises(NoAnswer) as error:
        Http().call("GET", url.format(port=1), Deadline.after(SECONDS))
    assert (str(error.value), error.value.sent) == ("the address is not https", False)


def test_a_name_that_leads_inside_is_not_called() -> None:
    heard: list[bytes] = []
    with serving(lambda connection: heard.append(b"called")) as url:
        port = url.rstrip("/").rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "127.1", "2130706433"):
            with pytest.raises(NoAnswer) as error:
                Http().call("GET", f"https://{host}:{port}/", Deadline.after(5))
            assert (str(error.value), error.value.sent) == ("the address is inside a private network", False)
    assert heard == []


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("93.184.215.14", False),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", False),
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("192.168.1.1", True),
        ("169.254.169.254", True),
        ("100.64.0.1", True),
        ("127.0.0.1", True),
        ("0.0.0.0", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("fd00:ec2::254", True),
        ("::ffff:169.254.169.254", True),
        ("::ffff:93.184.215.14", False),
    ],
)
def test_which_addresses_are_private(address: str, private: bool) -> None:
    assert module._is_private(address) is private


@pytest.mark.parametrize("headers", [{}, {"content-encoding": ""}, {"content-encoding": "identity"}])
def test_json_is_read(headers: dict[str, str]) -> None:
    assert Answer(200, headers, b'{"a": 1}').json() == {"a": 1}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff\xfe", b'{"a": '])
def test_what_is_no_json_is_none(body: bytes) -> None:
    read: Any = Answer(200, {}, body).json()
    assert read is None
