"""What the sample workload sends to the X-Ray daemon: a real socket in the daemon's place, AWS's rules for documents.

The header of a datagram and the header of a trace are held against aws-xray-sdk, which AWS wrote; the documents against
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html, as `tests/schemas` has it.
"""

from __future__ import annotations

import itertools
import json
import random
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import jsonschema
import pytest
from aws_xray_sdk.core.emitters.udp_emitter import PROTOCOL_DELIMITER, PROTOCOL_HEADER
from aws_xray_sdk.core.models.trace_header import TraceHeader
from moto import mock_aws

from tests.support import ROOT, built, spec

SCHEMA = jsonschema.Draft7Validator(json.loads((ROOT / "tests/schemas/xray-subsegment.json").read_text("utf-8")))
CONTEXT = SimpleNamespace(aws_request_id="7c1f0f3e-1111-2222-3333-444455556666")
# The example of https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
ROOT_ID, PARENT_ID = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"
SAMPLED = f"Root={ROOT_ID};Parent={PARENT_ID};Sampled=1;Lineage=1:24e8ee4e:0"
PAYMENT = {"id": "p-1", "cents": 1999, "currency": "EUR"}
# https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-annotations
MOST_ANNOTATIONS = 50


class Daemon:
    """Where datagrams arrive; on the loopback each is there when it is sent."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.setblocking(False)

    @property
    def address(self) -> str:
        return "{}:{}".format(*self.socket.getsockname())

    def datagrams(self) -> Iterator[str]:
        while True:
            try:
                yield self.socket.recv(65_536).decode()
            except BlockingIOError:
                return

    def documents(self) -> list[dict[str, Any]]:
        """What came, as the daemon reads it: a header in JSON, a line's end, and a document that X-Ray takes."""
        found = []
        for datagram in self.datagrams():
            header, _, body = datagram.partition(PROTOCOL_DELIMITER)
            assert json.loads(header) == json.loads(PROTOCOL_HEADER)
            document = json.loads(body)
            SCHEMA.validate(document)
            assert (document["trace_id"], document["parent_id"]) == (ROOT_ID, PARENT_ID)
            found.append(document)
        return found


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    listening = Daemon()
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", listening.address)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", SAMPLED)
    yield listening
    listening.socket.close()


class Dice(random.Random):
    """Nothing happens with these dice, but what a test says: the chances that are taken, by number from 0."""

    happens: frozenset[int] = frozenset()

    def __init__(self) -> None:
        super().__init__(7)
        self.chances = itertools.count()

    def random(self) -> float:
        return 0.0 if next(self.chances) in self.happens else 0.999


def shop(happens: tuple[int, ...] = ()) -> dict[str, Any]:
    """The code as Lambda loads it, with dice and a clock of its own; work takes no time."""
    source = (ROOT / "handlers/sample/shop.py").read_text("utf-8")
    names: dict[str, Any] = {"__name__": "index"}
    exec(compile(source, "index.py", "exec"), names)
    names["dice"] = Dice()
    names["dice"].happens = frozenset(happens)
    ticks = itertools.count(1_795_946_400)
    names["clock"] = lambda: float(next(ticks))
    names["work"] = lambda *_: None
    return names


def orders(*bodies: dict[str, Any]) -> dict[str, Any]:
    return {"Records": [{"messageId": f"m-{n}", "body": json.dumps(body)} for n, body in enumerate(bodies)]}


