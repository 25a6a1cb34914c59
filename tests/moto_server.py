"""moto's server, one for each process that runs tests: what moto knows, it knows for the whole process anyway.

A server of its own for each test would cost the time in which it stops, and making every service's application anew.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from moto.server import ThreadedMotoServer

from generator.drill.machine import prepare_moto
from tests import direct_requests


@cache
def _server() -> ThreadedMotoServer:
    prepare_moto()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    return server


@cache
def address() -> str:
    """Where it listens. It starts with the first who asks, and ends with the process."""
    listening = "http://{}:{}".format(*_server().get_host_and_port())
    direct_requests.serve(listening, answer)
    return listening


def answer(method: str, path: str, headers: Mapping[str, str], body: bytes) -> direct_requests.Answer:
    """What it answers, asked in this process. path: with its query, as in a request's line."""
    asked, host = urlsplit(path), headers.get("Host", "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(asked.path, "latin-1"),
        "QUERY_STRING": asked.query,
        "REQUEST_URI": path,
        "RAW_URI": path,
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": host.partition(":")[2] or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        if key != "CONTENT_LENGTH":
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    begun: list[Any] = []
    try:
        content = b"".join(_server()._server.app(environ, lambda *given: begun.extend(given)))  # type: ignore[union-attr]
    except Exception:
        # As its server says it of a call that it does not have.
        return direct_requests.Answer(
            500,
            {"Content-Type": "text/html; charset=utf-8"},
            b"<!doctype html>\n<title>Internal Server Error</title>",
        )
    return direct_requests.Answer(int(begun[0].split()[0]), dict(begun[1]), content)


def reset(seed: int | None = None) -> None:
    """Forget everything. seed: of the ids that follow."""
    for path in ("reset", *([] if seed is None else [f"seed?a={seed}"])):
        assert answer("POST", f"/moto-api/{path}", {"Host": urlsplit(address()).netloc}, b"").status == 200
