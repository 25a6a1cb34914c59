"""What CloudWatch does itself: `opsitem` written out, and never on the way back to OK."""

from __future__ import annotations

from typing import Any

import pytest

from generator.findings import Severity, dotted
from generator.model.actions import only_in_alarm
from tests.support import built, codes, spec

PLACE = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:opsitem:"

INSTANCE = (
    "metric: {namespace: AWS/EC2, name: StatusCheckFailed_System, dimensions: {InstanceId: i-0123456789abcdef0}},"
    " statistic: Maximum, threshold: '> 0'"
)


def properties(change: str, logical_id: str, side: str = "member") -> dict[str, Any]:
    made = built(spec(change))
    assert made.artifacts, made.findings
    found: dict[str, Any] = made.templates["prod"][f"{side}.template.yaml"]["Resources"][logical_id]["Properties"]
    return found


@pytest.mark.parametrize(("severity", "number"), [("critical", 1), ("high", 2), ("medium", 3), ("low", 4)])
def test_the_severity_is_the_alarms(severity: str, number: int) -> None:
    alarm = properties(f"alarms: {{errors: {{severity: {severity}, actions: [opsitem]}}}}", "AlarmErrors")
    assert alarm["AlarmActions"] == [{"Fn::Sub": f"{PLACE}{number}#CATEGORY=Availability"}]
    assert "OKActions" not in alarm


def test_a_composite_has_the_severity_alone() -> None:
    change = (
        "alarms: {more: {metric: {filter: errors}, statistic: Sum, threshold: '> 9'}}\n"
        "composites: {both: {rule: errors and more, severity: high, actions: [opsitem]}}"
    )
    composite = properties(change, "CompositeBoth")
    assert composite["AlarmActions"] == [{"Fn::Sub": f"{PLACE}2"}]
    assert "OKActions" not in composite


def test_a_severity_where_the_alarm_is_off_does_not_count() -> None:
    off = "overrides: [{where: {account: beta}, severity: low, enabled: false}]"
    alarm = properties(f"alarms: {{errors: {{actions: [opsitem], {off}}}}}", "AlarmErrors")
    assert alarm["AlarmActions"] == [{"Fn::Sub": f"{PLACE}3#CATEGORY=Availability"}]


@pytest.mark.parametrize(
    "change",
    [
        "alarms: {errors: {severity: none, actions: [opsitem]}}",
        "alarms: {errors: {actions: [opsitem], overrides: [{where: {account: beta}, severity: low}]}}",
    ],
)
def test_an_opsitem_of_no_one_severity_is_refused(change: str) -> None:
    assert codes(spec(change)) == {"R07"}


@pytest.mark.parametrize(
    ("arn", "only"),
    [
        ("arn:aws:ssm:us-east-1:111111111111:opsitem:3#CATEGORY=Cost", True),
        ("arn:aws:ssm-incidents::111111111111:responseplan/all", True),
        ("arn:aws:aiops:us-east-1:111111111111:investigation-group:x", True),
        ("arn:aws:lambda:us-east-1:111111111111:function:opsitem", False),
        ("arn:aws:sns:us-east-1:111111111111:other", False),
        ("arn:aws:automate:us-east-1:ec2:reboot", False),
    ],
)
def test_what_is_done_in_alarm_only_is_no_ok_action(arn: str, only: bool) -> None:
    assert only_in_alarm(arn) is only
    alarm = properties(f"alarms: {{web: {{{INSTANCE}, actions: ['{arn}']}}}}", "AlarmWeb")
    assert alarm["AlarmActions"] == [arn]
    assert alarm.get("OKActions", []) == ([] if only else [arn])


