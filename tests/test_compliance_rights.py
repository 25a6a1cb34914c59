"""Tag compliance: who may do what, by the policies of the built templates; docs/security.md says it to people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.aws.taggable import TAGGABLE
from generator.build import HUB_TEMPLATE
from tests.compliance_estate import (
    ALPHA,
    BOTH,
    HUB_ACCOUNT,
    ORGANIZATION,
    READER,
    STRANGER,
    UNIT,
    UNITS,
    USUAL,
    event,
    hub,
    made,
    member,
    person,
)
from tests.handlers.compliance.aws_world import BUCKET, BUS_ARN
from tests.handlers.compliance.ledger_table import TABLE
from tests.handlers.compliance.test_rights import RIGHTS
from tests.policies import Caller, matches

CHECKER = "arn:aws:iam::{account}:role/tag-compliance-checker-role-{region}-prod"
FINDING = {"events:source": ["obsgen.compliance"], "events:detail-type": "Tag Compliance Finding"}

# --- rights ---------------------------------------------------------------------------------------------------


def actions(change: str, role: str = "ComplianceRole") -> dict[str, set[str]]:
    """What a role may, and on what."""
    found: dict[str, set[str]] = {}
    for title, action, on in member(change).grants():
        if title == role:
            found.setdefault(action, set()).add(on)
    return found


def test_the_checker_may_what_its_code_calls_and_on_what_is_its_own() -> None:
    place, may = member(), actions(USUAL)
    table, bucket = place.arn("ComplianceTable"), place.arn("ComplianceBucket")
    queue, dead = place.arn("ComplianceQueue"), place.arn("ComplianceDeadLetters")
    assert may["dynamodb:Query"] == {table, f"{table}/index/due", f"{table}/index/open"}
    for action in ("BatchGetItem", "DeleteItem", "GetItem", "PutItem"):
        assert may[f"dynamodb:{action}"] == {table}
    assert may["s3:PutObject"] == {f"{bucket}/scans/*"}
    assert (may["s3:ListBucket"], may["s3:DeleteObject"]) == ({bucket}, {f"{bucket}/*"})
    assert may["sqs:ReceiveMessage"] == {queue, place.arn("ComplianceLaunches")}
    assert may["sqs:SendMessage"] == {queue, dead}
    assert may["events:PutEvents"] == {hub().arn("Bus")}
    assert may["lambda:InvokeFunction"] == {place.arn("ComplianceFunction")}
    wide = {action for action, on in may.items() if "*" in on}
    assert wide == {"cloudtrail:LookupEvents", "ec2:DescribeInstances", "cloudwatch:PutMetricData"}
    assert not [action for action in may if "Tags" in action]


def test_metrics_are_put_into_its_own_namespace_only() -> None:
    statements = [
        statement
        for policy in member().properties("ComplianceRole")["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "cloudwatch:PutMetricData" in statement["Action"]
    ]
    (statement,) = statements
    assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "TagCompliance"}}


@pytest.mark.parametrize("kind", sorted(TAGGABLE))
def test_a_type_brings_its_own_listing_and_no_other(kind: str) -> None:
    usual, more = actions(USUAL), actions(f"{USUAL}\ncompliance: {{resources: ['ec2:instance', '{kind}']}}")
    assert more.keys() - usual.keys() == set(TAGGABLE[kind].actions) - usual.keys()


@pytest.mark.parametrize(
    "switch",
    [
        "notify: {launcher: false}",
        "notify: {changes: summary, scans: none}",
        "on_change: false, notify: {scans: summary}",
        "resources: ['s3:bucket']",
    ],
)
def test_cloudtrail_is_asked_only_where_an_instance_has_an_incident_of_its_own(switch: str) -> None:
    less = actions(f"{USUAL}\ncompliance: {{{switch}}}")
    assert "cloudtrail:LookupEvents" in actions(USUAL) and "cloudtrail:LookupEvents" not in less


COPIED = "tags: {Owner: unassigned, CostCenter: {copy_from: [vpc, auto-scaling-group], value: none}}"


def test_tags_are_set_only_where_that_is_asked_for_and_only_the_configured_ones() -> None:
    reads = {"autoscaling:DescribeAutoScalingGroups", "ec2:DescribeVpcs"}
    tags = "required_tags: {Owner: {}, CostCenter: {}}"
    dry = f"{USUAL}\ncompliance: {{{tags}, remediate: {{mode: dry-run, {COPIED}}}}}"
    assert actions(dry).keys() - actions(USUAL).keys() == reads
    wet = dry.replace("dry-run", "apply")
    assert actions(wet).keys() - actions(USUAL).keys() == {*reads, "ec2:CreateTags"}
    assert actions(wet)["ec2:CreateTags"] == {f"arn:aws:ec2:us-east-1:{ALPHA}:instance/*"}
    conditions = [
        statement["Condition"]
        for policy in member(wet).properties("ComplianceRole")["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "ec2:CreateTags" in statement["Action"]
    ]
    # CreateTags overwrites: only where the instance has no such tag.
    assert conditions == [
        {
            "ForAllValues:StringEquals": {"aws:TagKeys": [key]},
            "Null": {"aws:TagKeys": "false", f"aws:ResourceTag/{key}": "true"},
        }
        for key in ("CostCenter", "Owner")
    ]


def test_only_its_own_schedules_take_the_schedules_role() -> None:
    place = member()
    group = f"arn:aws:scheduler:us-east-1:{ALPHA}:schedule-group/tag-compliance-prod"
    ours = Caller(service="scheduler.amazonaws.com", source=group)
    assert place.may_assume(ours, "ComplianceScheduleRole")
    for other in (group.replace("tag-compliance", "other"), group.replace(ALPHA, STRANGER)):
        assert not place.may_assume(Caller(service="scheduler.amazonaws.com", source=other), "ComplianceScheduleRole")
    assert not place.may_assume(Caller(service="lambda.amazonaws.com", source=group), "ComplianceScheduleRole")
    assert actions(USUAL, "ComplianceScheduleRole") == {
        "sqs:SendMessage": {place.arn("ComplianceQueue"), place.arn("ComplianceDeadLetters")}
    }


def test_scans_and_reports_are_for_the_hubs_readers() -> None:
    place = member()
    assert place.may_assume(person(), "ComplianceOperatorRole")
    strangers = (
        person(external_id=""),
        person(external_id="guessed"),
        person(organization="o-z9y8x7w6v5"),
        person(principal=READER.replace("monitoring-reader-role-prod", "Admin")),
        person(principal=READER.replace(HUB_ACCOUNT, STRANGER)),
    )
    for stranger in strangers:
        assert not place.may_assume(stranger, "ComplianceOperatorRole"), stranger
    may = actions(USUAL, "ComplianceOperatorRole")
    assert {action for action in may if "Send" in action or "dynamodb" in action} == {
        "sqs:SendMessage",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
    }
    assert may["sqs:SendMessage"] == {place.arn("ComplianceQueue")}


def test_without_readers_the_hubs_own_policies_decide() -> None:
    place = member(f"{USUAL}\naccess: {{monitoring_role: false}}")
    anybody = person(principal=f"arn:aws:iam::{HUB_ACCOUNT}:role/Admin", external_id="")
    assert place.may_assume(anybody, "ComplianceOperatorRole")
    for other in (person(READER.replace(HUB_ACCOUNT, ALPHA)), person(organization="o-z9y8x7w6v5")):
        assert not place.may_assume(other, "ComplianceOperatorRole")


@pytest.mark.parametrize("change", [USUAL, UNITS])
def test_the_hubs_reader_may_take_the_operators_roles_of_its_organization(change: str) -> None:
    reader = made(change).templates["prod"][HUB_TEMPLATE]["Resources"]["MonitoringReaderRole"]["Properties"]
    (statement,) = (
        policy["PolicyDocument"]["Statement"][0]
        for policy in reader["Policies"]
        if policy["PolicyName"] == "assume-operator-roles"
    )
    assert statement["Resource"] == ["arn:aws:iam::*:role/tag-compliance-operator-role-*-prod"]
    assert statement["Condition"] == {"StringEquals": {"aws:ResourceOrgID": ORGANIZATION}}


# --- the hub's bus ----------------------------------------------------------------------------------------------


def checker(account: str = ALPHA, region: str = "us-east-1", **keys: Any) -> Caller:
    path = f"{ORGANIZATION}/r-ab12/{UNIT}/"
    given = {"principal": CHECKER.format(account=account, region=region), "organization": ORGANIZATION, "path": path}
    return Caller(**given | {"more": FINDING} | keys)


@pytest.mark.parametrize("change", [USUAL, BOTH, UNITS], ids=["accounts", "both", "units"])
def test_checkers_put_findings_on_the_hubs_bus_and_nothing_else(change: str) -> None:
    place = hub(change)
    for region in ("us-east-1", "eu-west-1"):
        assert place.may(checker(region=region), "events:PutEvents", "Bus")
    forged = {
        "another source": {**FINDING, "events:source": ["aws.cloudwatch"]},
        "another source beside": {**FINDING, "events:source": ["obsgen.compliance", "shop"]},
        "another type": {**FINDING, "events:detail-type": "CloudWatch Alarm State Change"},
        "no source": {"events:detail-type": FINDING["events:detail-type"]},
        "no type": {"events:source": FINDING["events:source"]},
        "neither": {},
    }
    for what, keys in forged.items():
        assert not place.may(checker(more=keys), "events:PutEvents", "Bus"), what
    others = {
        "a Region without members": checker(region="ap-south-1"),
        "another role": checker(principal=f"arn:aws:iam::{ALPHA}:role/Admin"),
        "the schedules' role": checker(
            principal=CHECKER.format(account=ALPHA, region="us-east-1").replace("checker", "schedule")
        ),
        "another environment": checker(
            principal=CHECKER.format(account=ALPHA, region="us-east-1").replace("prod", "dev")
        ),
        "another organization": checker(organization="o-z9y8x7w6v5", path="o-z9y8x7w6v5/r-zz99/"),
        "an account outside": checker(STRANGER, path=f"{ORGANIZATION}/r-ab12/ou-ab12-99999999/"),
    }
    for who, caller in others.items():
        assert not place.may(caller, "events:PutEvents", "Bus"), who


def test_the_role_in_the_bus_policy_is_the_checkers() -> None:
    for region in ("us-east-1", "eu-west-1"):
        place = member(region=region)
        assert place.arn("ComplianceRole") == CHECKER.format(account=ALPHA, region=region)
        assert place.properties("ComplianceFunction")["Environment"]["Variables"]["BUS_ARN"] == hub().arn("Bus")


def test_without_compliance_no_checker_is_admitted() -> None:
    assert not hub("regions: [us-east-1, eu-west-1]").may(checker(), "events:PutEvents", "Bus")


@pytest.mark.parametrize("count", [200, 201, 900])
def test_the_bus_policy_has_room_for_the_accounts_twice(count: int) -> None:
    names = "".join(f"\n  m{n}: {{id: '{300_000_000_000 + n}'}}" for n in range(count))
    place = hub(f"{USUAL}\naccounts:{names}")
    size = sum(len(json.dumps(one, separators=(",", ":"))) for one in place.statements_on("Bus"))
    assert size < 10_240 - 200
    assert place.may(checker(f"{300_000_000_000 + count - 1}"), "events:PutEvents", "Bus")


FOUND = event("obsgen.compliance", "Tag Compliance Finding", {"environment": "prod", "subject": "i-1"})


@pytest.mark.parametrize("change", [USUAL, UNITS])
def test_findings_go_to_the_incident_queue_and_are_kept_for_replay(change: str) -> None:
    place = hub(change)
    rule = place.properties("FindingRule")
    assert rule["Targets"][0]["Arn"] == place.arn("IncidentQueue")
    source = Caller(service="events.amazonaws.com", source=place.arn("FindingRule"))
    for queue in ("IncidentQueue", "EventDeadLetters"):
        assert place.may(source, "sqs:SendMessage", queue)
    assert matches(rule["EventPattern"], FOUND)
    assert matches(place.properties("EventArchive")["EventPattern"], FOUND)
    assert not matches(rule["EventPattern"], {**FOUND, "account": HUB_ACCOUNT})
    assert not matches(rule["EventPattern"], {**FOUND, "source": "shop"})
    assert not matches(place.properties("IncidentRule")["EventPattern"], FOUND)
    watched = {
        body["Properties"]["AlarmName"] for body in place.template["Resources"].values() if "Alarm" in body["Type"]
    }
    assert {"path-watch-finding-rule-prod", "path-watch-finding-rule-lost-prod"} <= watched


def test_the_role_allows_what_was_recorded_of_the_checkers_calls_and_what_lambda_does_in_its_name() -> None:
    """RIGHTS is compared with every call of the code, path by path, where it stands."""
    place = member()
    arns = {
        f"table/{TABLE}": place.arn("ComplianceTable"),
        BUCKET: place.arn("ComplianceBucket"),
        BUS_ARN: hub().arn("Bus"),
        "tag-compliance-launches-prod": place.arn("ComplianceLaunches"),
        "tag-compliance-dead-letters-prod": place.arn("ComplianceDeadLetters"),
        "tag-compliance-prod": place.arn("ComplianceQueue"),
        # A namespace is a condition, and no resource.
        "TagCompliance": "*",
    }
    called = set()
    for action, on in RIGHTS:
        (known,) = [name for name in arns if on == name or on.startswith(f"{name}/")] or [on]
        called.add((action, arns.get(known, known) + on.removeprefix(known)))
    allowed = {(action, on) for action, every in actions(USUAL).items() for on in every}
    polling = {
        (f"sqs:{action}", place.arn(queue))
        for action in ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")
        for queue in ("ComplianceQueue", "ComplianceLaunches")
    }
    log = f"arn:aws:logs:us-east-1:{ALPHA}:log-group:/aws/lambda/tag-compliance-checker-prod:*"
    writing = {(f"logs:{action}", log) for action in ("CreateLogStream", "PutLogEvents")}
    # Deleting goes on in another invocation; moto runs none.
    again = {("lambda:InvokeFunction", place.arn("ComplianceFunction"))}
    assert allowed == called | polling | writing | again