def every(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The subsegment and all that is inside it."""
    return [document, *(part for inner in document.get("subsegments", []) for part in every(inner))]


def test_an_order_is_one_subsegment_with_its_stock_and_its_payment(daemon: Daemon) -> None:
    shop()["order_processor"](orders({"order": "p-1", "type": "express"}), CONTEXT)
    (document,) = daemon.documents()
    assert document["name"] == "order"
    assert document["annotations"] == {"order_type": "express", "outcome": "processed"}
    assert document["metadata"] == {"order": {"number": "p-1"}}
    inventory, payment = document["subsegments"]
    assert (inventory["name"], inventory["annotations"]) == ("inventory", {"in_stock": True})
    assert payment["name"] == "payment"
    times = [document["start_time"], *(part[at] for part in (inventory, payment) for at in ("start_time", "end_time"))]
    assert [*times, document["end_time"]] == sorted(times) + [document["end_time"]]
    assert len({part["id"] for part in every(document)}) == 3
    assert not any(part.get("fault") or part.get("error") for part in every(document))


def test_an_order_without_stock_is_not_paid(daemon: Daemon) -> None:
    shop(happens=(0,))["order_processor"](orders({"order": "p-1"}), CONTEXT)
    (document,) = daemon.documents()
    assert document["annotations"] == {"order_type": "standard", "outcome": "waiting"}
    assert [part["name"] for part in document["subsegments"]] == ["inventory"]
    assert document["subsegments"][0]["annotations"] == {"in_stock": False}


def test_a_payment_that_cannot_be_collected_is_a_fault_of_its_part_and_of_the_order(daemon: Daemon) -> None:
    failed = shop(happens=(1,))["order_processor"](orders({"order": "p-1"}, {"order": "p-2"}), CONTEXT)
    assert failed == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
    broken, fine = daemon.documents()
    assert broken["annotations"]["outcome"] == "failed" and fine["annotations"]["outcome"] == "processed"
    assert [part["name"] for part in every(broken) if part.get("fault")] == ["order", "payment"]
    (exception,) = broken["cause"]["exceptions"]
    assert (exception["type"], exception["message"]) == ("Broken", "the payment cannot be collected")
    assert not any(part.get("fault") for part in every(fine))


@pytest.mark.parametrize("order", [{"order": ""}, {"order": "p-1", "type": "teleported"}, {"order": "p-1", "type": []}])
def test_what_is_no_order_is_the_callers_error(daemon: Daemon, order: dict[str, Any]) -> None:
    failed = shop()["order_processor"](orders(order), CONTEXT)
    assert failed == {"batchItemFailures": [{"itemIdentifier": "m-0"}]}
    (document,) = daemon.documents()
    assert document["error"] is True and "fault" not in document


def test_an_issuer_that_cannot_be_reached_is_the_only_subsegment(daemon: Daemon) -> None:
    loaded = shop(happens=(0,))
    with pytest.raises(loaded["Broken"]):
        loaded["payment_handler"]({"payments": [PAYMENT]}, CONTEXT)
    (document,) = daemon.documents()
    assert (document["name"], document["fault"]) == ("issuer", True)


def test_a_payment_that_is_refused_says_why(daemon: Daemon) -> None:
    shop()["payment_handler"]({"payments": [{**PAYMENT, "cents": 0}]}, CONTEXT)
    _, document = daemon.documents()
    assert (document["annotations"], document["error"]) == ({"outcome": "refused"}, True)
    assert document["metadata"] == {"payment": {"why": "no amount that can be paid"}}


@mock_aws
def test_an_order_in_the_queue_carries_the_trace_of_its_payment(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = in_a_queue(monkeypatch)
    shop()["payment_handler"]({"payments": [PAYMENT]}, CONTEXT)
    _, document = daemon.documents()
    assert document["annotations"] == {"outcome": "taken", "currency": "EUR"}
    (sqs,) = document["subsegments"]
    assert (sqs["name"], sqs["namespace"]) == ("SQS", "aws")
    assert sqs["aws"] == {"operation": "SendMessage", "queue_url": url}
    (message,) = boto3.client("sqs").receive_message(QueueUrl=url, AttributeNames=["AWSTraceHeader"])["Messages"]
    header = TraceHeader.from_header_str(message["Attributes"]["AWSTraceHeader"])
    assert (header.root, header.parent, header.sampled) == (ROOT_ID, sqs["id"], 1)


@mock_aws
def test_an_order_of_a_call_that_is_not_traced_has_no_trace(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    url = in_a_queue(monkeypatch)
    monkeypatch.setenv("_X_AMZN_TRACE_ID", SAMPLED.replace("Sampled=1", "Sampled=0"))
    shop()["payment_handler"]({"payments": [PAYMENT]}, CONTEXT)
    (message,) = boto3.client("sqs").receive_message(QueueUrl=url, AttributeNames=["AWSTraceHeader"])["Messages"]
    assert "AWSTraceHeader" not in message.get("Attributes", {})
    assert daemon.documents() == []


@pytest.mark.parametrize(
    "header",
    [
        f"Root={ROOT_ID};Parent={PARENT_ID};Sampled=0",
        f"Root={ROOT_ID};Parent={PARENT_ID};Sampled=?",
        f"Root={ROOT_ID};Parent={PARENT_ID}",
        f"Root={ROOT_ID};Sampled=1",
        "Sampled=1",
        "",
        None,
    ],
)
def test_a_call_that_is_not_traced_sends_nothing(
    daemon: Daemon, monkeypatch: pytest.MonkeyPatch, header: str | None
) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID") if header is None else monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    assert shop()["order_processor"](orders({"order": "p-1"}), CONTEXT) == {"batchItemFailures": []}
    assert daemon.documents() == []


def test_a_daemon_that_is_not_there_costs_no_order(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon.socket.close()
    assert shop()["order_processor"](orders({"order": "p-1"}), CONTEXT) == {"batchItemFailures": []}
    monkeypatch.delenv("AWS_XRAY_DAEMON_ADDRESS")
    assert shop()["order_processor"](orders({"order": "p-1"}), CONTEXT) == {"batchItemFailures": []}


def test_a_document_that_is_too_long_for_a_datagram_costs_no_order(daemon: Daemon) -> None:
    long, short = {"order": "p" * 70_000}, {"order": "p-1"}
    assert shop()["order_processor"](orders(long, short), CONTEXT) == {"batchItemFailures": []}
    assert [document["metadata"]["order"]["number"] for document in daemon.documents()] == ["p-1"]


def test_the_same_dice_and_the_same_clock_send_the_same_bytes(daemon: Daemon) -> None:
    sent = []
    for _ in range(2):
        shop(happens=(3,))["order_processor"](orders({"order": "p-1"}, {"order": "p-2"}), CONTEXT)
        sent.append(list(daemon.datagrams()))
    assert len(sent[0]) == 2 and sent[0] == sent[1]


def test_x_ray_indexes_every_annotation_of_a_call_of_the_schedule(daemon: Daemon) -> None:
    shop()["payment_handler"]({"invent": 10}, CONTEXT)
    documents = daemon.documents()
    assert len(documents) == 11
    assert (
        sum(len(part.get("annotations", {})) for document in documents for part in every(document)) <= MOST_ANNOTATIONS
    )


@pytest.mark.parametrize(
    ("rate", "least", "most"), [(None, 60, 140), ("0", 0, 0), ("1", 2000, 2000), ("0.2", 330, 470)]
)
def test_of_orders_one_in_twenty_fails_unless_another_rate_is_set(
    monkeypatch: pytest.MonkeyPatch, rate: str | None, least: int, most: int
) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    if rate is not None:
        monkeypatch.setenv("FAILURE_RATE", rate)
    loaded = shop()
    loaded["dice"], loaded["NO_STOCK"] = random.Random(7), 0
    failed = loaded["order_processor"](orders(*({"order": f"p-{n}"} for n in range(2000))), CONTEXT)
    assert least <= len(failed["batchItemFailures"]) <= most


@pytest.mark.parametrize(("change", "rate"), [("true", "0.05"), ("{in: [alpha], failure_rate: 0.2}", "0.2")])
def test_the_rate_of_the_file_reaches_both_functions(change: str, rate: str) -> None:
    template = built(spec(f"sample_workload: {change}")).templates["prod"]["member.template.yaml"]
    for title in ("SamplePaymentHandlerFunction", "SampleOrderProcessorFunction"):
        variables = template["Resources"][title]["Properties"]["Environment"]["Variables"]
        assert variables["FAILURE_RATE"] == rate


def in_a_queue(monkeypatch: pytest.MonkeyPatch) -> str:
    """The queue of the orders, and its address in the function's environment."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    url = str(boto3.client("sqs").create_queue(QueueName="sample-orders-prod")["QueueUrl"])
    monkeypatch.setenv("QUEUE_URL", url)
    return url
