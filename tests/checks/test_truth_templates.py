"""Truth rules that guard the templates, tried on templates spoiled by hand: wider than the language can go wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from generator.checks.check import Subject, registry
from generator.findings import Finding
from generator.manifest import HUB_TEMPLATE, MEMBER_TEMPLATE
from tests.support import built, spec

Resources = dict[str, dict[str, Any]]
Spoil = Callable[[Resources], None]
CHECKS = {check.code: check for check in registry()}
BUILT = built(
    spec(
        "audit: {alarm_changes: true}\n"
        "alarms: {lag: {metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: '> 1'}}\n"
        "composites: {down: {rule: errors and lag}}"
    )
)
FULL = BUILT.templates["prod"]
AUDIT = "/aws/events/alarm-state-changes-prod"
ARN = f"arn:aws:logs:us-east-1:111111111111:log-group:{AUDIT}"
BOTH = ["delivery.logs.amazonaws.com", "events.amazonaws.com"]
WRITES = ["logs:CreateLogStream", "logs:PutLogEvents"]
TOPIC = "arn:aws:sns:us-east-1:111111111111:monitoring-alerts-prod"


def findings(code: str, file: str, spoil: Spoil) -> list[Finding]:
    """What a rule says of the templates after one of them was spoiled; of the unspoiled ones it says nothing."""
    run = CHECKS[code].run
    assert list(run(Subject(BUILT.estates["prod"], FULL))) == []
    templates = copy.deepcopy(FULL)
    spoil(templates[file]["Resources"])
    return list(run(Subject(BUILT.estates["prod"], templates)))


def of_audit(findings: list[Finding]) -> list[Finding]:
    """Those about the audit trail; the policy is that of the heartbeats' log group too."""
    return [finding for finding in findings if "heartbeats" not in finding.message]


def put(logical_id: str, value: object, *steps: str | int) -> Spoil:
    """Sets one property, however deep."""

    def spoil(resources: Resources) -> None:
        at: Any = resources[logical_id]["Properties"]
        for step in steps[:-1]:
            at = at[step]
        at[steps[-1]] = value

    return spoil


def audit_target(arn: object) -> Spoil:
    return put("AuditRule", arn, "Targets", 0, "Arn")


def log_policy(document: object) -> Spoil:
    return put("EventLogPolicy", document, "PolicyDocument")


def statement(**changes: object) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": BOTH},
        "Action": WRITES,
        "Resource": [f"{ARN}:*"],
        **changes,
    }


def rule_of(text: object) -> Spoil:
    return put("CompositeDown", text, "AlarmRule")


def counted(count: int) -> str:
    names = ", ".join(f'"a-{n}"' for n in range(count))
    return f"AT_LEAST(2, NOT OK, ({names}))"


def many(count: int, state: str = "ALARM") -> str:
    return " OR ".join(f'{state}("a-{n:0>3}")' for n in range(count))


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (many(101), "101 children"),
        (" OR ".join(['ALARM("a")'] * 501), "501 elements"),
        (" AND ".join(['(ALARM("a"))'] * 167), "501 elements"),
        (" OR ".join([*['ALARM("a")'] * 250, *["FALSE"] * 251]), "501 elements"),
        (f'ALARM("{"a" * 10_234}")', "10,243 characters"),
        (counted(101), "101 children"),
        (" OR ".join([counted(97)] * 5), "505 elements"),
    ],
)
def test_a_rule_over_a_limit(rule: str, what: str) -> None:
    (finding,) = findings("T11", MEMBER_TEMPLATE, rule_of(rule))
    assert what in finding.message
    assert (finding.path, finding.where) == (("composites", "down", "rule"), f"{MEMBER_TEMPLATE}: CompositeDown")


@pytest.mark.parametrize(
    "rule", [many(100), " OR ".join(['ALARM("a")'] * 500), f'ALARM("{"a" * 10_231}")', 'ALARM("FALSE")']
)
def test_a_rule_at_a_limit(rule: str) -> None:
    assert findings("T11", MEMBER_TEMPLATE, rule_of(rule)) == []


