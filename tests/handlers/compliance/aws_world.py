"""The checker's AWS, as moto's server has it: table, bucket, queues, bus, and some instances."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any

import botocore.session
import pytest
import urllib3

from handlers.common import aws
from handlers.compliance import app, rules
from tests.handlers.compliance.ledger_table import TABLE, create_ledger
from tests.handlers.compliance.scan_world import rules as table

# moto answers for this account whatever one asks.
ACCOUNT, REGION = "123456789012", "us-east-1"
BUCKET = f"compliance-logs-prod-{ACCOUNT}-{REGION}"
QUEUES = ("tag-compliance", "tag-compliance-launches", "tag-compliance-dead-letters", "hub")
BUS_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/observability-bus-prod"
IMAGE = "ami-12c6146b"
# On a busy machine; urllib3 would wait for three.
RESET_SECONDS = 60.0


@dataclass
class AwsWorld:
    """urls: of the queues, by name. calls: service, operation and parameters of what the checker asked."""

    endpoint: str
    urls: dict[str, str]
    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def client(self, service: str) -> Any:
        """A client that is not the checker's."""
        return _client(self.endpoint, service)

    def launch(self, tags: dict[str, str], count: int = 1) -> list[str]:
        """Instances, long ago as far as waiting for their tags goes; their ids."""
        specification = [{"ResourceType": "instance", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]
        answer = self.client("ec2").run_instances(
            ImageId=IMAGE,
            MinCount=count,
            MaxCount=count,
            **({"TagSpecifications": specification} if tags else {}),
        )
        return [instance["InstanceId"] for instance in answer["Instances"]]

    def record(self, body: Any, receives: int = 1, queue: str = "tag-compliance") -> dict[str, Any]:
        """A record as Lambda hands it over; the body sent to and received from the real queue API."""
        text = body if isinstance(body, str) else json.dumps(body)
        sqs, url = self.client("sqs"), self.urls[queue]
        sqs.send_message(QueueUrl=url, MessageBody=text)
        got = sqs.receive_message(QueueUrl=url)["Messages"][0]
        return {
            "messageId": got["MessageId"],
            "receiptHandle": got["ReceiptHandle"],
            "body": got["Body"],
            "attributes": {"ApproximateReceiveCount": str(receives)},
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}-prod",
        }

    def deliver(self, body: Any, receives: int = 1, queue: str = "tag-compliance") -> bool:
        """Whether the checker was done with the message."""
        answer = app.handler({"Records": [self.record(body, receives, queue)]}, context())
        assert answer is not None
        return not answer["batchItemFailures"]

    def take(self, queue: str) -> list[dict[str, Any]]:
        """Messages of a queue, which are removed."""
        sqs, taken, url = self.client("sqs"), [], self.urls[queue]
        while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get(
            "Messages"
        ):
            for message in got:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            taken += got
        return taken

    def findings(self) -> list[dict[str, Any]]:
        """The events that came to the hub's bus."""
        return [json.loads(message["Body"]) for message in self.take("hub")]

    def objects(self) -> dict[str, str]:
        """The records."""
        s3 = self.client("s3")
        keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
        return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}


def context() -> Any:
    """Of an invocation that has a minute."""
    return SimpleNamespace(
        get_remaining_time_in_millis=lambda: 60_000,
        invoked_function_arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:tag-compliance-checker-prod",
        log_stream_name="2026/11/29/[$LATEST]0123",
    )


def aws_world(endpoint: str, patch: pytest.MonkeyPatch, **more: Any) -> AwsWorld:
    """An empty account, and a checker that has just started. more: of rules.json."""
    urllib3.request("POST", f"{endpoint}/moto-api/reset", timeout=RESET_SECONDS)
    client: Callable[[str], Any] = lambda service: _client(endpoint, service)  # noqa: E731
    urls = {name: client("sqs").create_queue(QueueName=f"{name}-prod")["QueueUrl"] for name in QUEUES}
    create_ledger(client("dynamodb"))
    client("s3").create_bucket(Bucket=BUCKET)
    _make_bus(client("events"))
    environment = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": REGION,
        "TABLE_NAME": TABLE,
        "BUCKET_NAME": BUCKET,
        "QUEUE_URL": urls["tag-compliance"],
        "DEAD_LETTERS_URL": urls["tag-compliance-dead-letters"],
        "BUS_ARN": BUS_ARN,
        "MAX_RECEIVES": "5",
        "ENVIRONMENT": "prod",
    }
    for name, value in environment.items():
        patch.setenv(name, value)
    waits = {"states": ["running"], "wait": 0, "slow_wait": 0}
    patch.setattr(rules, "read_rules", lambda: table(**{"on_change": waits, **more}))
    # A busy machine is no fault of AWS's.
    patch.setattr(aws, "CONNECT_SECONDS", 60.0)
    patch.setattr(app, "READ_SECONDS", 60.0)
    for cached in (aws._session, aws.client, app._world):
        cached.cache_clear()
    place = AwsWorld(endpoint, urls)

    def note(model: Any, params: dict[str, Any], **_more: Any) -> None:
        place.calls.append((model.service_model.service_name, model.name, params))

    aws._session().register("provide-client-params", note)
    return place


def _make_bus(events: Any) -> None:
    """The hub's bus, with everything on it going to a queue."""
    events.create_event_bus(Name="observability-bus-prod")
    pattern = json.dumps({"source": ["obsgen.compliance"]})
    events.put_rule(Name="findings-prod", EventBusName="observability-bus-prod", EventPattern=pattern)
    target = {"Id": "hub", "Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:hub-prod"}
    events.put_targets(Rule="findings-prod", EventBusName="observability-bus-prod", Targets=[target])


@cache
def _client(endpoint: str, service: str) -> Any:
    session = botocore.session.get_session()
    session.set_credentials("nobody", "nothing")
    return session.create_client(service, endpoint_url=endpoint, region_name=REGION)
