"""Who can put what where, by the policies of the built templates; docs/security.md says it to people.

Which condition keys a call has stands in tests/policies.py, after IAM's page on global keys:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from generator.build import HUB_TEMPLATE, MEMBER_TEMPLATE
from tests.policies import Caller, Place, matches
from tests.support import ROOT, built, spec

ORGANIZATION, UNIT = "o-a1b2c3d4e5", "ou-ab12-cdefgh34"
HUB_ACCOUNT, ALPHA, STRANGER = "111111111111", "222222222222", "999999999999"
AUDIT = "audit: {alarm_changes: true}\nregions: [us-east-1, eu-west-1]"
UNITS = f"{AUDIT}\naccounts: null\norganizational_units: [{UNIT}]"
BOTH = f"{AUDIT}\norganizational_units: [{UNIT}]"
ROOT_UNIT = f"{AUDIT}\naccounts: null\norganizational_units: [r-ab12]"
PUT = "events:PutEvents"


def place(change: str = AUDIT) -> Place:
    made = built(spec(change))
    assert made.templates, made.findings
    return Place(made.templates["prod"][HUB_TEMPLATE], HUB_ACCOUNT)


def role(account: str = ALPHA, name: str = "alarm-forwarding-role-us-east-1-prod", **other: str) -> Caller:
    """EventBridge with a rule's role: the call is signed by that role, or the organization's key would not be there."""
    path = f"{ORGANIZATION}/r-ab12/ou-ab12-11111111/{UNIT}/"
    given = {"principal": f"arn:aws:iam::{account}:role/{name}", "organization": ORGANIZATION, "path": path}
    return Caller(**given | other)  # type: ignore[arg-type]  # texts only


def alarm(account: str = ALPHA, name: str = "errors-alarm-prod", **other: Any) -> dict[str, Any]:
    said = {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "account": account}
    return {**said, "detail": {"alarmName": name}, **other}


FORWARDING = [
    role(),
    role("333333333333"),
    role(name="alarm-forwarding-role-eu-west-1-prod"),
]
FORGERS = {
    "another organization": role(organization="o-z9y8x7w6v5", path="o-z9y8x7w6v5/r-zz99/"),
    "no organization": role(organization=""),
    "another role of a named account": role(name="Admin"),
    "a user of a named account": role(principal=f"arn:aws:iam::{ALPHA}:user/admin"),
    "the account itself, by a rule without a role": role(principal=f"arn:aws:iam::{ALPHA}:root"),
    "another environment's forwarding role": role(name="alarm-forwarding-role-us-east-1-dev"),
    "a role whose environment ends alike": role(name="alarm-forwarding-role-us-east-1-pre-prod"),
    "a Region that has no members": role(name="alarm-forwarding-role-ap-south-1-prod"),
    "a role below a path": role(name="x/alarm-forwarding-role-us-east-1-prod"),
    "a rule of another account, by the service": Caller(
        service="events.amazonaws.com", source=f"arn:aws:events:us-east-1:{ALPHA}:rule/alarm-forwarding-rule-prod"
    ),
}


@pytest.mark.parametrize("caller", FORWARDING, ids=lambda caller: caller.principal)
@pytest.mark.parametrize("change", [AUDIT, BOTH])
def test_the_forwarding_roles_put_events_on_the_hubs_bus(change: str, caller: Caller) -> None:
    assert place(change).may(caller, PUT, "Bus")


@pytest.mark.parametrize("change", [AUDIT, UNITS, BOTH], ids=["accounts", "units", "both"])
@pytest.mark.parametrize("forger", FORGERS)
def test_nobody_else_does(change: str, forger: str) -> None:
    assert not place(change).may(FORGERS[forger], PUT, "Bus")


def test_an_account_that_the_file_does_not_name_cannot_though_it_calls_its_role_so() -> None:
    outside = role(STRANGER, path=f"{ORGANIZATION}/r-ab12/ou-ab12-99999999/")
    assert not place().may(outside, PUT, "Bus")
    assert not place(UNITS).may(outside, PUT, "Bus")
    assert not place(BOTH).may(outside, PUT, "Bus")


@pytest.mark.parametrize("change", [UNITS, BOTH, ROOT_UNIT])
@pytest.mark.parametrize("path", [f"r-ab12/{UNIT}/", f"r-ab12/ou-ab12-1111/{UNIT}/", f"r-ab12/{UNIT}/ou-ab12-2222/"])
def test_an_account_that_joined_the_unit_or_one_below_it_does(change: str, path: str) -> None:
    assert place(change).may(role(STRANGER, path=f"{ORGANIZATION}/{path}"), PUT, "Bus")


def test_the_role_in_the_policy_is_the_one_that_the_rules_use() -> None:
    for region in ("us-east-1", "eu-west-1"):
        member = Place(built(spec(AUDIT)).templates["prod"][MEMBER_TEMPLATE], ALPHA, region)
        for rule in ("ForwardingRule", "HeartbeatRule"):
            (target,) = member.properties(rule)["Targets"]
            assert place().may(role(principal=target["RoleArn"]), PUT, "Bus")
            assert member.may_assume(Caller(service="events.amazonaws.com", source=member.arn(rule)), "ForwardingRole")
            assert target["Arn"] == place().arn("Bus")


def test_the_forwarding_role_is_taken_by_its_rules_only() -> None:
    member = Place(built(spec(AUDIT)).templates["prod"][MEMBER_TEMPLATE], ALPHA)
    other = Caller(service="events.amazonaws.com", source=f"arn:aws:events:us-east-1:{ALPHA}:rule/somebody-elses")
    elsewhere = replace(other, source=f"arn:aws:events:us-east-1:{STRANGER}:rule/alarm-forwarding-rule-prod")
    for caller in (other, elsewhere, role(name="Admin"), Caller(service="lambda.amazonaws.com", source=other.source)):
        assert not member.may_assume(caller, "ForwardingRole")


def test_the_hubs_own_alarms_come_by_its_forwarding_role() -> None:
    hub = place()
    (target,) = hub.properties("HubForwardingRule")["Targets"]
    own = Caller(principal=target["RoleArn"])
    assert hub.may(own, PUT, "Bus")
    assert not hub.may(replace(own, principal=f"arn:aws:iam::{HUB_ACCOUNT}:role/Admin"), PUT, "Bus")
    assert not hub.may(replace(own, principal=own.principal.replace(HUB_ACCOUNT, STRANGER)), PUT, "Bus")


@pytest.mark.parametrize("change", [AUDIT, UNITS, BOTH], ids=["accounts", "units", "both"])
def test_nobody_is_admitted_without_a_condition_and_none_that_a_missing_key_fulfils(change: str) -> None:
    """`ForAllValues` and `IfExists` hold where the key is missing."""
    for statement in place(change).statements_on("Bus"):
        assert "aws:PrincipalArn" in str(statement["Condition"])
        assert statement["Principal"] != "*" or "aws:PrincipalOrgID" in str(statement["Condition"])
        assert not [name for name in statement["Condition"] if "ForAllValues" in name or "IfExists" in name]


@pytest.mark.parametrize("count", [3, 96, 97, 497, 498, 1_500])
def test_policy_and_patterns_stay_within_their_quotas_however_many_accounts_there_are(count: int) -> None:
    """10,240 and 2,048 characters: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"""
    names = "".join(f"\n  m{n}: {{id: '{200_000_000_000 + n}'}}" for n in range(count))
    hub = place(f"{AUDIT}\naccounts:{names}")
    size = sum(len(json.dumps(one, separators=(",", ":"))) for one in hub.statements_on("Bus"))
    assert size < 10_240 - 200
    for rule in ("IncidentRule", "AuditRule"):
        pattern = hub.properties(rule)["EventPattern"]
        assert len(json.dumps(pattern, separators=(",", ":"))) <= 2_048
        assert matches(pattern, alarm(f"{200_000_000_000 + count - 1}"))
        assert matches(pattern, alarm(STRANGER)) == (count + 4 > 100)
    assert hub.may(role(f"{200_000_000_000 + count - 1}"), PUT, "Bus")
    assert hub.may(role(STRANGER), PUT, "Bus") == (count + 3 > 500)


@pytest.mark.parametrize("rule", ["IncidentRule", "AuditRule"])
def test_rules_take_alarms_of_named_accounts_and_of_the_hub(rule: str) -> None:
    pattern = place().properties(rule)["EventPattern"]
    assert matches(pattern, alarm()) and matches(pattern, alarm(HUB_ACCOUNT))
    assert not matches(pattern, alarm(STRANGER))
    assert matches(place(UNITS).properties(rule)["EventPattern"], alarm(STRANGER))


FORGED = [
    alarm(source="obsgen"),
    alarm(source="obsgen", **{"detail-type": "Compliance Finding"}),
    alarm(source="obsgen", **{"detail-type": "Look Again"}),
    alarm(**{"detail-type": "CloudWatch Alarm Configuration Change"}),
    alarm(source="aws.cloudwatch.mine"),
]


@pytest.mark.parametrize("change", [AUDIT, UNITS], ids=["accounts", "units"])
@pytest.mark.parametrize("event", FORGED, ids=lambda event: f"{event['source']} {event['detail-type']}")
def test_nothing_on_the_bus_listens_to_another_source(change: str, event: dict[str, Any]) -> None:
    hub = place(change)
    listening = [name for name, one in hub.template["Resources"].items() if "EventBusName" in one["Properties"]]
    assert {"IncidentRule", "AuditRule", "HeartbeatRule"} < set(listening)
    for title in (*listening, "EventArchive"):
        pattern = hub.properties(title).get("EventPattern")
        assert pattern is None or not matches(pattern, event)


def test_a_heartbeat_is_counted() -> None:
    beat = {
        "source": "aws.events",
        "detail-type": "Scheduled Event",
        "account": ALPHA,
        "resources": [f"arn:aws:events:us-east-1:{ALPHA}:rule/heartbeat-rule-prod"],
    }
    assert matches(place().properties("HeartbeatRule")["EventPattern"], beat)


def by_rule(source: str) -> Caller:
    return Caller(service="events.amazonaws.com", source=source)


def test_the_incident_queue_takes_from_the_incident_rule_and_nobody_else() -> None:
    hub = place()
    assert hub.may(by_rule(hub.arn("IncidentRule")), "sqs:SendMessage", "IncidentQueue")
    for caller in (
        by_rule(hub.arn("AuditRule")),
        by_rule(hub.arn("IncidentRule").replace(HUB_ACCOUNT, STRANGER)),
        by_rule(f"arn:aws:events:us-east-1:{HUB_ACCOUNT}:rule/incident-rule-prod"),
        Caller(service="sns.amazonaws.com", source=hub.arn("Topic")),
        *FORWARDING,
        *FORGERS.values(),
    ):
        assert not hub.may(caller, "sqs:SendMessage", "IncidentQueue")
        assert not hub.may(caller, "sqs:ReceiveMessage", "IncidentQueue")


def test_dead_letters_come_from_the_hubs_rules() -> None:
    hub = place()
    for rule in ("IncidentRule", "AuditRule", "HeartbeatRule", "HubForwardingRule"):
        assert hub.may(by_rule(hub.arn(rule)), "sqs:SendMessage", "EventDeadLetters")
    for caller in (by_rule(hub.arn("IncidentRule").replace(HUB_ACCOUNT, STRANGER)), *FORWARDING, *FORGERS.values()):
        assert not hub.may(caller, "sqs:SendMessage", "EventDeadLetters")
    for queue in ("IncidentDeadLetters", "PathWatcherDeadLetters"):
        assert hub.statements_on(queue) == []


def test_the_topic_is_published_to_by_two_roles_of_the_hub() -> None:
    hub = place()
    for name in ("NotifierRole", "PathWatcherRole"):
        assert hub.may(Caller(principal=hub.arn(name)), "sns:Publish", "Topic")
    services = [
        Caller(service=f"{name}.amazonaws.com", source=hub.arn("IncidentRule")) for name in ("cloudwatch", "events")
    ]
    for caller in (*services, *FORWARDING, *FORGERS.values()):
        assert not hub.may(caller, "sns:Publish", "Topic")


def test_the_table_is_written_by_the_two_functions_only_and_has_no_policy() -> None:
    hub = place()
    assert "ResourcePolicy" not in hub.properties("IncidentTable")
    table = hub.arn("IncidentTable")
    assert {who for who, action, on in hub.grants() if action.startswith("dynamodb:")} == {
        "IncidentRole",
        "NotifierRole",
    }
    on_what = {on for _, action, on in hub.grants() if action.startswith("dynamodb:")}
    assert on_what == {table, f"{table}/index/due"}


def test_nobody_from_outside_the_hub_may_invoke_a_function() -> None:
    hub = place()
    permissions = [
        hub.resolved(one["Properties"])
        for one in hub.template["Resources"].values()
        if one["Type"] == "AWS::Lambda::Permission"
    ]
    assert {one["SourceAccount"] for one in permissions} == {HUB_ACCOUNT}
    assert not [one for one in permissions if one["FunctionName"] == hub.arn("IncidentFunction")]


def test_the_page_names_every_place_that_has_a_policy() -> None:
    """Each place that others can put something into has its row, and no row is about what is not there."""
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([\w-]+)`", page, re.MULTILINE))
    everything = f"{AUDIT}\ncompliance: {{}}\nlog_groups: {{application: {{archive: {{retain: 90d}}}}}}"
    hub = place(everything)
    written = {"AWS::Events::EventBus": "Name", "AWS::SQS::Queue": "QueueName", "AWS::SNS::Topic": "TopicName"}
    written |= {"AWS::DynamoDB::Table": "TableName", "AWS::Lambda::Function": "FunctionName"}
    member = Place(built(spec(everything)).templates["prod"][MEMBER_TEMPLATE], ALPHA)
    there = {
        str(one["Properties"][written[one["Type"]]]).removesuffix("-prod")
        for template in (hub.template, member.template)
        for one in template["Resources"].values()
        if one["Type"] in written
    }
    assert there == rows
