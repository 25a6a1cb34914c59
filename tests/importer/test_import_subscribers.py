"""Who is notified by a topic: everybody once, over addresses that exist."""

from __future__ import annotations

from typing import Any

import pytest

from tests.importer.written_sources import MEMBER, REGION, alarm, imported, stack

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
