"""Tag compliance in the templates: what starts the checker, in which order it all goes, and what guards it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from generator.build import HUB_TEMPLATE
from generator.packages import unpacked
from tests.compliance_estate import (
    ALPHA,
    BOTH,
    HUB_ACCOUNT,
    STRANGER,
    UNITS,
    USUAL,
    event,
    made,
    member,
    person,
    resources,
)
from tests.policies import Caller, matches

EMPTIED = "ComplianceBucketContents"
STARTERS = ("AWS::Events::Rule", "AWS::Lambda::EventSourceMapping", "AWS::Scheduler::Schedule")


# --- the order in which things go ---------------------------------------------------------------------------


def named_in(value: Any) -> Iterator[str]:
    """Logical ids that a value leans on, as CloudFormation finds them.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html
    """
    match value:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::Sub": str(text)}:
            yield from re.findall(r"\$\{(\w+)[.}]", text)
        case dict():
            for inner in value.values():
                yield from named_in(inner)
        case list():
            for inner in value:
                yield from named_in(inner)


def made_before(logical_id: str, template: dict[str, Any]) -> set[str]:
    """Everything that is there before a resource is made, and is deleted after it."""
    found: set[str] = set()
    open_ids = [logical_id]
    while open_ids:
        body = template[open_ids.pop()]
        near = {*named_in(body["Properties"]), *body.get("DependsOn", ())} & template.keys()
        open_ids += near - found
        found |= near
    return found


@pytest.mark.parametrize("change", [USUAL, UNITS])
def test_whatever_starts_the_checker_goes_before_its_bucket_is_emptied(change: str) -> None:
    template = resources(change)
    starters = [key for key, body in template.items() if body["Type"] in STARTERS]
    assert len(starters) == 6
    for starter in starters:
        assert EMPTIED in made_before(starter, template), starter


def test_the_bucket_goes_after_it_was_emptied_and_so_does_what_empties_it() -> None:
    needed = made_before(EMPTIED, resources())
    assert needed >= {"ComplianceBucket", "ComplianceFunction", "ComplianceLogGroup", "ComplianceRole"}
    assert not needed & {key for key, body in resources().items() if body["Type"] in STARTERS}


def test_the_custom_resource_is_the_checkers_and_names_the_bucket() -> None:
    properties = member().properties(EMPTIED)
    assert properties["ServiceToken"] == member().arn("ComplianceFunction")
    assert properties["BucketName"] == member().arn("ComplianceBucket")
    # Without it a stack whose function does not answer waits for an hour.
    assert int(properties["ServiceTimeout"]) == 1_200


def test_nothing_of_it_is_retained_or_backed_up() -> None:
    for key, body in resources().items():
        assert body.get("DeletionPolicy", "Delete") == "Delete", key
    assert "PointInTimeRecoverySpecification" not in resources()["ComplianceTable"]["Properties"]


# --- the bucket -----------------------------------------------------------------------------------------------


def test_the_bucket_is_private_encrypted_and_forgets() -> None:
    bucket = member().properties("ComplianceBucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketName"] == "compliance-logs-prod-222222222222-us-east-1"
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert "VersioningConfiguration" not in bucket
    (life,) = bucket["LifecycleConfiguration"]["Rules"]
    assert (life["Status"], life["ExpirationInDays"]) == ("Enabled", 30)
    (kept,) = member("compliance: {records: {retain: 90d}}").properties("ComplianceBucket")["LifecycleConfiguration"][
        "Rules"
    ]
    assert kept["ExpirationInDays"] == 90


def test_nobody_reaches_the_bucket_without_tls() -> None:
    place = member()
    (statement,) = place.statements_on("ComplianceBucket")
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", {"AWS": "*"}, ["s3:*"])
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    arn = place.arn("ComplianceBucket")
    assert statement["Resource"] == [arn, f"{arn}/*"]


# --- what starts the checker --------------------------------------------------------------------------------------


def state(name: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html"""
    return event("aws.ec2", "EC2 Instance State-change Notification", {"instance-id": "i-1", "state": name})