def test_a_rule_is_measured_with_the_longer_choice_and_the_real_names() -> None:
    chosen = {"Fn::If": ["IsOn", {"Fn::Sub": 'ALARM("${AlarmLag}")'}, "FALSE"]}

    def long(resources: Resources) -> None:
        resources["AlarmLag"]["Properties"]["AlarmName"] = "l" * 250
        resources["CompositeDown"]["Properties"]["AlarmRule"] = {
            "Fn::Sub": [" OR ".join(["${Lag}"] * 40), {"Lag": chosen}]
        }

    (finding,) = findings("T11", MEMBER_TEMPLATE, long)
    assert f"{40 * 259 + 39 * 4:,} characters" in finding.message


@pytest.mark.parametrize(
    "action",
    [TOPIC, {"Ref": "Topic"}, {"Fn::GetAtt": ["Topic", "TopicArn"]}, {"Fn::Sub": "${Topic}"}]
    + [{"Fn::Sub": "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:monitoring-alerts-prod"}],
    ids=str,
)
@pytest.mark.parametrize("name", ["AlarmActions", "OKActions", "InsufficientDataActions"])
def test_an_action_on_our_topic_in_any_spelling(name: str, action: object) -> None:
    (finding,) = findings("T13", MEMBER_TEMPLATE, put("AlarmErrors", [action], name))
    assert finding.path == ("alarms", "errors", "actions", 0)


def test_an_event_rule_publishes_to_our_topic_by_a_role_only() -> None:
    def aim(resources: Resources) -> None:
        resources["AuditRule"]["Properties"]["Targets"][0] = {"Id": "t", "Arn": {"Ref": "Topic"}}

    def aim_with_role(resources: Resources) -> None:
        aim(resources)
        resources["AuditRule"]["Properties"]["Targets"][0]["RoleArn"] = "arn:aws:iam::111111111111:role/x"

    assert "EventBridge cannot publish" in findings("T13", HUB_TEMPLATE, aim)[0].message
    assert findings("T13", HUB_TEMPLATE, aim_with_role) == []


def test_a_topic_with_a_key_of_ones_own_is_another_matter() -> None:
    def own_key(resources: Resources) -> None:
        resources["Topic"]["Properties"]["KmsMasterKeyId"] = "alias/ours"
        resources["AuditRule"]["Properties"]["Targets"][0] = {"Id": "t", "Arn": {"Ref": "Topic"}}

    assert findings("T13", HUB_TEMPLATE, own_key) == []


@pytest.mark.parametrize(
    ("arn", "what"),
    [
        (f"{ARN}:*", "ends in `:*`"),
        ({"Fn::Sub": "${AuditLogGroup.Arn}"}, "ends in `:*`"),
        ({"Fn::GetAtt": "AuditLogGroup.Arn"}, "ends in `:*`"),
        (f"{ARN}-of-others", "no resource policy"),
    ],
    ids=str,
)
def test_a_log_group_that_gets_no_event(arn: object, what: str) -> None:
    (finding,) = findings("T14", HUB_TEMPLATE, audit_target(arn))
    assert what in finding.message


@pytest.mark.parametrize(
    "document",
    [
        statement(Effect="Deny"),
        statement(Principal={"Service": "events.amazonaws.com"}),
        statement(Principal={"Service": "delivery.logs.amazonaws.com"}),
        statement(Principal={"AWS": BOTH}),
        statement(Action=["logs:PutLogEvents"]),
        statement(Resource=f"{ARN}-of-others:*"),
        statement(Resource=ARN),
    ],
    ids=str,
)
def test_a_log_policy_that_does_not_do(document: dict[str, Any]) -> None:
    (finding,) = of_audit(findings("T14", HUB_TEMPLATE, log_policy(json.dumps({"Statement": [document]}))))
    assert f"no resource policy lets EventBridge write to {AUDIT}" in finding.message


@pytest.mark.parametrize(
    "document",
    [
        {"Statement": statement(Resource="arn:aws:logs:us-east-1:111111111111:log-group:/aws/events/*:*")},
        {"Statement": [statement(Principal={"Service": BOTH[0]}), statement(Principal={"Service": [BOTH[1]]})]},
    ],
    ids=["one for all under /aws/events", "a statement for each service"],
)
@pytest.mark.parametrize("form", [dict, json.dumps, lambda document: {"Fn::Sub": json.dumps(document)}])
def test_a_log_policy_that_does(form: Callable[[dict[str, Any]], object], document: dict[str, Any]) -> None:
    assert of_audit(findings("T14", HUB_TEMPLATE, log_policy(form(document)))) == []


