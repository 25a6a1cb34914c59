"""Channels that are AWS: phone numbers, ARNs of topics, buses and keys, and what the notifier may do with them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.build import HUB_TEMPLATE
from generator.findings import Severity, dotted
from generator.render.resource_changes import statement_changes
from generator.render.routing import routing_json
from tests.support import built, spec

TOPIC = "arn:aws:sns:us-east-1:111111111111:incidents"
BUS = "arn:aws:events:us-east-1:111111111111:event-bus/incidents"
KEY = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def faults(channel: str, more: str = "") -> list[tuple[str, str, str]]:
    text = spec(f"channels: {{one: {{{channel}}}}}\nroutes: {{critical: [one, mail]}}\n{more}")
    return [(f.code, dotted(f.path), f.hint) for f in built(text).findings if f.severity is Severity.ERROR]


def statements(channels: str, more: str = "") -> dict[str, dict[str, Any]]:
    """The notifier's statements by their ids."""
    template = built(spec(f"channels: {{{channels}}}\n{more}")).templates["prod"][HUB_TEMPLATE]
    (policy,) = template["Resources"]["NotifierRole"]["Properties"]["Policies"]
    return {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}


@pytest.mark.parametrize("number", ["+15555550100", "+442079460000", "+4915112345678", "+390612345678"])
def test_a_number_in_e164_is_taken(number: str) -> None:
    assert faults(f'type: sms, phone_number: "{number}"') == []


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        # YAML reads this as a number, and so it drops the plus.
        ("+15555550100", 'write "+15555550100"'),
        ('"+1 (555) 555-0100"', 'write "+15555550100"'),
        ('"0044 20 7946 0000"', 'write "+442079460000"'),
        ('"020 7946 0000"', "use a number such as"),
        ('"+0155555501"', "use a number such as"),
        ('"+1234567890123456"', "use a number such as"),
        ('"call me"', "use a number such as"),
        ("[]", "use a number such as"),
        ("null", ""),
    ],
)
def test_another_number_is_told_what_to_write(number: str, hint: str) -> None:
    ((code, path, told),) = faults(f"type: sms, phone_number: {number}")
    assert code in ("S02", "S03") and path == "channels.one.phone_number"
    assert told.startswith(hint)


@pytest.mark.parametrize("sender", ["Shop Ops", "12345", "AB", "AVeryLongSender", "shöp"])
def test_a_sender_is_letters_and_digits(sender: str) -> None:
    ((code, path, _),) = faults(f'type: sms, phone_number: "+15555550100", sender_id: "{sender}"')
    assert (code, path) == ("S03", "channels.one.sender_id")


@pytest.mark.parametrize(
    ("channel", "path", "hint"),
    [
        (f'type: sns, topic: "{TOPIC}:1234abcd-12ab-34cd-56ef-1234567890ab"', "topic", "this is a subscription"),
        (f'type: sns, topic: "{TOPIC}.FIFO"', "topic", "the name of a FIFO topic ends in .fifo"),
        ("type: sns, topic: incidents", "topic", "use an ARN such as arn:aws:sns:"),
        (f'type: sns, topic: "{BUS}"', "topic", "use an ARN such as arn:aws:sns:"),
        ('type: sns, topic: "arn:aws:sns:eu-wset-1:111111111111:x"', "topic", "did you mean `eu-west-1`"),
        ('type: sns, topic: "arn:aws:sns:cn-north-1:111111111111:x"', "topic", "arn:aws-cn:sns:…"),
        (f'type: sns, topic: "{TOPIC}", key: alias/aws/sns', "key", "remove it: "),
        (
            f'type: sns, topic: "{TOPIC}", key: "arn:aws:kms:us-east-1:111111111111:alias/x"',
            "key",
            "use the ARN of",
        ),
        (f'type: sns, topic: "{TOPIC}", format: xml', "format", ""),
        (f'type: event_bus, bus: "{TOPIC}"', "bus", "use an ARN such as arn:aws:events:"),
        ("type: event_bus, bus: default", "bus", "use an ARN such as arn:aws:events:"),
        (
            'type: event_bus, bus: "arn:aws:events:us-east-1:111111111111:event-bus/aws.partner/x.com/y"',
            "bus",
            "a partner's bus",
        ),
        (f'type: event_bus, bus: "{BUS}", digest: {{}}', "digest", "remove it"),
        (f'type: event_bus, bus: "{BUS}", missed: digest', "missed", "use one of each, never"),
    ],
)
def test_another_arn_is_told_what_to_write(channel: str, path: str, hint: str) -> None:
    ((code, where, told),) = faults(channel)
    assert (code, where) == ("S03", f"channels.one.{path}")
    assert told.startswith(hint), told


