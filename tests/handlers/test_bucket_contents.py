"""The custom resource that empties a bucket, with moto's S3 and a real server as ResponseURL."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from handlers.bucket import contents as module
from handlers.bucket.contents import MOST_INVOCATIONS, BucketContents
from handlers.common.deadline import Deadline
from handlers.common.http import NoAnswer

BUCKET = "compliance-logs-prod-222222222222-us-east-1"
FUNCTION = "arn:aws:lambda:us-east-1:222222222222:function:tag-compliance-cleanup-prod"
STREAM = "2026/11/29/[$LATEST]0123"


@dataclass
class ResponseUrl:
    """What a server at ResponseURL was sent. statuses: what it answers, the last one for good."""

    statuses: list[int] = field(default_factory=lambda: [200])
    bodies: list[dict[str, Any]] = field(default_factory=list)
    content_types: list[str | None] = field(default_factory=list)
    url: str = ""


@contextmanager
def response_url(*statuses: int) -> Iterator[ResponseUrl]:
    sent = ResponseUrl(list(statuses) or [200])

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = sent.statuses.pop(0) if len(sent.statuses) > 1 else sent.statuses[0]
            if status < 300:
                sent.bodies.append(json.loads(body))
                sent.content_types.append(self.headers.get("Content-Type"))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        sent.url = f"http://127.0.0.1:{server.server_port}/signed?X-Amz-Signature=abc"
        yield sent
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Clock:
    """Seconds that pass only when somebody says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class S3:
    """moto's, with a clock that each request moves, and errors for single keys as S3 reports them."""

    client: Any
    clock: Clock
    seconds: float = 0.0
    errors: list[tuple[str, int]] = field(default_factory=list)
    requests: int = 0

    def list_objects_v2(self, **arguments: Any) -> Any:
        self.requests += 1
        self.clock.now += self.seconds
        return self.client.list_objects_v2(**arguments)

    def delete_objects(self, *, Bucket: str, Delete: Any) -> Any:  # noqa: N803, as botocore spells it
        self.requests += 1
        if not self.errors:
            return self.client.delete_objects(Bucket=Bucket, Delete=Delete)
        code, count = self.errors.pop(0)
        objects = Delete["Objects"]
        if objects[count:]:
            self.client.delete_objects(Bucket=Bucket, Delete={**Delete, "Objects": objects[count:]})
        return {"Errors": [{"Key": one["Key"], "Code": code, "Message": "no"} for one in objects[:count]]}


@dataclass
class Functions:
    """Lambda, as far as an asynchronous invocation goes: the payloads wait here."""

    payloads: list[dict[str, Any]] = field(default_factory=list)
    refused: Exception | None = None

    def invoke(self, **arguments: Any) -> None:
        if self.refused:
            raise self.refused
        assert arguments["FunctionName"] == FUNCTION
        assert arguments["InvocationType"] == "Event"
        self.payloads.append(json.loads(arguments["Payload"]))


@dataclass
class World:
    s3: S3
    functions: Functions
    contents: BucketContents
    clock: Clock

    def send(self, url: str, kind: str = "Delete", seconds: float = 60.0, **more: Any) -> None:
        self.contents.handle(event(url, kind, **more), FUNCTION, STREAM, Deadline.after(seconds, self.clock))

    def fill(self, count: int, name: str = BUCKET) -> None:
        """Into moto's own S3: thousands of requests would take longer than all that is tested."""
        for number in range(count):
            s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(name, f"scans/2026-11-29/{number:06}.json", b"{}")

    def left(self, name: str = BUCKET) -> int:
        return int(self.s3.client.list_objects_v2(Bucket=name, MaxKeys=1000)["KeyCount"])


