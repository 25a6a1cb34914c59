"""Tag compliance in the templates: who may do what, what starts the checker, and in which order it all goes."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from generator.aws.taggable import TAGGABLE
from generator.build import HUB, MEMBER, Built
from generator.checks.check import Subject, registry
from generator.packages import unpacked
from tests.policies import Caller, Place, matches
from tests.support import ROOT, built, spec

ORGANIZATION, UNIT = "o-a1b2c3d4e5", "ou-ab12-cdefgh34"
HUB_ACCOUNT, ALPHA, STRANGER = "111111111111", "222222222222", "999999999999"
USUAL = "compliance: {}\nregions: [us-east-1, eu-west-1]"
UNITS = f"{USUAL}\naccounts: null\norganizational_units: [{UNIT}]"
BOTH = f"{USUAL}\norganizational_units: [{UNIT}]"
EMPTIED = "ComplianceBucketContents"
STARTERS = ("AWS::Events::Rule", "AWS::Lambda::EventSourceMapping", "AWS::Scheduler::Schedule")
CHECKER = "arn:aws:iam::{account}:role/tag-compliance-checker-role-{region}-prod"
FINDING = {"events:source": ["obsgen.compliance"], "events:detail-type": "Tag Compliance Finding"}


@cache
def made(change: str = USUAL) -> Built:
    done = built(spec(change))
    assert done.artifacts, done.findings
    return done


def resources(change: str = USUAL, file: str = MEMBER) -> dict[str, dict[str, Any]]:
    """Those of tag compliance in a template, by logical id."""
    found = made(change).templates["prod"][file]["Resources"]
    return {
        key: one for key, one in found.items() if one.get("Metadata", {}).get("obsgen", {}).get("path") == "compliance"
    }


def member(change: str = USUAL, region: str = "us-east-1") -> Place:
    return Place(made(change).templates["prod"][MEMBER], ALPHA, region)


def hub(change: str = USUAL) -> Place:
    return Place(made(change).templates["prod"][HUB], HUB_ACCOUNT)


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
    assert wide == {"ec2:DescribeInstances", "cloudwatch:PutMetricData"}
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


COPIED = "tags: {Owner: unassigned, CostCenter: {copy_from: [vpc, auto-scaling-group], value: none}}"


def test_tags_are_set_only_where_that_is_asked_for_and_only_the_configured_ones() -> None:
    reads = {"autoscaling:DescribeAutoScalingGroups", "ec2:DescribeVpcs"}
    dry = f"{USUAL}\ncompliance: {{required_tags: {{Owner: {{}}, CostCenter: {{}}}}, remediate: {{mode: dry-run, {COPIED}}}}}"
    assert actions(dry).keys() - actions(USUAL).keys() == reads
    wet = dry.replace("dry-run", "apply")
    assert actions(wet).keys() - actions(USUAL).keys() == {*reads, "ec2:CreateTags"}
    assert actions(wet)["ec2:CreateTags"] == {f"arn:aws:ec2:us-east-1:{ALPHA}:instance/*"}
    (statement,) = (
        statement
        for policy in member(wet).properties("ComplianceRole")["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if "ec2:CreateTags" in statement["Action"]
    )
    assert statement["Condition"] == {
        "ForAllValues:StringEquals": {"aws:TagKeys": ["CostCenter", "Owner"]},
        "Null": {"aws:TagKeys": "false"},
    }


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


READER = f"arn:aws:iam::{HUB_ACCOUNT}:role/monitoring-reader-role-prod"


def person(principal: str = READER, external_id: str = "monitoring-prod", organization: str = ORGANIZATION) -> Caller:
    more = {"sts:ExternalId": external_id} if external_id else {}
    return Caller(principal=principal, organization=organization, more=more)


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
    reader = made(change).templates["prod"][HUB]["Resources"]["MonitoringReaderRole"]["Properties"]
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


@pytest.mark.parametrize("count", [200, 201, 1_500])
def test_the_bus_policy_has_room_for_the_accounts_twice(count: int) -> None:
    names = "".join(f"\n  m{n}: {{id: '{300_000_000_000 + n}'}}" for n in range(count))
    place = hub(f"{USUAL}\naccounts:{names}")
    size = sum(len(json.dumps(one, separators=(",", ":"))) for one in place.statements_on("Bus"))
    assert size < 10_240 - 200
    assert place.may(checker(f"{300_000_000_000 + count - 1}"), "events:PutEvents", "Bus")


def event(source: str, kind: str, detail: dict[str, Any], account: str = ALPHA) -> dict[str, Any]:
    return {"source": source, "detail-type": kind, "account": account, "region": "us-east-1", "detail": detail}


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
    assert "ComplianceDashboard" not in resources("compliance: {dashboard: false}", HUB)
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
    assert {path.split("/")[1] for path in files if path.count("/") > 1} == {"common", "compliance"}
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


# --- the guards ---------------------------------------------------------------------------------------------------

Spoil = Callable[[dict[str, Any]], None]


def put(logical_id: str, value: object, *steps: str | int) -> Spoil:
    """A template with something else in that place."""

    def spoil(template: dict[str, Any]) -> None:
        at: Any = template[logical_id]
        for step in steps[:-1]:
            at = at[step]
        at[steps[-1]] = value

    return spoil


def without(logical_id: str) -> Spoil:
    return lambda template: template.pop(logical_id)


@pytest.mark.parametrize(
    ("code", "file", "spoil"),
    [
        ("H02", MEMBER, put("ComplianceLogGroup", 90, "Properties", "RetentionInDays")),
        ("H05", MEMBER, put("ComplianceFunction", 256, "Properties", "MemorySize")),
        ("H08", MEMBER, put("ComplianceBucket", "Retain", "DeletionPolicy")),
        ("H09", MEMBER, put("ComplianceQueue", "tag-compliance", "Properties", "QueueName")),
        (
            "H09",
            MEMBER,
            put("ComplianceBucket", {"Fn::Sub": "logs-${AWS::AccountId}-${AWS::Region}"}, "Properties", "BucketName"),
        ),
        (
            "Q05",
            MEMBER,
            put(
                "ComplianceBucket",
                {"Fn::Sub": f"{'c' * 40}-prod-${{AWS::AccountId}}-${{AWS::Region}}"},
                "Properties",
                "BucketName",
            ),
        ),
        ("T14", MEMBER, without("ComplianceQueuePolicy")),
        ("T14", MEMBER, without("ComplianceLaunchesPolicy")),
        ("T14", MEMBER, without("ComplianceDeadLettersPolicy")),
        ("T14", HUB, put("IncidentQueuePolicy", {"Statement": []}, "Properties", "PolicyDocument")),
        (
            "T18",
            MEMBER,
            put("ComplianceRole", ["*"], "Properties", "Policies", 0, "PolicyDocument", "Statement", 2, "Resource"),
        ),
        (
            "T18",
            MEMBER,
            put(
                "ComplianceRole",
                ["dynamodb:*"],
                "Properties",
                "Policies",
                0,
                "PolicyDocument",
                "Statement",
                2,
                "Action",
            ),
        ),
        (
            "T18",
            MEMBER,
            put(
                "ComplianceRole",
                ["ec2:CreateTags"],
                "Properties",
                "Policies",
                0,
                "PolicyDocument",
                "Statement",
                1,
                "Action",
            ),
        ),
        ("T18", HUB, put("CheckersAccountsBusPolicy", {}, "Properties", "Statement", "Condition")),
        ("T28", MEMBER, put("ComplianceQueue", 9, "Properties", "RedrivePolicy", "maxReceiveCount")),
        ("T28", MEMBER, put("ComplianceDeadLetters", 60, "Properties", "MessageRetentionPeriod")),
        ("T28", MEMBER, put("ComplianceTickSchedule", {"Arn": ""}, "Properties", "Target")),
        ("T28", HUB, put("FindingRule", [{"Id": "x", "Arn": "arn:aws:sqs:us-east-1:1:x"}], "Properties", "Targets")),
    ],
)
def test_each_guard_sees_what_is_spoilt(code: str, file: str, spoil: Spoil) -> None:
    done = made()
    templates = copy.deepcopy(done.templates["prod"])
    (check,) = (one for one in registry() if one.code == code)
    assert not list(check.run(Subject(done.estates["prod"], templates)))
    spoil(templates[file]["Resources"])
    assert list(check.run(Subject(done.estates["prod"], templates))), code


@pytest.mark.parametrize("change", [USUAL, UNITS, "compliance: {resources: ['rds:db']}"])
def test_cfn_lint_and_all_checks_find_nothing(change: str) -> None:
    found = built(spec(change), lint=True).findings
    assert [finding for finding in found if finding.path[:1] == ("compliance",)] == []


def test_the_dashboard_has_the_documented_structure_but_for_the_contributors() -> None:
    import jsonschema

    schema = json.loads((ROOT / "tests/schemas/cloudwatch-dashboard.json").read_text(encoding="utf-8"))
    body = json.loads(hub().properties("ComplianceDashboard")["DashboardBody"])
    assert body["start"] == "-P7D"
    jsonschema.Draft202012Validator(schema).validate(body)


def test_up_to_seventy_accounts_have_their_missing_tags_counted_and_more_are_told_why_not() -> None:
    for count, counted in ((70, True), (71, False)):
        names = "".join(f"\n  m{n}: {{id: '{300_000_000_000 + n}'}}" for n in range(count - 3))
        found = resources(f"{USUAL}\naccounts:{names}", HUB)
        assert ("ComplianceMissingTags" in found) == counted
        body = found["ComplianceDashboard"]["Properties"]["DashboardBody"]
        assert ("insightRule" in body) == counted
        assert ("no room for 71 accounts" in body) != counted
