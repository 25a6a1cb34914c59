"""What CloudWatch does itself: `opsitem` written out, and never on the way back to OK."""

from __future__ import annotations

from typing import Any

import pytest

from generator.model.actions import only_in_alarm
from tests.support import built, codes, spec

PLACE = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:opsitem:"


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
        ("arn:aws-cn:aiops:cn-north-1:111111111111:investigation-group/x", True),
        ("arn:aws:lambda:us-east-1:111111111111:function:opsitem", False),
        ("arn:aws:sns:us-east-1:111111111111:other", False),
        ("arn:aws:automate:us-east-1:ec2:reboot", False),
    ],
)
def test_what_is_done_in_alarm_only_is_no_ok_action(arn: str, only: bool) -> None:
    assert only_in_alarm(arn) is only
    alarm = properties(f"alarms: {{errors: {{actions: ['{arn}']}}}}", "AlarmErrors")
    assert alarm["AlarmActions"] == [arn]
    assert alarm.get("OKActions", []) == ([] if only else [arn])
