"""botocore's requests to the servers of this process, answered by a call instead of over a socket.

Serializing, the retries and the parsing of answers stay botocore's own. What goes is what both ends of a local
connection did: a profile of the tests of rollouts had a third of its time there. So does the signature, of which these
servers read no more than whose it is, and of which Region and service. Processes that tests start, and whatever does
not go through botocore, still come to the servers over the network.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import botocore.httpsession
import urllib3
from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import get_current_datetime


class Answer(NamedTuple):
    """What a server answers."""

    status: int
    headers: dict[str, str]
    content: bytes


# Of method, path with query, headers and body. None: this request goes over the network.
Server = Callable[[str, str, Mapping[str, str], bytes], Answer | None]
_SERVERS: dict[str, Server] = {}


def serve(address: str, server: Server) -> None:
    """Answer requests to an address here from now on."""
    _SERVERS[urlsplit(address).netloc] = server


def end(address: str) -> None:
    """Let them go over the network again."""
    del _SERVERS[urlsplit(address).netloc]


def quicken_requests() -> None:
    """Once for a process."""
    over_the_network = botocore.httpsession.URLLib3Session.send

    def send(self: Any, request: AWSPreparedRequest) -> AWSResponse:
        server = _SERVERS.get(urlsplit(request.url).netloc) if _SERVERS else None
        answer = server and _ask(server, request)
        return _response(request, answer) if answer else over_the_network(self, request)

    botocore.httpsession.URLLib3Session.send = send
    sign = SigV4Auth.add_auth

    def name_the_caller(self: Any, request: Any) -> None:
        if self.credentials is None or urlsplit(request.url).netloc not in _SERVERS:
            sign(self, request)
            return
        request.context["timestamp"] = get_current_datetime().strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        caller = f"Credential={self.scope(request)}"
        request.headers["Authorization"] = f"AWS4-HMAC-SHA256 {caller}, SignedHeaders=host, Signature=none"

    SigV4Auth.add_auth = name_the_caller


def _ask(server: Server, request: AWSPreparedRequest) -> Answer | None:
    parts, body = urlsplit(request.url), request.body
    at = body.tell() if hasattr(body, "read") else 0
    content = body.read() if hasattr(body, "read") else body or b""
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()}
    # A body that is sent in pieces: what the server's end of the connection would have put together.
    for name in ("Transfer-Encoding", "Expect"):
        headers.pop(name, None)
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    content = content.encode() if isinstance(content, str) else content
    answer = server(request.method, target, {"Host": parts.netloc, **headers}, content)
    if answer is None and hasattr(body, "read"):
        body.seek(at)
    return answer


def _response(request: AWSPreparedRequest, answer: Answer) -> AWSResponse:
    headers = urllib3.HTTPHeaderDict({"Date": formatdate(usegmt=True), "Content-Length": str(len(answer.content))})
    # In place of these, however they are written there: of HEAD, the length is that of what GET would answer.
    for name, value in answer.headers.items():
        headers[name] = value
    body = io.BytesIO(b"" if request.method == "HEAD" else answer.content)
    raw = urllib3.HTTPResponse(
        body, headers, answer.status, preload_content=False, decode_content=False, request_method=request.method
    )
    response = AWSResponse(request.url, answer.status, raw.headers, raw)
    if not request.stream_output:
        _ = response.content  # as botocore reads it at once
    return response
