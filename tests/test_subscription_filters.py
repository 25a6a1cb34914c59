"""Subscription filters: on moto's services and AWS's models of the calls, and in a diff.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

import base64
import gzip
import json
import time
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID

from generator.render.sections.subscription_filters import WORDS
from tests.command import obsgen
from tests.support import built, spec

STREAM = "arn:{partition}:kinesis:{region}:{account_id}:stream/lines"
FILTER = f"""\
subscription_filters:
  errors: {{log_group: application, pattern: '"[ERROR]"', destination: "{STREAM}", distribution: random}}
"""
OF_MOTO = {"AWS::AccountId": DEFAULT_ACCOUNT_ID, "AWS::Region": "us-east-1", "AWS::Partition": "aws"}


def member(change: str = FILTER) -> dict[str, Any]:
    found: dict[str, Any] = built(spec(change)).templates["prod"]["member.template.yaml"]["Resources"]
    return found


def filled(text: str) -> str:
    for name, value in OF_MOTO.items():
        text = text.replace(f"${{{name}}}", value)
    return text


@mock_aws
def test_log_events_arrive_in_the_stream() -> None:
    resources = member()
    role, subscription = resources["SubscriptionErrorsRole"], resources["SubscriptionErrors"]["Properties"]
    kinesis, logs, iam = (boto3.client(name, "us-east-1") for name in ("kinesis", "logs", "iam"))
    kinesis.create_stream(StreamName="lines", ShardCount=1)
    trust = json.dumps(role["Properties"]["AssumeRolePolicyDocument"])
    arn = iam.create_role(RoleName="subscription", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    logs.create_log_group(logGroupName="/aws/application/prod")
    logs.create_log_stream(logGroupName="/aws/application/prod", logStreamName="a")
    logs.put_subscription_filter(
        logGroupName="/aws/application/prod",
        filterName=subscription["FilterName"],
        filterPattern=subscription["FilterPattern"],
        destinationArn=filled(subscription["DestinationArn"]["Fn::Sub"]),
        distribution=subscription["Distribution"],
        roleArn=arn,
    )
    # Of now, or CloudWatch Logs rejects it as too old.
    log_event = {"timestamp": int(time.time() * 1000), "message": "[ERROR] declined"}
    logs.put_log_events(logGroupName="/aws/application/prod", logStreamName="a", logEvents=[log_event])

    (shard,) = kinesis.list_shards(StreamName="lines")["Shards"]
    at = kinesis.get_shard_iterator(StreamName="lines", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
    records = kinesis.get_records(ShardIterator=at["ShardIterator"])["Records"]
    batches = [json.loads(gzip.decompress(_decoded(record["Data"]))) for record in records]
    (batch,) = (batch for batch in batches if batch["messageType"] == "DATA_MESSAGE")
    assert batch["subscriptionFilters"] == ["errors-subscription-prod"]
    assert [event["message"] for event in batch["logEvents"]] == ["[ERROR] declined"]
    (statement,) = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert (statement["Action"], statement["Resource"]) == (
        ["kinesis:PutRecord"],
        [{"Fn::Sub": "arn:${AWS::Partition}:kinesis:${AWS::Region}:${AWS::AccountId}:stream/lines"}],
    )


def _decoded(data: bytes) -> bytes:
    return data if data[:2] == b"\x1f\x8b" else base64.b64decode(data)


def test_a_diff_has_what_is_sent_where() -> None:
    other = FILTER.replace("stream/lines", "stream/others").replace("[ERROR]", "[FATAL]")
    stream = "arn:{partition}:kinesis:{region}:{account_id}:stream"
    added, changed, removed = (said(*sides) for sides in (("", FILTER), (FILTER, other), (other, "")))
    assert added == [f'new: sends "[ERROR]" of application to {stream}/lines']
    assert changed == [
        f"sends to {stream}/others instead of {stream}/lines",
        'sends "[FATAL]" of application instead of "[ERROR]" of application',
    ]
    assert removed == [f'no longer sends "[FATAL]" of application to {stream}/others']


def said(before: str, after: str) -> list[str]:
    old, new = (json.loads(built(spec(change)).artifacts["prod/estate.json"]) for change in (before, after))
    return [sentence for _, name, sentence in WORDS.changes(old, new) if name == "errors-subscription-prod"]


def test_a_log_group_names_the_filters_that_read_it(tmp_path: Path) -> None:
    file = tmp_path / "observability.yaml"
    file.write_text(spec(FILTER), encoding="utf-8")
    assert "subscription_filters.errors" in obsgen(tmp_path, "explain", "log_groups.application", "-f", file).stdout