def tags(*keys: str, service: str = "ec2", kind: str = "instance") -> dict[str, Any]:
    """https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-tag.html"""
    detail = {"changed-tag-keys": list(keys), "service": service, "resource-type": kind, "version": 3, "tags": {}}
    return event("aws.tag", "Tag Change on Resource", detail)


def test_changes_of_state_wait_and_changes_of_tags_do_not() -> None:
    place = member()
    states, changed = place.properties("ComplianceStateChangeRule"), place.properties("ComplianceTagChangeRule")
    assert (states["Name"], changed["Name"]) == ("ec2-state-change-prod", "tag-change-prod")
    assert states["Targets"][0]["Arn"] == place.arn("ComplianceLaunches")
    assert changed["Targets"][0]["Arn"] == place.arn("ComplianceQueue")
    assert place.properties("ComplianceLaunches")["DelaySeconds"] == 120
    assert place.properties("ComplianceQueue")["DelaySeconds"] == 0
    found = [
        name for name in ("pending", "running", "stopped", "terminated") if matches(states["EventPattern"], state(name))
    ]
    assert found == ["running", "terminated"]


@pytest.mark.parametrize("queue", ["ComplianceQueue", "ComplianceLaunches"])
def test_a_message_comes_back_only_after_the_function_has_ended_and_only_where_it_failed(queue: str) -> None:
    place = member()
    timeout = int(place.properties("ComplianceFunction")["Timeout"])
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    assert int(place.properties(queue)["VisibilityTimeout"]) >= 6 * timeout
    mapping = place.properties(f"{queue}ToFunction")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (1, {"MaximumConcurrency": 2})


@pytest.mark.parametrize(
    ("rule", "queue"),
    [("ComplianceStateChangeRule", "ComplianceLaunches"), ("ComplianceTagChangeRule", "ComplianceQueue")],
)
def test_only_its_rule_writes_to_a_queue(rule: str, queue: str) -> None:
    place = member()
    source = place.arn(rule)
    callers = {
        source: True,
        place.arn(
            "ComplianceStateChangeRule" if rule.startswith("ComplianceTag") else "ComplianceTagChangeRule"
        ): False,
        f"arn:aws:events:us-east-1:{ALPHA}:rule/somebody-elses": False,
        source.replace(ALPHA, STRANGER): False,
    }
    for arn, may in callers.items():
        assert place.may(Caller(service="events.amazonaws.com", source=arn), "sqs:SendMessage", queue) == may, arn
    assert not place.may(person(), "sqs:SendMessage", queue)


KEYS = """
compliance:
  required_tags:
    Owner: {ignore_case: true}
    Team: {any_of: [Squad], when: {Environment: [prod]}}
  exempt: [{reason: for tests of ours, tags: {Temporary: []}}]
"""


def test_tags_that_a_verdict_depends_on_are_looked_at_and_no_others() -> None:
    pattern = member(KEYS).properties("ComplianceTagChangeRule")["EventPattern"]
    for key in ("Owner", "OWNER", "Team", "Squad", "Environment", "Temporary"):
        assert matches(pattern, tags("aws:autoscaling:groupName", key)), key
    for other in (
        tags("team"),
        tags("Name"),
        tags("Owner", kind="volume"),
        tags("Owner", service="s3"),
        state("running"),
    ):
        assert not matches(pattern, other), other


def test_where_a_pattern_has_no_room_for_the_keys_every_change_of_an_instances_tags_is_looked_at() -> None:
    keys = ", ".join(f"{'k' * 100}{number}: {{}}" for number in range(25))
    pattern = member(f"compliance: {{required_tags: {{{keys}}}}}").properties("ComplianceTagChangeRule")["EventPattern"]
    assert len(json.dumps(pattern)) <= 2_048
    assert matches(pattern, tags("whatever"))
    assert not matches(pattern, tags("whatever", kind="volume"))


