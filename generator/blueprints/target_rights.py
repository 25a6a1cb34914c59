"""Permissions of the notifier for text messages, topics and event buses of the file's channels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import StringEquals
from troposphere import Sub

from generator.aws.target_arns import parts
from generator.blueprints.kit.policies import allow, allow_besides
from generator.model.estate import Estate

SNS = "sns.amazonaws.com"


def target_rights(estate: Estate) -> Iterator[Any]:
    """The statements; none for types that no channel has."""
    yield from _sends_texts(estate)
    settings = [dict(channel.settings) for channel in estate.channels]
    topics = sorted({str(channel["topic"]) for channel in settings if "topic" in channel})
    if topics:
        yield allow(["sns:Publish"], topics, sid="PublishesToTopics")
    keys = sorted({(str(channel["key"]), str(channel["topic"])) for channel in settings if "key" in channel})
    for number, (key, topic) in enumerate(keys, 1):
        # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        only_the_topic = When(
            StringEquals(
                {
                    "kms:EncryptionContext:aws:sns:topicArn": topic,
                    "kms:ViaService": Sub(f"sns.{parts(topic).region}.${{AWS::URLSuffix}}"),
                }
            )
        )
        sid = "EncryptsForTopic" + (str(number) if len(keys) > 1 else "")
        yield allow(["kms:Decrypt", "kms:GenerateDataKey"], [key], sid=sid, condition=only_the_topic)
    buses = sorted({str(channel["bus"]) for channel in settings if "bus" in channel})
    if buses:
        yield allow(["events:PutEvents"], buses, sid="PutsEvents")


def _sends_texts(estate: Estate) -> Iterator[Any]:
    """A telephone has no ARN, so a statement that names resources cannot allow it, and one on * would allow every
    topic. SNS sends text messages by End User Messaging on behalf of its caller.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notresource.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-sms-access-management.html
    """
    channels = [channel for channel in estate.channels if channel.type == "sms"]
    regions = sorted({str(dict(channel.settings).get("region", estate.hub.region)) for channel in channels})
    if not regions:
        return
    in_regions = StringEquals({"aws:RequestedRegion": regions})
    every_topic = Sub("arn:${AWS::Partition}:sns:*:*:*")
    yield allow_besides(["sns:Publish"], [every_topic], sid="SendsTexts", condition=When(in_regions))
    through_sns = StringEquals({"aws:CalledViaLast": SNS, "aws:RequestedRegion": regions})
    yield allow(["sms-voice:SendTextMessage"], ["*"], sid="SendsTextsBySns", condition=When(through_sns))
