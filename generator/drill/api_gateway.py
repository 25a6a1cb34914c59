"""API Gateway's part between HTTP and a function: Lambda proxy integration with IAM authorisation, on this machine.

moto runs no proxy integration. Like API Gateway, this rejects requests with a wrong signature, and responds for a
function that fails. Policies are not evaluated: every known key may call everything.
https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import base64
import calendar
import hmac
import json
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from generator.drill.local_server import LocalServer, OwnedServer

SERVICE = "execute-api"
# https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
MOST_BODY_BYTES = 10_000_000
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/execute-api/aws4_request, ?"
    r"SignedHeaders=(?P<signed>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)
_MOMENT = re.compile(r"\d{8}T\d{6}Z")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
LONGEST_SECONDS = 300
Invoke = Callable[[dict[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request. arn: of the user or the session."""

    account: str
    arn: str
    secret: str


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes


class ApiGateway(LocalServer):
    """A server in front of a function. invoke: the function, event to answer. callers: access key id to caller.

    stage: the first part of every path, which the function does not see. clock: seconds since 1970.
    """

    def __init__(
        self,
        invoke: Invoke,
        callers: Mapping[str, Caller],
        stage: str = "drill",
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.invoke, self.callers, self.stage, self.clock = invoke, callers, stage, clock
        super().__init__(_Handler, port)

    @property
    def url(self) -> str:
        """The value of the stack's output MonitoringApiUrl."""
        return f"{super().url}/{self.stage}"

    def answer(self, request: _Request) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of what comes back."""
        if len(request.body) > MOST_BODY_BYTES:
            return _own(413, "REQUEST_TOO_LARGE", "Request Too Long")
        headers = {name.lower(): value for name, value in request.headers}
        signed = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if signed is None or not _MOMENT.fullmatch(headers.get("x-amz-date", "")):
            return _own(403, "MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
        caller = self.callers.get(signed["key"])
        if caller is None:
            return _own(403, "INVALID_SIGNATURE", "The security token included in the request is invalid.")
        if not hmac.compare_digest(_signature(request, headers, signed, caller.secret), signed["signature"]):
            message = "The request signature we calculated does not match the signature you provided."
            return _own(403, "INVALID_SIGNATURE", message)
        if abs(self.clock() - _seconds(headers["x-amz-date"])) > LONGEST_SECONDS:
            return _own(403, "EXPIRED_TOKEN", "Signature expired")
        try:
            response = self.invoke(proxy_event(request, caller, self.stage))
            status, returned = int(response["statusCode"]), dict(response.get("headers") or {})
            body = str(response.get("body") or "").encode()
        except Exception:
            return _own(502, "API_CONFIGURATION_ERROR", "Internal server error")
        return status, returned, base64.b64decode(body) if response.get("isBase64Encoded") else body


def proxy_event(request: _Request, caller: Caller, stage: str) -> dict[str, Any]:
    """The event of a request."""
    parts = urlsplit(request.target)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        query.setdefault(name, []).append(value)
    try:
        body, is_encoded = request.body.decode(), False
    except UnicodeDecodeError:
        body, is_encoded = base64.b64encode(request.body).decode(), True
    return {
        "resource": "/{proxy+}",
        "path": parts.path.removeprefix(f"/{stage}") or "/",
        "httpMethod": request.method,
        "headers": dict(request.headers),
        "multiValueHeaders": {name: [value] for name, value in request.headers},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "stage": stage,
            "path": parts.path,
            "httpMethod": request.method,
            "identity": {"accountId": caller.account, "caller": caller.account, "userArn": caller.arn},
        },
        "body": body or None,
        "isBase64Encoded": is_encoded,
    }


def _signature(request: _Request, headers: Mapping[str, str], claimed: re.Match[str], secret: str) -> str:
    """The signature that the request has with this secret. Its date is a part of what is signed."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    url = f"http://{headers.get('host', '')}{request.target}"
    signed_headers = {name: headers.get(name, "") for name in claimed["signed"].split(";") if name != "host"}
    signed = AWSRequest(request.method, url, headers=signed_headers, data=request.body)
    signed.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(claimed["key"], secret), SERVICE, claimed["region"])
    text = signer.string_to_sign(signed, signer.canonical_request(signed))
    signature: str = signer.signature(text, signed)
    return signature


def _seconds(moment: str) -> int:
    """Seconds since 1970 of a date such as 20261120T100000Z."""
    return calendar.timegm(time.strptime(moment, "%Y%m%dT%H%M%SZ"))


def _own(status: int, kind: str, message: str) -> tuple[int, Mapping[str, str], bytes]:
    """API Gateway's own answer, as the template has it made.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
    """
    data = {"type": "about:blank", "title": kind, "detail": message}
    return status, {"Content-Type": "application/problem+json"}, json.dumps(data).encode()


class _Handler(BaseHTTPRequestHandler):
    server: OwnedServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = _Request(self.command, self.path, tuple(self.headers.items()), content)
        status, headers, body = self.server.owner.answer(request)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def __getattr__(self, name: str) -> Any:
        """Every method is served, as a method ANY of API Gateway does."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: requests hold credentials, drilled ones or not."""
