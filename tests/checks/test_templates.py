"""Checks that guard the generated templates: each on its own BAD_TEMPLATE, and edge cases.

A new check needs no edit here: its BAD_TEMPLATE is found by the registry.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from generator.checks.check import HUB_TEMPLATE, MEMBER_TEMPLATE, Check, Subject, registry
from generator.findings import Finding, Severity
from tests.support import built, laid_over, spec

Templates = dict[str, dict[str, Any]]
CHECKS = {check.code: check for check in registry()}
BUILT = built(spec("audit: {alarm_changes: true}\ncontributor_insights: {c: {log_group: application, keys: [$.c]}}"))
FULL = BUILT.templates["prod"]


def first(templates: Templates, kind: str, file: str = HUB_TEMPLATE) -> dict[str, Any]:
    """The first resource of a type."""
    return next(r for r in templates[file]["Resources"].values() if r["Type"] == kind)


def set_property(kind: str, name: str, value: object, file: str = HUB_TEMPLATE) -> Callable[[Templates], None]:
    def spoil(templates: Templates) -> None:
        first(templates, kind, file)["Properties"][name] = value

    return spoil


def drop_property(kind: str, name: str) -> Callable[[Templates], None]:
    def spoil(templates: Templates) -> None:
        del first(templates, kind)["Properties"][name]

    return spoil


def set_attribute(kind: str, name: str, value: object) -> Callable[[Templates], None]:
    def spoil(templates: Templates) -> None:
        first(templates, kind)[name] = value

    return spoil


def add(name: str, resource: dict[str, Any]) -> Callable[[Templates], None]:
    def spoil(templates: Templates) -> None:
        templates[HUB_TEMPLATE]["Resources"][name] = resource

    return spoil


def set_target(rule: str, name: str, value: object) -> Callable[[Templates], None]:
    def spoil(templates: Templates) -> None:
        target = templates[HUB_TEMPLATE]["Resources"][rule]["Properties"]["Targets"][0]
        target.pop(name, None)
        if value is not None:
            target[name] = value

    return spoil


EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": ["sns:Publish"], "Resource": [{"Ref": "Topic"}]}


def drop(name: str, file: str) -> Callable[[Templates], None]:
    def spoil(templates: Templates) -> None:
        del templates[file]["Resources"][name]

    return spoil


SPOILED: list[tuple[str, str, Callable[[Templates], None]]] = [
    ("H02", "retention left out", drop_property("AWS::Logs::LogGroup", "RetentionInDays")),
    ("H04", "another service's key", set_property("AWS::SNS::Topic", "KmsMasterKeyId", "alias/aws/sqs")),
    ("H04", "a queue with our key", set_property("AWS::SQS::Queue", "KmsMasterKeyId", "alias/ours")),
    ("H04", "a log group with our key", set_property("AWS::Logs::LogGroup", "KmsKeyId", {"Ref": "Key"})),
    ("H04", "a key", add("Key", {"Type": "AWS::KMS::Key", "Properties": {}})),
    ("T40", "a key without a master", add("Key", {"Type": "AWS::KMS::Key", "Properties": {}})),
    ("H05", "memory left out", drop_property("AWS::Lambda::Function", "MemorySize")),
    ("H05", "a longer time-out", set_property("AWS::Lambda::Function", "Timeout", 30)),
    ("H07", "no role", drop("MonitoringRole", MEMBER_TEMPLATE)),
    ("H08", "a snapshot", set_attribute("AWS::SQS::Queue", "UpdateReplacePolicy", "Snapshot")),
    ("H08", "protection", set_property("AWS::Logs::LogGroup", "DeletionProtectionEnabled", True)),
    ("H09", "a queue of no environment", set_property("AWS::SQS::Queue", "QueueName", "incidents")),
    ("H09", "a role of no environment", set_property("AWS::IAM::Role", "RoleName", {"Fn::Sub": "r-${AWS::Region}"})),
    ("T14", "no policy of a dead-letter queue", drop("ForwardingDeadLettersPolicy", MEMBER_TEMPLATE)),
    ("T14", "no resource policy", drop("EventLogPolicy", HUB_TEMPLATE)),
    ("T14", "the ARN of GetAtt", set_target("AuditRule", "Arn", {"Fn::GetAtt": ["AuditLogGroup", "Arn"]})),
    ("T14", "a role for a log group", set_target("AuditRule", "RoleArn", "arn:aws:iam::111111111111:role/x")),
    ("T14", "a bus without a role", set_target("HubForwardingRule", "RoleArn", None)),
    ("T18", "everybody", set_property("AWS::SNS::TopicPolicy", "PolicyDocument", {"Statement": [EVERYBODY]})),
    ("T28", "a target without dead letters", set_target("AuditRule", "DeadLetterConfig", None)),
    ("Q10", "a long rule", set_property("AWS::CloudWatch::InsightRule", "RuleBody", "x" * 8193)),
    ("Q10", "a rule beyond ASCII", set_property("AWS::CloudWatch::InsightRule", "RuleBody", "é")),
]


def found(code: str, templates: Templates) -> list[Finding]:
    return list(CHECKS[code].run(Subject(BUILT.estates["prod"], templates)))


@pytest.mark.parametrize(("code", "what", "spoil"), SPOILED, ids=[f"{code} {what}" for code, what, _ in SPOILED])
def test_a_spoiled_template_is_noticed(code: str, what: str, spoil: Callable[[Templates], None]) -> None:
    assert found(code, FULL) == []
    templates = copy.deepcopy(FULL)
    spoil(templates)
    findings = found(code, templates)
    assert {(f.code, f.severity) for f in findings} == {(code, Severity.ERROR)}
    assert all(f.where for f in findings)


def test_a_name_counts_at_its_longest_region() -> None:
    regions = built(spec("regions: [us-east-1, ap-southeast-2]"))
    templates = copy.deepcopy(regions.templates["prod"])
    role = templates[MEMBER_TEMPLATE]["Resources"]["ForwardingRole"]["Properties"]
    role["RoleName"] = {"Fn::Sub": f"{'r' * 45}-${{AWS::Region}}-prod"}
    findings = list(CHECKS["Q05"].run(Subject(regions.estates["prod"], templates)))
    assert [f"{'r' * 45}-ap-southeast-2-prod" in finding.message for finding in findings] == [True]


def test_a_reading_role_of_another_name_is_noticed_at_its_section() -> None:
    templates = copy.deepcopy(FULL)
    templates[MEMBER_TEMPLATE]["Resources"]["MonitoringRole"]["Properties"]["RoleName"] = "Reader"
    (findings,) = found("H07", templates)
    assert (findings.path, findings.where) == (("access",), f"{MEMBER_TEMPLATE}: MonitoringRole")


def test_a_letter_counts_as_the_bytes_it_has() -> None:
    templates = copy.deepcopy(FULL)
    templates[HUB_TEMPLATE]["Description"] = "é" * 300_000
    assert found("Q02", templates) == []


FULL_STACKS = {
    "Q01": {"Resources": {f"R{n}": {"Type": "AWS::SNS::Topic"} for n in range(501)}},
    "Q07": {"Outputs": {f"O{n}": {"Value": "x"} for n in range(201)}, "Resources": {}},
    "Q03": {"Parameters": {f"P{n}": {"Type": "String"} for n in range(201)}, "Resources": {}},
}


@pytest.mark.parametrize("check", [c for c in registry() if c.bad_template], ids=lambda check: check.code)
def test_the_bad_template_has_a_finding_of_its_check(check: Check) -> None:
    assert found(check.code, FULL) == []
    findings = found(check.code, laid_over(FULL, yaml.safe_load(check.bad_template)))
    assert {(f.code, f.severity) for f in findings} == {(check.code, Severity.ERROR)}
    assert all(f.where and f.hint and not f.message.endswith(".") for f in findings)


def test_every_check_has_an_example() -> None:
    assert [check.code for check in registry() if bool(check.bad) is bool(check.bad_template)] == []


@pytest.mark.parametrize("code", FULL_STACKS)
def test_a_stack_that_is_fuller_than_cloudformation_takes_is_refused(code: str) -> None:
    subject = Subject(BUILT.estates["prod"], FULL, {"member-2.template.yaml": FULL_STACKS[code]})
    (found,) = CHECKS[code].run(subject)
    assert (found.code, found.severity, found.where) == (code, Severity.ERROR, "member-2.template.yaml")


@pytest.mark.parametrize(("kind", "codes"), [("AWS::CloudWatch::Alarm", []), ("AWS::SNS::Topic", ["Q01"])])
def test_only_what_has_to_stay_in_a_stack_warns_before_it_is_full(kind: str, codes: list[str]) -> None:
    template = {"Resources": {f"R{n}": {"Type": kind} for n in range(410)}}
    found = CHECKS["Q01"].run(Subject(BUILT.estates["prod"], FULL, {"member.template.yaml": template}))
    assert [(one.code, one.severity) for one in found] == [(code, Severity.WARNING) for code in codes]