def test_schedules_say_for_when_they_were_planned() -> None:
    scan, tick = (member().properties(f"Compliance{kind}Schedule") for kind in ("Scan", "Tick"))
    assert (scan["Name"], tick["Name"]) == ("tag-compliance-scan-prod", "tag-compliance-tick-prod")
    assert (scan["ScheduleExpression"], scan["ScheduleExpressionTimezone"]) == ("rate(1 day)", "UTC")
    assert tick["ScheduleExpression"] == "rate(15 minutes)"
    planned = "<aws.scheduler.scheduled-time>"
    assert json.loads(scan["Target"]["Input"]) == {"scan": {"at": planned, "by": "schedule"}}
    assert json.loads(tick["Target"]["Input"]) == {"tick": {"at": planned}}
    zoned = member('compliance: {scan: {at: "06:00", timezone: Europe/Berlin}}').properties("ComplianceScanSchedule")
    assert (zoned["ScheduleExpression"], zoned["ScheduleExpressionTimezone"]) == ("cron(0 6 * * ? *)", "Europe/Berlin")


def test_what_is_not_asked_for_is_not_made() -> None:
    quiet = resources("compliance: {on_change: false}")
    assert not {"ComplianceLaunches", "ComplianceStateChangeRule", "ComplianceTagChangeRule"} & quiet.keys()
    assert "ComplianceScanSchedule" not in resources("compliance: {scan: none}")
    assert "ComplianceTickSchedule" in quiet
    assert "ComplianceDashboard" not in resources("compliance: {dashboard: false}", HUB_TEMPLATE)
    nothing = made("regions: [us-east-1, eu-west-1]")
    assert "ompliance" not in json.dumps(nothing.templates)
    assert "compliance" not in yaml.safe_load(nothing.artifacts["prod/manifest.yaml"])


def test_nothing_of_it_is_made_in_a_hub_that_a_unit_contains() -> None:
    assert {body.get("Condition") for body in resources(BOTH).values() if body["Type"] != "AWS::CloudWatch::Alarm"} == {
        "IsNotHub"
    }
    assert not [key for key, body in resources().items() if "Condition" in body and "Alarm" not in body["Type"]]


# --- package and manifest ---------------------------------------------------------------------------------------


def test_the_package_has_the_checkers_files_and_its_rules_and_lies_in_every_region() -> None:
    done = made()
    (asset,) = (
        one for one in yaml.safe_load(done.artifacts["prod/manifest.yaml"])["assets"] if "compliance" in one["name"]
    )
    assert asset["regions"] == ["eu-west-1", "us-east-1"]
    files = unpacked(done.packages["prod"][asset["key"]])
    assert {"handlers/__init__.py", "handlers/compliance/app.py", "handlers/compliance/rules.json"} <= files.keys()
    assert {path.split("/")[1] for path in files if path.count("/") > 1} == {"bucket", "common", "compliance"}
    assert json.loads(files["handlers/compliance/rules.json"])["environment"] == "prod"
    function = member(region="eu-west-1").properties("ComplianceFunction")
    assert function["Code"] == {"S3Bucket": f"obsgen-assets-{HUB_ACCOUNT}-eu-west-1", "S3Key": asset["key"]}
    assert function["RecursiveLoop"] == "Allow"


def test_rules_are_part_of_the_package_so_that_changed_rules_are_changed_code() -> None:
    other = f"{USUAL}\ncompliance: {{required_tags: {{Team: {{}}}}}}"
    keys = {member(change).properties("ComplianceFunction")["Code"]["S3Key"] for change in (USUAL, other)}
    assert len(keys) == 2


def test_the_manifest_says_what_scans_and_reports_need() -> None:
    found = yaml.safe_load(made().artifacts["prod/manifest.yaml"])["compliance"]
    place = member(region="eu-west-1")
    assert found == {
        "queue": place.properties("ComplianceQueue")["QueueName"],
        "table": place.properties("ComplianceTable")["TableName"],
        "dead_letters": place.properties("ComplianceDeadLetters")["QueueName"],
        "operator_role": "tag-compliance-operator-role-{region}-prod",
        "external_id": "monitoring-prod",
        "readers": ["monitoring-reader-role-prod"],
    }
    assert place.arn("ComplianceOperatorRole").endswith(found["operator_role"].format(region="eu-west-1"))
    bare = yaml.safe_load(made(f"{USUAL}\naccess: {{monitoring_role: false}}").artifacts["prod/manifest.yaml"])
    assert bare["compliance"]["readers"] == []
    assert "external_id" not in bare["compliance"]
