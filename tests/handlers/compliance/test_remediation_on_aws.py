"""Remediation on the whole way, from an event or a scan to the finding and the record, on moto's server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.handlers.compliance.aws_world import AwsWorld, aws_world
from tests.handlers.compliance.scan_world import GOOD
from tests.handlers.compliance.world import moment, state_change, tag_change
from tests.handlers.world import moto

NOW = 1_795_932_000_000
NO_OWNER = {key: value for key, value in GOOD.items() if key != "Owner"}
OWNER = {"key": "Owner", "value": "unassigned"}
SET = {"key": "Owner", "value": "unassigned", "source": "value", "done": True, "whyNot": ""}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


def place(endpoint: str, patch: pytest.MonkeyPatch, mode: str) -> AwsWorld:
    return aws_world(endpoint, patch, remediate={"mode": mode, "tags": [OWNER]})


def tags_set(aws: AwsWorld) -> list[list[str]]:
    """The instances of each call that set tags."""
    return [asked["Resources"] for _, operation, asked in aws.calls if operation == "CreateTags"]


def tags(aws: AwsWorld, id_: str) -> dict[str, str]:
    (reservation,) = aws.client("ec2").describe_instances(InstanceIds=[id_])["Reservations"]
    return {tag["Key"]: tag["Value"] for tag in reservation["Instances"][0].get("Tags", [])}


def records(aws: AwsWorld) -> list[dict[str, Any]]:
    return [json.loads(line) for body in aws.objects().values() for line in body.splitlines()]


def findings(aws: AwsWorld) -> list[tuple[str, str, dict[str, str]]]:
    details = [finding["detail"] for finding in aws.findings()]
    return [(detail["subject"], detail["state"], dict(detail["facts"])) for detail in details]


def test_an_instance_that_gets_its_tags_by_remediation_is_nobody_s_incident(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = place(endpoint, monkeypatch, "apply")
    (id_,) = aws.launch(NO_OWNER)
    assert aws.deliver(state_change(id_, "running", NOW))
    assert tags(aws, id_) == NO_OWNER | {"Owner": "unassigned"}
    assert findings(aws) == []
    (record,) = records(aws)
    assert (record["isCompliant"], record["missingTags"], record["remediation"]) == (True, [], [SET])
    assert record["tags"]["Owner"] == "unassigned"
    # The event of our own tag goes round once.
    assert aws.deliver(tag_change(id_, ["Owner"], NO_OWNER | {"Owner": "unassigned"}, 1, NOW + 1_000))
    assert tags_set(aws) == [[id_]] and findings(aws) == []


def test_what_is_still_wrong_is_a_finding_that_says_what_was_set(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = place(endpoint, monkeypatch, "apply")
    (id_,) = aws.launch({"Environment": "prod"})
    assert aws.deliver(state_change(id_, "running", NOW))
    ((subject, state, facts),) = findings(aws)
    assert (subject, state, facts["Missing"], facts["Set"]) == (
        id_,
        "ALARM",
        "Application",
        "Owner = unassigned (value)",
    )
    # A person sets the rest.
    aws.client("ec2").create_tags(Resources=[id_], Tags=[{"Key": "Application", "Value": "shop"}])
    assert aws.deliver(tag_change(id_, ["Application"], GOOD | {"Owner": "unassigned"}, 2, NOW + 1_000))
    assert [state for _, state, _ in findings(aws)] == ["OK"]


def test_an_incident_that_remediation_ends_says_how(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = place(endpoint, monkeypatch, "dry-run")
    (id_,) = aws.launch(NO_OWNER)
    assert aws.deliver(state_change(id_, "running", NOW))
    ((_, state, facts),) = findings(aws)
    assert (state, facts["Missing"], facts["Would set"]) == ("ALARM", "Owner", "Owner = unassigned (value)")
    assert tags_set(aws) == [] and tags(aws, id_) == NO_OWNER
    (record,) = records(aws)
    assert (record["isCompliant"], record["remediation"]) == (False, [SET | {"done": False}])
    apply_from_now_on(monkeypatch)
    assert aws.deliver({"scan": {"at": moment(NOW + 60_000), "by": "schedule"}})
    ((subject, state, facts),) = findings(aws)
    assert (subject, state, facts["Set"]) == (id_, "OK", "Owner = unassigned (value)")


def apply_from_now_on(patch: pytest.MonkeyPatch) -> None:
    """The same checker after a build with `mode: apply`."""
    from handlers.compliance import app, rules
    from tests.handlers.compliance.scan_world import rules as table

    patch.setattr(rules, "read_rules", lambda: table(remediate={"mode": "apply", "tags": [OWNER]}))
    app._world.cache_clear()


def test_a_scan_sets_a_tag_on_a_page_in_one_call(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    aws = place(endpoint, monkeypatch, "apply")
    ids = aws.launch(NO_OWNER, 30)
    exempt = aws.launch({"Temporary": "yes"}, 2)
    assert aws.deliver({"scan": {"at": moment(NOW), "by": "schedule"}})
    (called,) = tags_set(aws)
    assert sorted(called) == sorted(ids) and tags(aws, exempt[0]) == {"Temporary": "yes"}
    assert findings(aws) == []
    found = {record["instanceId"]: record for record in records(aws)}
    assert all(found[id_]["isCompliant"] and found[id_]["remediation"] == [SET] for id_ in ids)
    assert all(found[id_]["exempt"] and found[id_]["remediation"] == [] for id_ in exempt)
    assert aws.deliver({"scan": {"at": moment(NOW + 3_600_000), "by": "schedule"}})
    assert len(tags_set(aws)) == 1 and findings(aws) == []
