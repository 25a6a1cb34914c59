"""Three accounts in two Regions behind moto's server, each with its checker, as `deploy` would leave them.

moto emits neither state changes nor tag changes of instances: `launched` and `tagged` send them as AWS documents them,
by the events of `tests/handlers/compliance/world.py`. It puts an event for another account's bus into the sender's own
bus of that name, so each account has one, and the hub hears of it by a queue behind each. Everything else is the
functions' own way: botocore, DynamoDB, S3, CloudWatch, SQS, EventBridge. Time is ours.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from handlers.common.deadline import Deadline
from handlers.compliance import app
from handlers.compliance.aws_outputs import CloudWatchMetrics, EventBridgeFindings, S3Records, SqsMessages
from handlers.compliance.aws_resources import AwsResources
from handlers.compliance.dynamo_ledger import DynamoLedger
from handlers.compliance.messages import read
from handlers.compliance.outputs import NAMESPACE, World
from tests import moto_server
from tests.handlers.compliance.ledger_table import TABLE, create_ledger
from tests.handlers.compliance.scan_world import rules
from tests.handlers.compliance.world import ON_CHANGE, moment, state_change, tag_change

ACCOUNTS = {"222222222222": "alpha", "333333333333": "beta", "444444444444": "gamma"}
HUB_REGION = "us-east-1"
REGIONS = (HUB_REGION, "eu-west-1")
BUS = "observability-prod"
BUS_ARN = f"arn:aws:events:{HUB_REGION}:111111111111:event-bus/{BUS}"
# One that moto knows in every Region.
IMAGE = "ami-12c6146b"
HOUR = 3_600_000
Heard = dict[tuple[str, str, str], list[str]]


class _AtOnce(SqsMessages):
    """Nothing waits for indexes to follow: they do at once."""

    def send(self, message: Mapping[str, Any], delay_s: int = 0) -> None:
        super().send(message)


@dataclass
class Clock:
    """Milliseconds, from an hour ahead of now: what moto launches now was launched long ago."""

    at: int = field(default_factory=lambda: time.time_ns() // 1_000_000 + HOUR)

    def __call__(self) -> int:
        self.at += 1
        return self.at


@dataclass
class Member:
    """One account in one Region, and its checker."""

    account: str
    region: str
    clock: Clock
    session: Any
    address: str

    def __post_init__(self) -> None:
        self.client = cache(self._client)
        self.bucket = f"compliance-logs-prod-{self.account}-{self.region}"
        location = {} if self.region == HUB_REGION else {"LocationConstraint": self.region}
        self.client("s3").create_bucket(
            Bucket=self.bucket, **({"CreateBucketConfiguration": location} if location else {})
        )
        create_ledger(self.client("dynamodb"))
        self.queue = self.client("sqs").create_queue(QueueName="tag-compliance-prod")["QueueUrl"]

    def _client(self, service: str, region: str = "") -> Any:
        config = Config(retries={"total_max_attempts": 2}, parameter_validation=False)
        return self.session.client(service, region_name=region or self.region, endpoint_url=self.address, config=config)

    @property
    def world(self) -> World:
        """As `app.py` makes it from the environment variables."""
        accounts = {account: {"name": name} for account, name in ACCOUNTS.items()}
        return World(
            account=self.account,
            region=self.region,
            environment="prod",
            rules=rules(on_change=ON_CHANGE, accounts=accounts),
            now=self.clock,
            ledger=DynamoLedger(self.client("dynamodb"), TABLE),
            resources=AwsResources(self.client, self.account, self.region),
            records=S3Records(self.client("s3"), self.bucket),
            metrics=CloudWatchMetrics(self.client("cloudwatch")),
            findings=EventBridgeFindings(self.client("events", HUB_REGION), BUS_ARN, self.region),
            messages=_AtOnce(self.client("sqs"), self.queue),
        )

    # -- what happens there

    def launch(self, count: int, tags: Mapping[str, str]) -> list[str]:
        """Instances; their ids."""
        specification = [{"ResourceType": "instance", "Tags": _tags(tags)}] if tags else []
        answer = self.client("ec2").run_instances(
            ImageId=IMAGE, MinCount=count, MaxCount=count, TagSpecifications=specification
        )
        return [instance["InstanceId"] for instance in answer["Instances"]]

    def launched(self, id_: str) -> None:
        """The event that EC2 would send, from the queue that delays it."""
        self._put({**state_change(id_, "running", self.clock()), "account": self.account, "region": self.region})

    def tag(self, ids: Sequence[str], tags: Mapping[str, str]) -> None:
        self.client("ec2").create_tags(Resources=list(ids), Tags=_tags(tags))

    def tagged(self, id_: str, tags: Mapping[str, str], version: int) -> None:
        """The event that AWS would send."""
        event = tag_change(id_, sorted(tags), tags, version, self.clock())
        self._put({**event, "account": self.account, "region": self.region})

    def terminate(self, id_: str) -> None:
        self.client("ec2").terminate_instances(InstanceIds=[id_])

    def scan(self) -> int:
        """By the schedule, to its end; its id."""
        at = self.clock.at // 1000 * 1000 + 1000
        self.clock.at = at
        self._put({"scan": {"at": moment(at), "by": "schedule"}})
        return at

    def tick(self) -> None:
        self._put({"tick": {"at": moment(self.clock())}})

    def _put(self, message: Mapping[str, Any]) -> None:
        self.client("sqs").send_message(QueueUrl=self.queue, MessageBody=json.dumps(message))
        while messages := self.client("sqs").receive_message(QueueUrl=self.queue).get("Messages"):
            # With so little time each step of a scan is a message of its own.
            app.dispatch(read(messages[0]["Body"]), self.world, Deadline(15.0, lambda: 0.0))
            self.client("sqs").delete_message(QueueUrl=self.queue, ReceiptHandle=messages[0]["ReceiptHandle"])

    # -- what came of it

    def records(self) -> list[dict[str, Any]]:
        """All records of the bucket, in whatever form."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        bodies = [self.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read().decode() for key in keys]
        return [json.loads(line) for body in bodies for line in body.splitlines()]

    def metric(self, name: str, statistic: str, source: str = "") -> list[float]:
        """The data points of a metric, in the order of their times."""
        answer = self.client("cloudwatch").get_metric_statistics(
            Namespace=NAMESPACE,
            MetricName=name,
            Dimensions=[{"Name": "Source", "Value": source}] if source else [],
            StartTime=datetime.now(UTC) - timedelta(days=1),
            EndTime=datetime.now(UTC) + timedelta(days=9),
            Period=60,
            Statistics=[statistic],
        )
        points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
        return [point[statistic] for point in points]