@pytest.mark.parametrize(
    ("logical_id", "steps", "value", "queue"),
    [
        ("IncidentQueuePolicy", ("PolicyDocument", "Statement", 0, "Effect"), "Deny", "IncidentQueue"),
        ("IncidentQueuePolicy", ("PolicyDocument", "Statement", 0, "Action"), ["sqs:ReceiveMessage"], "IncidentQueue"),
        (
            "IncidentQueuePolicy",
            ("PolicyDocument", "Statement", 0, "Principal"),
            {"Service": "sns.amazonaws.com"},
            "IncidentQueue",
        ),
        ("EventDeadLettersPolicy", ("Queues",), [{"Ref": "IncidentQueue"}], "EventDeadLetters"),
    ],
)
def test_a_queue_that_does_not_admit_event_bridge(
    logical_id: str, steps: tuple[str | int, ...], value: object, queue: str
) -> None:
    found = findings("T14", HUB_TEMPLATE, put(logical_id, value, *steps))
    assert {finding.message for finding in found} == {f"no queue policy lets EventBridge send to {queue}"}


def test_a_queue_is_known_by_its_type_and_not_by_its_name() -> None:
    def rename(resources: Resources) -> None:
        resources["Inbox"] = resources.pop("IncidentQueue")
        resources["IncidentRule"]["Properties"]["Targets"][0]["Arn"] = {"Fn::GetAtt": ["Inbox", "Arn"]}

    assert [f.message for f in findings("T14", HUB_TEMPLATE, rename)] == [
        "no queue policy lets EventBridge send to Inbox"
    ]


def test_the_bus_of_another_account_wants_a_role() -> None:
    def forget(resources: Resources) -> None:
        del resources["ForwardingRule"]["Properties"]["Targets"][0]["RoleArn"]

    (finding,) = findings("T14", MEMBER_TEMPLATE, forget)
    assert (finding.message, finding.where) == (
        "an event bus as a target requires a role",
        f"{MEMBER_TEMPLATE}: ForwardingRule",
    )


def policies(**changes: object) -> Spoil:
    document = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["arn:aws:sqs:*:*:q"], **changes}
    return put("IncidentRole", [{"PolicyDocument": {"Statement": [document]}}], "Policies")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"Resource": "*"}, "sqs:SendMessage on * is broader"),
        ({"Action": "sqs:*"}, "the action list sqs:* is broader"),
        ({"Action": "*"}, "the action list * is broader"),
        ({"Principal": "*"}, "the principal * without a condition"),
        ({"Principal": {"AWS": "*"}}, "the principal * without a condition"),
        (
            {"Principal": {"AWS": ["*"]}, "Condition": {"StringEquals": {"aws:x": "y"}}},
            "the principal * without a condition",
        ),
        ({"Action": ["cloudwatch:GetMetricData", "sqs:SendMessage"], "Resource": "*"}, "on * is broader"),
    ],
    ids=str,
)
def test_a_statement_that_is_too_wide(changes: dict[str, object], what: str) -> None:
    (finding,) = findings("T18", HUB_TEMPLATE, policies(**changes))
    assert what in finding.message


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"},
        {"Action": ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"], "Resource": "*"},
        {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}},
    ],
    ids=str,
)
def test_a_statement_that_is_as_wide_as_it_has_to_be(changes: dict[str, object]) -> None:
    assert findings("T18", HUB_TEMPLATE, policies(**changes)) == []


def test_the_text_of_a_log_policy_is_read_too() -> None:
    (finding,) = findings("T18", HUB_TEMPLATE, log_policy(json.dumps({"Statement": [statement(Resource="*")]})))
    assert finding.where == f"{HUB_TEMPLATE}: EventLogPolicy"


@pytest.mark.parametrize("expression", ["SUM(SEARCH('{AWS/EC2} x', 'Sum', 60))", "search('{AWS/EC2} x', 'Sum', 60)"])
def test_an_alarm_that_searches(expression: str) -> None:
    (finding,) = findings(
        "T20", MEMBER_TEMPLATE, put("AlarmErrors", [{"Id": "e", "Expression": expression}], "Metrics")
    )
    assert finding.path == ("alarms", "errors")
