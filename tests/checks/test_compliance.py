"""Tag compliance: each rule that guards its templates sees what is spoilt, cfn-lint finds nothing, dashboards hold."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from generator.build import HUB_TEMPLATE, MEMBER_TEMPLATE
from generator.checks.check import Subject, registry
from tests.compliance_estate import UNITS, USUAL, hub, made, resources
from tests.support import ROOT, built, spec

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
        ("H02", MEMBER_TEMPLATE, put("ComplianceLogGroup", 90, "Properties", "RetentionInDays")),
        ("H05", MEMBER_TEMPLATE, put("ComplianceFunction", 256, "Properties", "MemorySize")),
        ("H08", MEMBER_TEMPLATE, put("ComplianceBucket", "Retain", "DeletionPolicy")),
        ("H09", MEMBER_TEMPLATE, put("ComplianceQueue", "tag-compliance", "Properties", "QueueName")),
        (
            "H09",
            MEMBER_TEMPLATE,
            put("ComplianceBucket", {"Fn::Sub": "logs-${AWS::AccountId}-${AWS::Region}"}, "Properties", "BucketName"),
        ),
        (
            "Q05",
            MEMBER_TEMPLATE,
            put(
                "ComplianceBucket",
                {"Fn::Sub": f"{'c' * 40}-prod-${{AWS::AccountId}}-${{AWS::Region}}"},
                "Properties",
                "BucketName",
            ),
        ),
        ("T14", MEMBER_TEMPLATE, without("ComplianceQueuePolicy")),
        ("T14", MEMBER_TEMPLATE, without("ComplianceLaunchesPolicy")),
        ("T14", MEMBER_TEMPLATE, without("ComplianceDeadLettersPolicy")),
        ("T14", HUB_TEMPLATE, put("IncidentQueuePolicy", {"Statement": []}, "Properties", "PolicyDocument")),
        (
            "T18",
            MEMBER_TEMPLATE,
            put("ComplianceRole", ["*"], "Properties", "Policies", 0, "PolicyDocument", "Statement", 2, "Resource"),
        ),
        (
            "T18",
            MEMBER_TEMPLATE,
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
            MEMBER_TEMPLATE,
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
        ("T18", HUB_TEMPLATE, put("CheckersAccountsBusPolicy", {}, "Properties", "Statement", "Condition")),
        ("T28", MEMBER_TEMPLATE, put("ComplianceQueue", 9, "Properties", "RedrivePolicy", "maxReceiveCount")),
        ("T28", MEMBER_TEMPLATE, put("ComplianceDeadLetters", 60, "Properties", "MessageRetentionPeriod")),
        ("T28", MEMBER_TEMPLATE, put("ComplianceTickSchedule", {"Arn": ""}, "Properties", "Target")),
        (
            "T28",
            HUB_TEMPLATE,
            put("FindingRule", [{"Id": "x", "Arn": "arn:aws:sqs:us-east-1:1:x"}], "Properties", "Targets"),
        ),
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
    schema = json.loads((ROOT / "tests/schemas/cloudwatch-dashboard.json").read_text(encoding="utf-8"))
    body = json.loads(hub().properties("ComplianceDashboard")["DashboardBody"])
    assert body["start"] == "-P7D"
    jsonschema.Draft202012Validator(schema).validate(body)


def test_missing_tags_are_counted_in_each_account_by_its_id_and_in_many_by_the_log_groups_name() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html"""
    for count, named in ((60, 60), (80, 1)):
        names = "".join(f"\n  m{n}: {{id: '{300_000_000_000 + n}'}}" for n in range(count - 3))
        found = resources(f"{USUAL}\naccounts:{names}", HUB_TEMPLATE)
        rule = found["ComplianceMissingTags"]["Properties"]["RuleBody"]
        arns = json.loads(rule)["LogGroupARNs"]
        assert len(arns) == named
        assert len(rule) <= 8_192
        assert "insightRule" in found["ComplianceDashboard"]["Properties"]["DashboardBody"]
    (arn,) = arns
    assert arn == "arn:aws:logs:us-east-1:*:log-group:/aws/lambda/tag-compliance-checker-prod"


QUIET = "routes: {low: null}\ncompliance: "


@pytest.mark.parametrize(
    ("change", "heard"),
    [
        ("{}", False),
        ("{severity: medium}", True),
        ("{severity: none}", True),
        ("{severity: medium, overrides: [{where: {tier: critical}, severity: low}]}", False),
        ("{notify: {changes: none, scans: none}}", True),
        ("{notify: {changes: none, scans: summary}}", False),
    ],
)
def test_wrong_tags_that_nobody_would_hear_of_are_found(change: str, heard: bool) -> None:
    found = [one for one in built(spec(QUIET + change)).findings if one.code == "H10"]
    assert [one.path for one in found] == ([] if heard else [("routes", "low")])
    assert all("`compliance`" in one.message for one in found)
