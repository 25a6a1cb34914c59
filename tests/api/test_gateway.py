"""The local API Gateway: whose signature does not fit gets nothing, and the function is not asked."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from generator.drill.api_gateway import ApiGateway, Caller

EVENTS: list[dict[str, Any]] = []


@pytest.fixture(scope="module")
def gateway() -> Iterator[ApiGateway]:
    def invoke(event: dict[str, Any]) -> dict[str, Any]:
        EVENTS.append(event)
        return {"statusCode": 201, "headers": {"X-One": "1"}, "body": "aGk=", "isBase64Encoded": True}

    with ApiGateway(invoke, {"key": Caller("111111111111", "arn:x", "secret")}) as server:
        yield server


def signed(gateway: ApiGateway, path: str, *, method: str = "GET", secret: str = "secret", body: bytes = b"") -> Any:
    request = AWSRequest(method, f"{gateway.url}{path}", data=body)
    SigV4Auth(Credentials("key", secret, "token"), "execute-api", "us-east-1").add_auth(request)
    return request.prepare()


def send(request: Any, **more: Any) -> Any:
    EVENTS.clear()
    given = {"url": request.url, "headers": dict(request.headers), "body": request.body, **more}
    return urllib3.request(request.method, given["url"], headers=given["headers"], body=given["body"])


def test_a_signed_request_is_an_event(gateway: ApiGateway) -> None:
    reply = send(signed(gateway, "/v1/a%20b?x=1&x=2&empty=", method="POST", body=b"\xff"))
    assert (reply.status, reply.data, reply.headers["X-One"]) == (201, b"hi", "1")
    (event,) = EVENTS
    assert (event["path"], event["httpMethod"], event["isBase64Encoded"]) == ("/v1/a%20b", "POST", True)
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"], "empty": [""]}
    assert event["requestContext"]["identity"]["accountId"] == "111111111111"


@pytest.mark.parametrize("change", ["nobody", "secret", "path", "body", "time", "key", "header"])
def test_what_is_not_signed_does_not_come_to_the_function(gateway: ApiGateway, change: str) -> None:
    request = signed(gateway, "/v1/errors?state=new", secret="wrong" if change == "secret" else "secret")
    headers = dict(request.headers)
    more: dict[str, Any] = {}
    if change == "nobody":
        more["headers"] = {}
    elif change == "path":
        more["url"] = request.url.replace("new", "old")
    elif change == "body":
        more["body"] = b"x"
    elif change == "time":
        more["headers"] = {**headers, "X-Amz-Date": "20200101T000000Z"}
    elif change == "key":
        more["headers"] = {**headers, "Authorization": headers["Authorization"].replace("=key/", "=other/")}
    elif change == "header":
        more["headers"] = {**headers, "X-Amz-Security-Token": "other"}
    reply = send(request, **more)
    assert (reply.status, EVENTS) == (403, [])
    assert json.loads(reply.data)["title"] in ("MISSING_AUTHENTICATION_TOKEN", "INVALID_SIGNATURE")


def test_a_signature_is_good_for_minutes(gateway: ApiGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    request = signed(gateway, "/v1/errors")
    now = time.time()
    for later, status in ((-250, 201), (250, 201), (-350, 403), (350, 403)):
        monkeypatch.setattr(gateway, "clock", lambda later=later: now + later)
        assert send(request).status == status