# What PutMetricAlarm answers is quoted in the checks; the list of kinds is that of its API page.
@pytest.mark.parametrize(
    ("change", "paths"),
    [
        (f"alarms: {{web: {{{INSTANCE}, actions: ['arn:aws:automate:us-east-1:ec2:recover']}}}}", []),
        (f"alarms: {{web: {{{INSTANCE}, actions: ['arn:aws:sns:eu-west-1:111111111111:x']}}}}", ["alarms.web"]),
        (f"alarms: {{web: {{{INSTANCE}, actions: ['arn:aws-cn:sns:cn-north-1:111111111111:x']}}}}", ["alarms.web"]),
        ("alarms: {errors: {actions: ['arn:aws:automate:us-east-1:ec2:stop']}}", ["alarms.errors"]),
        (
            f"alarms: {{web: {{{INSTANCE.replace('_System', '_Instance')},"
            " actions: ['arn:aws:automate:us-east-1:ec2:recover']}}",
            ["alarms.web"],
        ),
        (
            "composites: {both: {rule: errors, actions: ['arn:aws:automate:us-east-1:ec2:stop']}}",
            ["composites.both"],
        ),
    ],
)
def test_an_action_that_cloudwatch_would_refuse(change: str, paths: list[str]) -> None:
    found = [f for f in built(spec(change)).findings if f.code == "R07" and f.severity is Severity.ERROR]
    assert [dotted(finding.path) for finding in found] == [f"{path}.actions[0]" for path in paths]


@pytest.mark.parametrize(
    "arn",
    ["arn:aws:sqs:us-east-1:111111111111:q", "arn:aws:s3:::bucket", "arn:aws:sns:us-east-1:1:x", "page", "arn:aws:"],
)
def test_what_no_alarm_has_as_an_action(arn: str) -> None:
    assert codes(spec(f"alarms: {{errors: {{actions: ['{arn}']}}}}")) == {"S03"}


def test_an_alarm_whose_metric_is_in_one_region_has_actions_of_that_region() -> None:
    """CloudFront publishes in us-east-1, so its pack's alarms are created there alone."""

    def actions_in(region: str) -> str:
        arn = f"arn:aws:sns:{region}:111111111111:x"
        cdn = f"{{type: cloudfront, distribution: E1ABCDEFGHIJKL, alarms: {{errors: {{actions: ['{arn}']}}}}}}"
        return spec(f"regions: [us-east-1, eu-west-1]\nservices: {{cdn: {cdn}}}")

    assert "R07" not in codes(actions_in("us-east-1"))
    assert "R07" in codes(actions_in("eu-west-1"))


def test_an_action_that_is_too_long_for_cloudwatch() -> None:
    """PutMetricAlarm takes 1,024 characters."""
    start = "arn:aws:lambda:us-east-1:111111111111:function:"
    longest = start + "x" * (1024 - len(start))
    assert codes(spec(f"alarms: {{errors: {{actions: ['{longest}']}}}}")) == set()
    assert codes(spec(f"alarms: {{errors: {{actions: ['{longest}x']}}}}")) == {"S03"}


def test_an_action_may_lean_on_where_the_alarm_is() -> None:
    action = "arn:{partition}:lambda:{region}:{account}:function:page-{environment}"
    change = f"regions: [us-east-1, eu-west-1]\nalarms: {{errors: {{actions: ['{action}']}}}}"
    written = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:page-prod"}
    assert properties(change, "AlarmErrors")["AlarmActions"] == [written]
    composite = f"""
alarms: {{more: {{metric: {{filter: errors}}, statistic: Sum, threshold: '> 9'}}}}
composites: {{both: {{rule: errors and more, actions: ['{action}']}}}}
"""
    assert properties(composite, "CompositeBoth")["AlarmActions"] == [written]


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("arn:{partition}:sns:{regoin}:{account}:x", "unknown placeholder `{regoin}`"),
        ("arn:{partition}:sqs:{region}:{account}:x", "is not a supported alarm action"),
        ("arn:aws:sns:eu-west-1:{account}:x", "an action must be in the Region of the alarm, us-east-1"),
    ],
)
def test_a_placeholder_makes_nothing_right_that_is_wrong(action: str, told: str) -> None:
    (finding,) = built(spec(f"alarms: {{errors: {{actions: ['{action}']}}}}")).findings
    assert told in finding.message


@pytest.mark.parametrize(("missing", "verb", "warnings"), [("breaching", "reboot", 1), ("missing", "reboot", 0)])
def test_a_gap_is_no_reason_to_reboot(missing: str, verb: str, warnings: int) -> None:
    action = f"arn:aws:automate:us-east-1:ec2:{verb}"
    change = f"alarms: {{gap: {{{INSTANCE}, missing_data: {missing}, actions: ['{action}']}}}}"
    found = [f for f in built(spec(change)).findings if f.code == "R07"]
    assert [f.severity.value for f in found] == ["warning"] * warnings
    assert all("the gap of the reboot would reboot it again" in f.message for f in found)
