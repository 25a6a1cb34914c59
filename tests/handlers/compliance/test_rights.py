"""What the checker asks of AWS, compared with a list: each call of every path, with what it is made for.

The role has to allow these and nothing else. Every path is walked against moto's server, and the calls written down.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.bucket.contents import BucketContents
from handlers.common.deadline import Deadline
from handlers.compliance import app
from handlers.compliance.dynamo_ledger import DynamoLedger
from handlers.compliance.ledger import PendingFinding, State, Status, StoredResource
from tests.handlers.compliance.aws_world import BUCKET, BUS_ARN, AwsWorld, aws_world
from tests.handlers.compliance.ledger_table import TABLE
from tests.handlers.compliance.scan_world import GOOD
from tests.handlers.compliance.trail_server import trail_server
from tests.handlers.compliance.world import moment, state_change, tag_change
from tests.handlers.world import moto

NOW = 1_795_932_000_000
# Action and resource, as a policy has them. Further types are asked for by their listings, see `listing/`.
RIGHTS = {
    ("ec2:DescribeInstances", "*"),
    ("cloudtrail:LookupEvents", "*"),
    ("dynamodb:BatchGetItem", f"table/{TABLE}"),
    ("dynamodb:DeleteItem", f"table/{TABLE}"),
    ("dynamodb:GetItem", f"table/{TABLE}"),
    ("dynamodb:PutItem", f"table/{TABLE}"),
    ("dynamodb:Query", f"table/{TABLE}"),
    ("dynamodb:Query", f"table/{TABLE}/index/due"),
    ("dynamodb:Query", f"table/{TABLE}/index/open"),
    ("s3:PutObject", f"{BUCKET}/scans/*"),
    ("s3:ListBucket", BUCKET),
    ("s3:DeleteObject", f"{BUCKET}/*"),
    ("cloudwatch:PutMetricData", "TagCompliance"),
    ("events:PutEvents", BUS_ARN),
    ("sqs:SendMessage", "tag-compliance-prod"),
    ("sqs:SendMessage", "tag-compliance-dead-letters-prod"),
    ("sqs:ChangeMessageVisibility", "tag-compliance-prod"),
    ("sqs:ChangeMessageVisibility", "tag-compliance-launches-prod"),
}
# The right that an operation needs where it has another name.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
NAMES = {"s3:ListObjectsV2": "s3:ListBucket", "s3:DeleteObjects": "s3:DeleteObject"}


@pytest.fixture(scope="module")
def place() -> Iterator[AwsWorld]:
    notify = {"changes": "each", "scans": "each", "summary_above": 1, "launcher": True}
    with pytest.MonkeyPatch.context() as patch, moto() as endpoint, trail_server() as trail:
        patch.setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", trail.address)
        made = aws_world(endpoint, patch, notify=notify)
        walk(made, patch)
        yield made


def walk(place: AwsWorld, patch: pytest.MonkeyPatch) -> None:
    """Everything that the checker can come to do."""
    no_owner = {key: value for key, value in GOOD.items() if key != "Owner"}
    ids = [id_ for _ in range(3) for id_ in place.launch(no_owner)]
    place.launch(GOOD)
    assert place.deliver(state_change(ids[0], "running", NOW), queue="tag-compliance-launches")
    # Not known yet.
    assert not place.deliver({"launcher": {"type": "ec2:instance", "id": ids[0]}})
    # The others become the summary's; one whose row is open is gone.
    gone = StoredResource("ec2:instance", "i-0123456789abcdef0", status=Status.NON_COMPLIANT, fingerprint="0")
    ledger = DynamoLedger(place.client("dynamodb"), TABLE)
    ledger.save(gone, NOW)
    assert place.deliver({"scan": {"at": moment(NOW), "by": "schedule"}})
    assert place.deliver({"step": {"scan": NOW // 1_000 * 1_000, "phase": "send", "attempt": 1}})
    place.client("ec2").create_tags(Resources=[ids[0]], Tags=[{"Key": "Owner", "Value": "ann"}])
    assert place.deliver(tag_change(ids[0], ["Owner"], GOOD, 1, NOW))
    # What was not sent is sent by the tick.
    owed = PendingFinding(NOW, State.ALARM, "1", {"subject": "i-1", "state": "ALARM", "at": NOW})
    ledger.save(StoredResource("ec2:instance", "i-1", status=Status.NON_COMPLIANT, fingerprint="1", owed=owed), NOW)
    assert place.deliver({"tick": {"at": moment(NOW)}})
    event = state_change(ids[0], "running", NOW)
    del event["detail"]["instance-id"]
    assert place.deliver(event)
    place.take("tag-compliance")
    assert place.deliver("not json")
    with patch.context() as broken:
        broken.setattr(DynamoLedger, "load", fails)
        for queue in ("tag-compliance", "tag-compliance-launches"):
            assert not place.deliver(state_change(ids[0], "running", NOW), queue=queue)
    assert BucketContents(app._client("s3"), None).empty(BUCKET, Deadline.after(60))


def fails(*_arguments: Any) -> Any:
    raise RuntimeError("no table")


def needed(place: AwsWorld) -> set[tuple[str, str]]:
    """IAM's names of what was called, each with what it was called for."""
    found = set()
    for service, operation, asked in place.calls:
        action = f"{service}:{operation}"
        for resource in resources(service, operation, asked):
            found.add((NAMES.get(action, action), resource))
    return found


def resources(service: str, operation: str, asked: dict[str, Any]) -> list[str]:
    if service == "dynamodb":
        names = list(asked.get("RequestItems", ())) or [asked["TableName"]]
        return [f"table/{name}" + (f"/index/{asked['IndexName']}" if "IndexName" in asked else "") for name in names]
    if service == "s3":
        keys = [asked["Key"]] if "Key" in asked else [one["Key"] for one in asked.get("Delete", {}).get("Objects", ())]
        return [f"{asked['Bucket']}/{key}" for key in keys] or [asked["Bucket"]]
    if service == "events":
        return [entry["EventBusName"] for entry in asked["Entries"]]
    if service == "sqs":
        return [asked["QueueUrl"].rpartition("/")[2]]
    return [asked["Namespace"]] if service == "cloudwatch" else ["*"]


def test_everything_that_is_called_is_in_the_list(place: AwsWorld) -> None:
    for action, resource in sorted(needed(place)):
        assert any(action == a and fnmatch.fnmatchcase(resource, r) for a, r in RIGHTS), (action, resource)


def test_everything_in_the_list_is_called(place: AwsWorld) -> None:
    called = needed(place)
    for action, pattern in sorted(RIGHTS):
        assert any(action == a and fnmatch.fnmatchcase(r, pattern) for a, r in called), (action, pattern)


def test_what_is_decided_by_is_read_consistently(place: AwsWorld) -> None:
    """moto's table always is; DynamoDB's is where it is asked to be, and its indexes never are."""
    reads = {"GetItem", "BatchGetItem", "Query"}
    asked = [params for service, name, params in place.calls if service == "dynamodb" and name in reads]
    for params in asked:
        parts = [*params["RequestItems"].values()] if "RequestItems" in params else [params]
        assert all(part.get("ConsistentRead", False) == ("IndexName" not in part) for part in parts), params
    assert len({tuple(sorted(params)) for params in asked}) > 3


def test_the_list_is_what_the_entry_point_says() -> None:
    text = " ".join((app.__doc__ or "").split())
    for action in {action.partition(":")[2] for action, _ in RIGHTS}:
        assert action in text, action
