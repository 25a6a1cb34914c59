"""Who is notified by a topic: everybody once, over addresses that exist."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from generator.importer.types import SourceStack
from tests.importer.written_sources import MEMBER, REGION, alarm, imported, stack
from tests.support import built

TOPIC = f"arn:aws:sns:{REGION}:{MEMBER}:alerts"
FUNCTION = f"arn:aws:lambda:{REGION}:{MEMBER}:function:relay"


def _written(*subscribers: tuple[str, str], **topic: Any) -> tuple[str, tuple[str, ...]]:
    """The text and the remarks for a topic `alerts` with these subscribers. topic: its properties."""
    listed = [{"Protocol": protocol, "Endpoint": endpoint} for protocol, endpoint in subscribers]
    properties = {"TopicName": "alerts", "Subscription": listed, **topic}
    own = {key: value for key, value in properties.items() if value}
    rows = {"Alerts": {"Type": "AWS::SNS::Topic", "Properties": own}, "A": alarm(AlarmActions=[{"Ref": "Alerts"}])}
    result, _ = imported(stack(rows), packs={})
    return result.text, result.remarks


def test_an_arn_that_only_aws_knows_is_not_made_up() -> None:
    # Without TopicName, CloudFormation makes a name of the stack, the logical ID and random characters.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html
    text, remarks = _written(TopicName="")
    assert "arn:aws:sns" not in text
    assert "alerts: {type: email, addresses: [fill-in@example.com]}  # fill in" in text
    assert any("the topic Alerts" in remark for remark in remarks)


def test_a_function_of_such_a_topic_is_a_placeholder_as_well() -> None:
    text, remarks = _written(("lambda", FUNCTION), TopicName="")
    assert "arn:aws:sns" not in text and "fill-in@example.com" in text
    assert any("a function of the topic Alerts, of which only AWS knows the ARN" in remark for remark in remarks)


@pytest.mark.parametrize("protocol", ["lambda", "sqs"])
def test_who_is_reached_by_the_topic_is_not_notified_twice(protocol: str) -> None:
    text, _ = _written((protocol, FUNCTION), ("email", "ops@example.com"), ("https", "https://hooks.example.com/x"))
    assert f'alerts: {{type: sns, topic: "{TOPIC}", format: text}}' in text
    assert "ops@example.com" not in text and "hooks.example.com" not in text


def test_a_vendor_has_its_own_channel_beside_the_topic() -> None:
    text, _ = _written(("lambda", FUNCTION), ("https", "https://events.pagerduty.com/integration/0123/enqueue"))
    assert "alerts-pagerduty: {type: pagerduty, secret: imported/alerts-pagerduty}" in text
    assert f'alerts-topic: {{type: sns, topic: "{TOPIC}"}}' in text


def test_amazon_q_is_a_chat() -> None:
    text, _ = _written(("https", "https://global.sns-api.chatbot.amazonaws.com"))
    assert "alerts: {type: slack, secret: imported/alerts}" in text and "chatbot" not in text


OTHER = "333333333333"
_KNOWN = {MEMBER: "shop", OTHER: "ledger"}


def _places(*rows: tuple[str, str]) -> tuple[Any, tuple[str, ...]]:
    """The routes and remarks of alarms in accounts that notify topics of these names."""
    stacks = []
    for account in sorted({account for account, _ in rows}):
        names = [name for of, name in rows if of == account]
        alarms = {
            f"A{number}": alarm(
                f"age-{number}",
                AlarmActions=[f"arn:aws:sns:{REGION}:{account}:{name}"],
                Dimensions=[{"Name": "QueueName", "Value": f"q{number}"}],
            )
            for number, name in enumerate(names)
        }
        stacks.append(stack(alarms, account=account))
    result, _ = imported(*stacks, packs={})
    return of_medium(yaml.safe_load(result.text)), result.remarks


def of_medium(document: dict[str, Any]) -> dict[str, Any]:
    """The rules, and the route of the severity that the alarms have."""
    return {key: value for key, value in document["routes"].items() if key in ("medium", "rules")}


def test_accounts_that_notify_different_topics_have_rules_of_their_own() -> None:
    # One entry has the alarm of both accounts: the phones of the one do not ring for the other.
    routes, remarks = _places((MEMBER, "phones"), (OTHER, "mail"), (OTHER, "mail"))
    rule = {"when": {"account": f"account-{MEMBER}"}, "to": ["phones"]}
    assert routes == {"medium": ["mail"], "rules": [rule]}
    assert not any("different topics" in remark for remark in remarks)


def test_an_account_with_different_topics_has_all_of_them() -> None:
    routes, remarks = _places((MEMBER, "phones"), (MEMBER, "mail"), (OTHER, "chat"))
    rule = {"when": {"account": f"account-{OTHER}"}, "to": ["chat"]}
    assert routes == {"medium": ["mail", "phones"], "rules": [rule]}
    assert any("different topics" in remark and "all 2 channels" in remark for remark in remarks)


def _namesakes(*subscribed: tuple[str, str]) -> dict[str, Any]:
    """The document for a topic `alerts` in several accounts, each with its subscriber; "" where it is not known."""
    stacks = []
    for account, address in subscribed:
        rows = [{"Protocol": "email", "Endpoint": address}] if address else []
        topic = {"TopicName": "alerts", "Subscription": rows}
        arn = f"arn:aws:sns:{REGION}:{account}:alerts"
        resources = {"Alerts": {"Type": "AWS::SNS::Topic", "Properties": topic}, "A": alarm(AlarmActions=[arn])}
        stacks.append(stack(resources, account=account, name=_KNOWN.get(account, "mail")))
    result, _ = imported(*stacks, packs={})
    return dict(yaml.safe_load(result.text))


def test_topics_of_one_name_with_the_same_subscribers_are_one_channel() -> None:
    document = _namesakes((MEMBER, "ops@example.com"), (OTHER, "ops@example.com"))
    assert document["channels"] == {"alerts": {"type": "email", "addresses": ["ops@example.com"]}}
    assert of_medium(document) == {"medium": ["alerts"]}


def test_topics_of_one_name_with_other_subscribers_are_channels_of_their_accounts() -> None:
    document = _namesakes((MEMBER, "a@example.com"), (OTHER, "b@example.com"), ("444444444444", "b@example.com"))
    addresses = {key: channel["addresses"] for key, channel in document["channels"].items()}
    assert addresses == {"alerts": ["b@example.com"], "alerts-shop": ["a@example.com"]}
    rule = {"when": {"account": "shop"}, "to": ["alerts-shop"]}
    assert of_medium(document) == {"medium": ["alerts"], "rules": [rule]}


def test_a_topic_whose_subscribers_are_not_known_stays_with_its_account() -> None:
    document = _namesakes((MEMBER, ""), (OTHER, ""), ("444444444444", "b@example.com"))
    topics = {key: channel.get("topic") for key, channel in document["channels"].items()}
    of_members = {f"alerts-{name}": f"arn:aws:sns:{REGION}:{account}:alerts" for account, name in _KNOWN.items()}
    assert topics == {"alerts-mail": None, **of_members}
    assert [rule["to"] for rule in document["routes"]["rules"]] == [["alerts-mail"], ["alerts-shop"]]


def test_every_severity_has_a_route_so_that_entries_can_be_added() -> None:
    topics = [f"arn:aws:sns:{REGION}:{MEMBER}:{name}" for name in ("critical-alerts", "warning-alerts")]
    rows = {
        name: alarm(name, AlarmActions=[arn], Dimensions=[{"Name": "QueueName", "Value": name}])
        for name, arn in zip("ab", topics, strict=True)
    }
    result, build = imported(stack(rows), packs={})
    assert (
        "critical: [critical-alerts]\n  high: [critical-alerts]\n  medium: [warning-alerts]\n  low: [w" in result.text
    )
    assert any("high as critical, low as medium" in remark for remark in result.remarks)
    # What `obsgen discover` proposes: the alarms of a pack with the severities of the pack.
    added = "services: {orders: {type: sqs, queue: orders}}\n"
    findings = built(result.text + added).findings
    assert "H10" in {row.code for row in built(re.sub("  high: .*\n", "", result.text) + added).findings}
    assert not [finding for finding in findings if finding.severity == "error"]


def test_who_gets_more_messages_than_before_is_said() -> None:
    # https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
    def rows(region: str, **more: Any) -> dict[str, Any]:
        arn = f"arn:aws:sns:{region}:{MEMBER}:alerts"
        subscription = {"TopicArn": arn, "Protocol": "email", "Endpoint": f"{region}@example.com", **more}
        return {
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "alerts"}},
            "Mail": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
            "A": alarm("a", AlarmActions=[arn]),
        }

    def said(*stacks: SourceStack) -> list[str]:
        remarks = imported(*stacks, packs={})[0].remarks
        return [remark for remark in remarks if "filter policy" in remark or "several Regions" in remark]

    assert said(stack(rows(REGION))) == []
    (filtered,) = said(stack(rows(REGION, FilterPolicy={"severity": ["critical"]})))
    assert filtered.startswith("channels: a subscription of alerts has a filter policy")
    (regions,) = said(stack(rows(REGION)), stack(rows("eu-west-1"), region="eu-west-1"))
    assert regions.startswith("channels: topics alerts of several Regions have different subscribers")
