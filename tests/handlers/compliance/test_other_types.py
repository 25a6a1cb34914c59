"""Scans of another type than instances on the whole way, on moto's server."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.handlers.compliance.aws_world import ACCOUNT, QUEUES, REGION, AwsWorld, aws_world
from tests.handlers.compliance.scan_world import GOOD
from tests.handlers.compliance.test_remediation_on_aws import OWNER, findings, records, tags_set
from tests.handlers.compliance.world import moment
from tests.handlers.world import moto

# A row that was observed after a scan's time is not that scan's to close: these scans are later than what they find.
AHEAD_MS = 60_000
NO_OWNER = {key: value for key, value in GOOD.items() if key != "Owner"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


def scan(aws: AwsWorld, minutes: int) -> dict[str, tuple[str, str]]:
    """State and missing tags by subject, of those that people heard of."""
    now = time.time_ns() // 1_000_000
    at = (now + AHEAD_MS + minutes * 60_000) // 1_000 * 1_000
    assert aws.deliver({"scan": {"at": moment(at), "by": "schedule"}})
    assert aws.deliver({"step": {"scan": at, "phase": "send", "attempt": 1}})
    return {subject: (state, facts.get("Missing", "")) for subject, state, facts in findings(aws)}


def test_topics_are_found_wrong_fixed_and_deleted(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    remediate = {"mode": "apply", "tags": [OWNER]}
    aws = aws_world(endpoint, monkeypatch, resources=["ec2:instance", "sns:topic"], remediate=remediate)
    sns, arns = aws.client("sns"), {}
    tags = {"good": GOOD, "wrong": NO_OWNER, "never-tagged": {}}
    for name, some in tags.items():
        pairs = [{"Key": key, "Value": value} for key, value in some.items()]
        arns[name] = sns.create_topic(Name=name, Tags=pairs)["TopicArn"]
    assert scan(aws, 0) == {
        "sns:topic/wrong": ("ALARM", "Owner"),
        "sns:topic/never-tagged": ("ALARM", "Environment (dev, staging or prod), Owner, Application"),
    }
    found = {record["resourceId"]: record for record in records(aws)}
    assert {name: record["tags"] for name, record in found.items()} == tags
    assert {record["resourceType"] for record in found.values()} == {"sns:topic"}
    assert scan(aws, 1) == {}
    sns.tag_resource(ResourceArn=arns["wrong"], Tags=[{"Key": "Owner", "Value": "ann"}])
    sns.delete_topic(TopicArn=arns["never-tagged"])
    assert scan(aws, 2) == {"sns:topic/wrong": ("OK", ""), "sns:topic/never-tagged": ("OK", "")}
    # Only instances are remediated.
    assert tags_set(aws) == []
    assert arns["good"] == f"arn:aws:sns:{REGION}:{ACCOUNT}:good"


def test_a_summary_of_types_counts_each(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    notify = {"changes": "each", "scans": "each", "summary_above": 2}
    aws = aws_world(endpoint, monkeypatch, resources=["sqs:queue"], notify=notify)
    assert set(scan(aws, 0)) == {"summary"}
    assert {record["resourceId"] for record in records(aws)} == {f"{name}-prod" for name in QUEUES}