def event(url: str, kind: str, **more: Any) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requesttypes-delete.html"""
    return {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": "arn:aws:cloudformation:us-east-1:222222222222:stack/member/1",
        "RequestId": "request-1",
        "ResourceType": "Custom::BucketContents",
        "LogicalResourceId": "RecordsContents",
        **({} if kind == "Create" else {"PhysicalResourceId": "id-of-the-creation"}),
        "ResourceProperties": {"ServiceToken": FUNCTION, "BucketName": BUCKET},
        **more,
    }


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        clock, functions = Clock(), Functions()
        s3 = S3(client, clock)
        contents = BucketContents(s3, functions, sleep=lambda _seconds: None, private=True)
        yield World(s3, functions, contents, clock)


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_creation_and_update_succeed_and_delete_nothing(world: World, kind: str) -> None:
    world.fill(2)
    with response_url() as sent:
        world.send(sent.url, kind)
    assert [(body["Status"], body["PhysicalResourceId"]) for body in sent.bodies] == [("SUCCESS", BUCKET)]
    assert world.left() == 2


def test_deletion_empties_the_bucket_and_keeps_the_physical_id(world: World) -> None:
    world.fill(2_050)
    with response_url() as sent:
        world.send(sent.url)
    assert world.left() == 0
    assert sent.bodies == [
        {
            "Status": "SUCCESS",
            "Reason": f"log stream {STREAM}",
            "PhysicalResourceId": "id-of-the-creation",
            "StackId": "arn:aws:cloudformation:us-east-1:222222222222:stack/member/1",
            "RequestId": "request-1",
            "LogicalResourceId": "RecordsContents",
        }
    ]
    # The signature of ResponseURL covers an empty content type.
    assert sent.content_types == [""]
    world.s3.client.delete_bucket(Bucket=BUCKET)


def test_a_bucket_that_is_gone_is_empty(world: World) -> None:
    world.s3.client.delete_bucket(Bucket=BUCKET)
    with response_url() as sent:
        world.send(sent.url)
    assert [body["Status"] for body in sent.bodies] == ["SUCCESS"]


def test_what_takes_longer_goes_on_in_invocations_of_its_own(world: World) -> None:
    world.fill(2_500)
    world.s3.seconds = 30.0
    with response_url() as sent:
        world.send(sent.url)
        assert not sent.bodies
        while world.functions.payloads:
            payload = world.functions.payloads.pop()
            world.contents.handle(payload, FUNCTION, STREAM, Deadline.after(60.0, world.clock))
    assert world.left() == 0
    assert payload["Invocation"] == 2
    assert [body["Status"] for body in sent.bodies] == ["SUCCESS"]


def test_a_loop_without_end_is_said_before_lambda_cuts_it(world: World) -> None:
    world.fill(1)
    with response_url() as sent:
        world.send(sent.url, seconds=1.0, Invocation=MOST_INVOCATIONS)
    assert not world.functions.payloads
    assert sent.bodies[0]["Status"] == "FAILED"
    assert "delete the stack again" in sent.bodies[0]["Reason"]
    assert sent.bodies[0]["PhysicalResourceId"] == "id-of-the-creation"


def test_who_may_not_invoke_itself_answers_why(world: World) -> None:
    world.fill(1)
    world.functions.refused = PermissionError("AccessDeniedException: lambda:InvokeFunction")
    with response_url() as sent:
        world.send(sent.url, seconds=1.0)
    assert sent.bodies[0]["Status"] == "FAILED"
    assert "lambda:InvokeFunction" in sent.bodies[0]["Reason"]
    assert STREAM in sent.bodies[0]["Reason"]


def test_single_keys_that_s3_fails_are_deleted_by_another_request(world: World) -> None:
    world.fill(30)
    world.s3.errors = [("InternalError", 30), ("SlowDown", 10)]
    with response_url() as sent:
        world.send(sent.url)
    assert world.left() == 0
    assert [body["Status"] for body in sent.bodies] == ["SUCCESS"]


@pytest.mark.parametrize(("code", "requests"), [("AccessDenied", 2), ("SlowDown", 10)])
def test_what_s3_refuses_for_good_fails_with_its_code(world: World, code: str, requests: int) -> None:
    world.fill(3)
    world.s3.errors = [(code, 3)] * 100
    with response_url() as sent:
        world.send(sent.url)
    assert sent.bodies[0]["Status"] == "FAILED"
    assert code in sent.bodies[0]["Reason"]
    assert world.s3.requests == requests


def test_a_request_without_a_bucket_fails_at_once(world: World) -> None:
    with response_url() as sent:
        world.send(sent.url, ResourceProperties={})
    assert sent.bodies[0]["Status"] == "FAILED"
    assert "BucketName" in sent.bodies[0]["Reason"]


def test_an_answer_that_was_not_taken_is_sent_again(world: World) -> None:
    with response_url(503, 503, 200) as sent:
        world.send(sent.url)
    assert [body["Status"] for body in sent.bodies] == ["SUCCESS"]


def test_an_answer_that_nobody_takes_raises_so_that_lambda_invokes_again(world: World) -> None:
    with response_url(503) as sent, pytest.raises(NoAnswer, match="503"):
        world.send(sent.url)


def test_only_https_outside_of_tests(world: World) -> None:
    contents = BucketContents(world.s3, world.functions, sleep=lambda _seconds: None)
    with response_url() as sent, pytest.raises(NoAnswer, match="not https"):
        contents.handle(event(sent.url, "Create"), FUNCTION, STREAM, Deadline.after(60.0, world.clock))
    assert not sent.bodies


def test_the_entry_point_reads_arn_time_and_stream_from_the_context(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Context:
        invoked_function_arn = FUNCTION
        log_stream_name = STREAM

        @staticmethod
        def get_remaining_time_in_millis() -> int:
            return 60_000

    monkeypatch.setattr(module, "client", lambda service, *_: {"s3": world.s3, "lambda": world.functions}[service])
    monkeypatch.setattr(
        module, "BucketContents", lambda *clients: BucketContents(*clients, sleep=lambda _s: None, private=True)
    )
    with response_url() as sent:
        module.handler(event(sent.url, "Delete"), Context())
    assert STREAM in sent.bodies[0]["Reason"]
