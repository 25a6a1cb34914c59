"""A request as API Gateway hands it to a function, and what is answered; pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

JSON, PROBLEM = "application/json", "application/problem+json"
# Answers are for one caller at one moment, and no browser is to make anything else of them.
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One request. path: without the stage. query: each parameter with its values, in their order.

    headers: names in lower case. account, arn: of the signer, empty where nobody signed. id: API Gateway's.
    """

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    account: str = ""
    arn: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. data: of the body as JSON; None for an empty one."""

    status: int
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    type: str = JSON


def request_of(event: Mapping[str, Any]) -> Request:
    """The request of an event. A body that is not the base64 that it is said to be is no body of ours: it is empty."""
    context = event.get("requestContext") or {}
    identity = context.get("identity") or {}
    query = event.get("multiValueQueryStringParameters") or {}
    headers = event.get("headers") or {}
    return Request(
        method=str(event.get("httpMethod", "")),
        path=str(event.get("path", "")),
        query={str(name): tuple(map(str, values)) for name, values in query.items()},
        headers={str(name).lower(): str(value) for name, value in headers.items()},
        body=_body(event),
        account=str(identity.get("accountId") or ""),
        arn=str(identity.get("userArn") or ""),
        id=str(context.get("requestId") or ""),
    )


def _body(event: Mapping[str, Any]) -> bytes:
    text = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        # A lone surrogate is no JSON that anybody may send; it has to be refused like other bytes that are not UTF-8.
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b"\xff"


def proxy_answer(answer: Answer) -> dict[str, Any]:
    """The answer in the form that API Gateway wants from a function."""
    text = "" if answer.data is None else json.dumps(answer.data, ensure_ascii=False, separators=(",", ":"))
    # Half of a surrogate pair, which JSON may have as an escape, could not be sent.
    body = text.encode("utf-8", "replace").decode()
    type_ = {} if answer.data is None else {"Content-Type": answer.type}
    return {
        "statusCode": answer.status,
        "headers": {**SECURITY_HEADERS, **type_, **answer.headers},
        "body": body,
        "isBase64Encoded": False,
    }
