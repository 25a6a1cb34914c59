"""A way to the stand-in that can be disturbed: it answers what moto has not, and fails where it is told to.

Between the command and moto, as a network would be; what the command sends is what moto gets.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from tests import direct_requests, moto_server
from tests.direct_requests import Answer as Response

Answer = tuple[int, str]
QUERY = """<{0}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><{0}Result>{1}</{0}Result>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{0}Response>"""
# What moto does not know, as AWS would say it of a hub where everything is in order.
IN_ORDER: dict[str, Answer] = {
    "DescribeOrganizationsAccess": (
        200,
        QUERY.format("DescribeOrganizationsAccess", "<Status>ENABLED</Status>"),
    ),
    "DescribeAccountLimits": (
        200,
        QUERY.format(
            "DescribeAccountLimits",
            "<AccountLimits><member><Name>StackLimit</Name><Value>2000</Value></member></AccountLimits>",
        ),
    ),
    "SimulatePrincipalPolicy": (
        200,
        QUERY.format(
            "SimulatePrincipalPolicy",
            "<IsTruncated>false</IsTruncated><EvaluationResults><member><EvalActionName>s3:GetObject</EvalActionName>"
            "<EvalDecision>allowed</EvalDecision></member></EvaluationResults>",
        ),
    ),
    "GetServiceQuota": (200, '{"Quota": {"Value": 10000.0}}'),
    "ListSinks": (200, '{"Items": []}'),
    "POST /getRegionOptStatus": (200, '{"RegionName": "eu-west-1", "RegionOptStatus": "ENABLED_BY_DEFAULT"}'),
}


def refusal(code: str, message: str = "no", status: int = 400) -> Answer:
    """An error as AWS's query, JSON and REST-XML protocols would have it, each reading its own part."""
    xml = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return status, f"<ErrorResponse>{xml}<RequestId>r</RequestId></ErrorResponse>"


def s3_refusal(code: str, status: int) -> Answer:
    """An error of S3."""
    return status, f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>"


@dataclass
class Fault:
    """What happens to a request whose operation, or method and path, fits. answer: None cuts the line.

    after: let it reach AWS first, and lose the answer. skip: how many go through unharmed; times: how often it strikes.
    region: only what is asked of that Region; about: only what has this in its body.
    """

    fits: str
    answer: Answer | None = None
    times: int = 10_000
    skip: int = 0
    after: bool = False
    change: Callable[[str], str] | None = None
    region: str = ""
    about: str = ""


@dataclass
class Front:
    """address: where AWS_ENDPOINT_URL points. seen: operations, or method and path, in order.

    clock_ahead_s: by how much its Date is ahead of this machine's clock, in seconds.
    """

    target: str
    address: str = ""
    faults: list[Fault] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=lambda: dict(IN_ORDER))
    clock_ahead_s: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def strikes(self, operation: str, region: str, body: bytes) -> Fault | None:
        """The fault that hits this request, if one does."""
        with self._lock:
            self.seen.append(operation)
            for fault in self.faults:
                here = fault.region in ("", region) and fault.about.encode() in body
                if here and re.search(fault.fits, operation):
                    if fault.skip > 0:
                        fault.skip -= 1
                    elif fault.times > 0:
                        fault.times -= 1
                        return fault
        return None

    def respond(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response | None:
        """What it answers; None cuts the line."""
        operation = _operation(method, path, headers, body)
        # The scope of the credentials: an id, a date, the Region, the service.
        scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/", headers.get("Authorization", ""))
        fault = self.strikes(operation, scope.group(1) if scope else "", body)
        if fault and not fault.after and not fault.change:
            return _response(fault.answer)
        if operation in self.answers:
            response = _response(self.answers[operation])
        else:
            response = self._forward(method, path, headers, body)
        if fault and fault.after:
            return _response(fault.answer)
        if fault and fault.change:
            response = response._replace(content=fault.change(response.content.decode()).encode())
        return response

    def respond_directly(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response | None:
        """As `respond`, to a client of this process; None, before anything has happened, where a line may be cut."""
        if any(fault.answer is None and not fault.change for fault in self.faults):
            return None
        response = self.respond(method, path, headers, body)
        return response and response._replace(headers={**response.headers, "Date": self.date()})

    def _forward(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        assert self.target == moto_server.address()
        kept = {key: value for key, value in headers.items() if key.lower() not in ("expect", "transfer-encoding")}
        status, more, content = moto_server.answer(method, path, kept, body)
        drop = ("transfer-encoding", "connection", "date", "server")
        drop = drop if method == "HEAD" else (*drop, "content-length")
        return Response(status, {key: value for key, value in more.items() if key.lower() not in drop}, content)

    def date(self) -> str:
        """The Date of an answer."""
        return formatdate(time.time() + self.clock_ahead_s, usegmt=True)


def _response(answer: Answer | None) -> Response | None:
    return answer and Response(answer[0], {"Content-Type": "text/xml"}, answer[1].encode())


def _operation(method: str, path: str, headers: Mapping[str, str], body: bytes) -> str:
    if "X-Amz-Target" in headers:
        return headers["X-Amz-Target"].rpartition(".")[2]
    if b"Action=" in body:
        return parse_qs(body.decode())["Action"][0]
    if path.rstrip("/") == "/ListSinks":
        return "ListSinks"
    return f"{method} {urlsplit(path).path}{'?' + urlsplit(path).query if urlsplit(path).query else ''}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes, and the second would wait for the other side's delayed acknowledgement.
    disable_nagle_algorithm = True

    def _any(self) -> None:
        response = self._front.respond(self.command, self.path, dict(self.headers.items()), self._body())
        if response:
            self._send(*response)
        else:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _any

    def _body(self) -> bytes:
        if "100-continue" in self.headers.get("Expect", ""):
            self.send_response_only(100)
            self.end_headers()
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            pieces = b""
            while size := int(self.rfile.readline().strip() or b"0", 16):
                pieces += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return pieces
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _send(self, status: int, more: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for key, value in more.items():
            self.send_header(key, value)
        if "Content-Length" not in more:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    @property
    def _front(self) -> Front:
        return self.server.front  # type: ignore[attr-defined, no-any-return]

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date of an answer."""
        return self._front.date()

    def log_message(self, *_arguments: object) -> None:
        """Nothing: what was seen is kept."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_arguments: object) -> None:
        """A line that was cut is cut on both sides."""


# Those that no test has: the next one has the same address, and so the same clients.
_IDLE: list[_Server] = []


def _started() -> _Server:
    server = _Server(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@contextmanager
def front(target: str) -> Iterator[Front]:
    """A front before a stand-in."""
    made = Front(target)
    server = _IDLE.pop() if _IDLE else _started()
    server.front = made  # type: ignore[attr-defined]
    made.address = f"http://127.0.0.1:{server.server_address[1]}"
    direct_requests.serve(made.address, made.respond_directly)
    try:
        yield made
    finally:
        direct_requests.end(made.address)
        _IDLE.append(server)