@pytest.mark.parametrize(
    ("channel", "path"),
    [
        ('type: sns, topic: "arn:aws-cn:sns:cn-north-1:111111111111:x"', "topic"),
        ('type: event_bus, bus: "arn:aws-us-gov:events:us-gov-west-1:111111111111:event-bus/x"', "bus"),
        ('type: sms, phone_number: "+15555550100", region: us-gov-west-1', "region"),
        (f'type: sns, topic: "{TOPIC}", key: "{KEY.replace("us-east-1", "eu-west-1")}"', "key"),
    ],
)
def test_what_permissions_cannot_reach_is_refused(channel: str, path: str) -> None:
    ((code, where, hint),) = faults(channel)
    assert (code, where) == ("R05", f"channels.one.{path}") and hint


@pytest.mark.parametrize(
    ("channel", "is_own"),
    [
        ('type: sns, topic: "arn:aws:sns:us-east-1:111111111111:monitoring-alerts-prod"', True),
        ('type: sns, topic: "arn:aws:sns:us-east-1:111111111111:monitoring-alerts-{environment}"', True),
        ('type: sns, topic: "arn:aws:sns:us-east-1:222222222222:monitoring-alerts-prod"', False),
        ('type: event_bus, bus: "arn:aws:events:us-east-1:111111111111:event-bus/observability-bus-prod"', True),
        ('type: event_bus, bus: "arn:aws:events:us-east-1:111111111111:event-bus/default"', False),
    ],
)
def test_obsgens_own_topic_and_bus_are_refused(channel: str, *, is_own: bool) -> None:
    assert [code for code, _, _ in faults(channel)] == (["T64"] if is_own else [])


def test_a_role_without_such_channels_has_none_of_the_statements() -> None:
    known = statements("")
    assert not {"SendsTexts", "SendsTextsBySns", "PublishesToTopics", "EncryptsForTopic", "PutsEvents"} & known.keys()


def test_each_right_is_for_what_the_file_names() -> None:
    """https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html: what a publisher needs of a key."""
    known = statements(
        f'a: {{type: sns, topic: "{TOPIC}", key: "{KEY}"}}, b: {{type: sns, topic: "{TOPIC}", format: text}},'
        f' c: {{type: event_bus, bus: "{BUS}"}}, d: {{type: sms, phone_number: "+15555550100"}},'
        ' e: {type: sms, phone_number: "+15555550101", region: eu-west-1}'
    )
    assert known["PublishesToTopics"]["Resource"] == [TOPIC]
    assert known["PutsEvents"]["Resource"] == [BUS]
    key = known["EncryptsForTopic"]
    assert (key["Action"], key["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], [KEY])
    assert key["Condition"]["StringEquals"]["kms:EncryptionContext:aws:sns:topicArn"] == TOPIC
    texts = known["SendsTexts"]
    assert texts["NotResource"] == [{"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"}] and "Resource" not in texts
    assert texts["Condition"]["StringEquals"]["aws:RequestedRegion"] == ["eu-west-1", "us-east-1"]
    assert known["SendsTextsBySns"]["Condition"]["StringEquals"]["aws:CalledViaLast"] == "sns.amazonaws.com"


def test_a_diff_says_what_a_statement_leaves_out() -> None:
    """Without it the line would read as a permission for every topic."""
    templates = built(spec('channels: {a: {type: sms, phone_number: "+15555550100"}}')).templates["prod"]
    (line,) = [
        s.statement for s in statement_changes({}, templates) if s.statement.startswith("Allow sns:Publish on ev")
    ]
    assert line.startswith("Allow sns:Publish on everything but arn:${AWS::Partition}:sns:*:*:* if StringEquals")


def test_no_other_statement_may_leave_its_resource_open() -> None:
    """T18 knows this one; what leaves anything else out is as wide as a star."""
    from generator.checks.check import Subject
    from generator.checks.truth import t18_least_privilege

    made = built(spec())
    role = made.templates["prod"][HUB_TEMPLATE]["Resources"]["NotifierRole"]
    open_statement = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "NotResource": ["arn:aws:sqs:*:*:x"]}
    properties = {**role["Properties"], "Policies": [{"PolicyDocument": {"Statement": [open_statement]}}]}
    subject = Subject(made.estates["prod"], {"hub": {"Resources": {"Role": {**role, "Properties": properties}}}})
    (finding,) = t18_least_privilege.check(subject)
    assert "all but some resources" in finding.message


def test_the_environment_is_filled_in() -> None:
    text = spec(
        "channels: {one: {type: event_bus,"
        ' bus: "arn:aws:events:us-east-1:111111111111:event-bus/{project}-{environment}"}}'
    )
    channel = json.loads(routing_json(built(text).estates["prod"]))["channels"]["one"]
    assert channel["bus"].endswith(":event-bus/shop-prod")
