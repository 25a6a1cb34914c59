"""A canary's run, as the template has it: its script and its environment, against a real server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.support import built, spec

ANSWERS: dict[str, tuple[int, bytes]] = {
    "/health": (200, b'{"state": "ok"}'),
    "/broken": (503, b"later"),
    "/moved": (302, b""),
    "/latin": (200, "größer".encode("latin-1")),
    "/long": (200, b"x" * 3_000_000 + b"the end"),
}


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(1.2)
        status, text = ANSWERS.get(self.path, (200, b"ok"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        if status == 302:
            self.send_header("Location", "/health")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def run(url: str, expect: str = "{}") -> str:
    """What a run returns; raises what it raises."""
    made = built(spec(f"canaries: {{shop: {{url: {url}, expect: {expect}}}}}"))
    canary = made.templates["prod"]["hub.template.yaml"]["Resources"]["CanaryShop"]["Properties"]
    module, _, function = canary["Code"]["Handler"].partition(".")
    assert module == "index"
    names: dict[str, Any] = {"__name__": module}
    exec(compile(canary["Code"]["Script"], "index.py", "exec"), names)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in canary["RunConfig"]["EnvironmentVariables"].items():
            patch.setenv(name, value)
        patch.setenv("no_proxy", "127.0.0.1")
        return str(names[function]({}, None))


@pytest.mark.parametrize(
    ("path", "expect"),
    [
        ("/health", "{}"),
        ("/health", "{contains: '\"ok\"', within: 20s}"),
        ("/broken", "{status: 503, contains: later}"),
        ("/moved", "{status: 302}"),
        ("/latin", "{contains: gr}"),
    ],
)
def test_an_answer_as_it_was_promised(shop: str, path: str, expect: str) -> None:
    assert run(f"{shop}{path}", expect) == "as expected"


@pytest.mark.parametrize(
    ("path", "expect", "said"),
    [
        ("/broken", "{}", "/broken: expected status 200, got 503"),
        ("/moved", "{}", "/moved: expected status 200, got 302"),
        ("/health", "{status: 204}", "expected status 204, got 200"),
        ("/health", "{contains: fine}", "status 200, but the response does not contain 'fine'"),
        ("/long", "{contains: the end}", "does not contain 'the end'"),
        ("/slow", "{within: 1s}", "s, expected within 1 s"),
    ],
)
def test_any_other_answer_fails_the_run_and_says_why(shop: str, path: str, expect: str, said: str) -> None:
    with pytest.raises(Exception, match="status") as failed:
        run(f"{shop}{path}", expect)
    assert type(failed.value).__name__ == "WrongAnswer"
    assert said in str(failed.value)


def test_nobody_there_fails_the_run() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(OSError, match="refused"):
            run(f"http://127.0.0.1:{taken.getsockname()[1]}/")


def test_what_the_address_says_is_not_logged(shop: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Exception, match="status"):
        run(f"{shop}/broken")
    assert "later" not in caplog.text
    assert caplog.messages[0].startswith("503 with 5 characters after ")