@dataclass
class Hub:
    """What the hub's queue got of each account."""

    sessions: Mapping[str, Any]
    address: str
    received: dict[tuple[str, str, str], dict[int, str]] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)

    def create(self) -> None:
        """The bus, and the rule in front of the queue."""
        for account, session in self.sessions.items():
            events, sqs = (self._client(session, service) for service in ("events", "sqs"))
            events.create_event_bus(Name=BUS)
            sqs.create_queue(QueueName="incidents-prod")
            pattern = {"source": ["obsgen.compliance"], "detail-type": ["Tag Compliance Finding"]}
            events.put_rule(Name="findings-prod", EventBusName=BUS, EventPattern=json.dumps(pattern))
            arn = f"arn:aws:sqs:{HUB_REGION}:{account}:incidents-prod"
            events.put_targets(Rule="findings-prod", EventBusName=BUS, Targets=[{"Id": "queue", "Arn": arn}])

    def hears(self) -> Heard:
        """The states that the hub got since it was asked last, by account, Region and subject; a known `at` is the
        same event."""
        new: Heard = {}
        for account, event in self._events():
            detail = event["detail"]
            where = (account, detail["region"], detail["subject"])
            known = self.received.setdefault(where, {})
            if detail["at"] in known:
                continue
            assert not known or detail["at"] > max(known)
            known[detail["at"]] = detail["state"]
            self.titles.append(detail["title"])
            new.setdefault(where, []).append(detail["state"])
        return new

    def _events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """With the sender, which EventBridge writes into an event's envelope, and moto forgets."""
        for account, session in self.sessions.items():
            sqs = self._client(session, "sqs")
            url = sqs.get_queue_url(QueueName="incidents-prod")["QueueUrl"]
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                for message in messages:
                    yield account, json.loads(message["Body"])
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def _client(self, session: Any, service: str) -> Any:
        return session.client(service, region_name=HUB_REGION, endpoint_url=self.address)


@contextmanager
def estate() -> Iterator[tuple[list[Member], Hub]]:
    """Members in the order of accounts and Regions, and the hub; without any instance."""
    moto_server.reset()
    try:
        yield _made(moto_server.address())
    finally:
        # The next test need not wait for it to forget.
        moto_server.reset()


def _made(address: str) -> tuple[list[Member], Hub]:
    sessions = {account: _session(account, address) for account in ACCOUNTS}
    hub, clock = Hub(sessions, address), Clock()
    hub.create()
    members = [
        Member(account, region, clock, session, address) for account, session in sessions.items() for region in REGIONS
    ]
    return members, hub


def _session(account: str, address: str) -> Any:
    """With credentials of a role in the account, by which moto knows whose the calls are."""
    known = {"aws_access_key_id": "nobody", "aws_secret_access_key": "nothing"}
    sts = boto3.client("sts", region_name=HUB_REGION, endpoint_url=address, **known)
    role = f"arn:aws:iam::{account}:role/tag-compliance-checker-role-{HUB_REGION}-prod"
    keys = sts.assume_role(RoleArn=role, RoleSessionName="checker")["Credentials"]
    return boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def ids_of(records: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """How many records there are of each instance."""
    return Counter(record["instanceId"] for record in records)
