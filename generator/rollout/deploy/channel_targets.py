"""Topics, event buses and telephones of the channels: whether what is sent there can arrive.

In the hub's account they are looked up. What another account has to allow is a note with the statement for its policy,
for the hub cannot read that policy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from generator.aws.regions import partition_of
from generator.aws.target_arns import TargetArn, parts
from generator.rollout.deploy.desired import DesiredState, NotWhatWasBuilt, estate_of
from generator.rollout.deploy.preflight_input import PreflightInput

PUBLISH, PUT_EVENTS = "sns:Publish", "events:PutEvents"
USE_KEY = ["kms:Decrypt", "kms:GenerateDataKey"]
# The key whose policy cannot be changed: every principal of its own account may use it through SNS.
AWS_KEY = "alias/aws/sns"
# What an account may spend in a month until it asks for more, in USD.
# https://docs.aws.amazon.com/sns/latest/dg/channels-sms-awssupport-spend-threshold.html
USUAL_SPEND = 1.0
# SNS asks End User Messaging on behalf of its caller.
# https://docs.aws.amazon.com/sns/latest/dg/security-iam-awsmanpol.html
TEXT_ACTIONS = (
    "sms-voice:DescribeAccountAttributes",
    "sms-voice:DescribeOptedOutNumbers",
    "sms-voice:DescribeSpendLimits",
    "sms-voice:DescribeVerifiedDestinationNumbers",
    "sns:CheckIfPhoneNumberIsOptedOut",
    "sns:GetSMSAttributes",
    "sns:GetSMSSandboxAccountStatus",
    "sns:ListSMSSandboxPhoneNumbers",
)


@dataclass(frozen=True, slots=True)
class ChannelTarget:
    """A channel and where it sends. settings: of its type, in the words of the YAML."""

    name: str
    type: str
    settings: Mapping[str, Any]

    def arn(self, setting: str) -> TargetArn:
        """The parts of the ARN in a setting."""
        return parts(str(self.settings[setting]))


def targets(desired: DesiredState, *types: str) -> tuple[ChannelTarget, ...]:
    """The channels of these types in estate.json. Raises NotWhatWasBuilt."""
    try:
        return tuple(
            ChannelTarget(str(channel["name"]), str(channel["type"]), dict(channel["settings"]))
            for channel in estate_of(desired.files)["channels"]
            if channel["type"] in types
        )
    except (KeyError, TypeError, ValueError):
        raise NotWhatWasBuilt("the channels in estate.json are not the output of a build") from None


def statements(desired: DesiredState) -> Iterator[tuple[str, tuple[str, ...], list[str]]]:
    """Sid, actions and resources of what the checks call; nothing for types that no channel has."""
    hub = desired.hub.account
    topics = sorted({str(t.settings["topic"]) for t in targets(desired, "sns") if t.arn("topic").account == hub})
    if topics:
        yield "Topics", ("sns:GetTopicAttributes",), topics
    buses = sorted({str(t.settings["bus"]) for t in targets(desired, "event_bus") if t.arn("bus").account == hub})
    if buses:
        yield "Buses", ("events:DescribeEventBus",), buses
    if targets(desired, "sms"):
        yield "Texts", TEXT_ACTIONS, ["*"]


def check_topics(context: PreflightInput) -> None:
    """Whether the topics of the hub's account exist, and the notifier may encrypt for them."""
    for target in targets(context.desired, "sns"):
        arn, topic = target.arn("topic"), str(target.settings["topic"])
        if arn.account != context.desired.hub.account:
            _note_policy(context, target, f"topic {topic}", _statement(_role(context), [PUBLISH], topic))
        else:
            _check_topic(context, target, topic, arn.region)
        key = target.settings.get("key")
        if key and parts(str(key)).account != context.desired.hub.account:
            _note_policy(context, target, f"key {key}", _statement(_role(context), USE_KEY, "*"))


def _check_topic(context: PreflightInput, target: ChannelTarget, topic: str, region: str) -> None:
    client = context.hub.client("sns", region)
    try:
        attributes = client.get_topic_attributes(TopicArn=topic)["Attributes"]
    except client.exceptions.NotFoundException:
        context.problem(f"topic {topic} of channel {target.name} does not exist", "create it, or fix `topic`")
        return
    encrypted_by = str(attributes.get("KmsMasterKeyId", ""))
    has_own_key = bool(encrypted_by) and not encrypted_by.endswith(AWS_KEY)
    key = str(target.settings.get("key", ""))
    if has_own_key and not key:
        context.problem(
            f"topic {topic} of channel {target.name} is encrypted with key {encrypted_by}, which the notifier may not"
            " use",
            "set `key` of the channel to the ARN of that key",
        )
    elif has_own_key and "alias/" not in encrypted_by and parts(key).name != encrypted_by.rpartition("/")[2]:
        context.problem(
            f"topic {topic} of channel {target.name} is encrypted with key {encrypted_by}, and `key` is another one",
            "set `key` of the channel to the ARN of that key",
        )
    if _denies(str(attributes.get("Policy", ""))):
        context.report.notes.append(
            f"the policy of topic {topic} denies {PUBLISH} in some cases: it must admit {_role(context)}"
        )


def _denies(policy: str) -> bool:
    """True if a topic's policy has a statement that denies publishing, whatever its condition."""
    try:
        statements = json.loads(policy or "{}").get("Statement", [])
    except (AttributeError, ValueError):
        return False
    for statement in statements if isinstance(statements, list) else [statements]:
        actions = statement.get("Action", [])
        words = {str(word).lower() for word in (actions if isinstance(actions, list) else [actions])}
        if statement.get("Effect") == "Deny" and words & {PUBLISH.lower(), "sns:*", "*"}:
            return True
    return False


def check_buses(context: PreflightInput) -> None:
    """Whether the event buses of the hub's account exist: one that does not swallows what is put, without an error."""
    for target in targets(context.desired, "event_bus"):
        arn, bus = target.arn("bus"), str(target.settings["bus"])
        if arn.account != context.desired.hub.account:
            _note_policy(context, target, f"event bus {bus}", _statement(_role(context), [PUT_EVENTS], bus))
            continue
        client = context.hub.client("events", arn.region)
        try:
            client.describe_event_bus(Name=arn.name)
        except client.exceptions.ResourceNotFoundException:
            context.problem(f"event bus {bus} of channel {target.name} does not exist", "create it, or fix `bus`")


def check_texts(context: PreflightInput) -> None:
    """Whether the account may send text messages, to these numbers and for how much, in each Region that sends them."""
    by_region: dict[str, list[ChannelTarget]] = {}
    for target in targets(context.desired, "sms"):
        by_region.setdefault(str(target.settings.get("region", context.desired.hub.region)), []).append(target)
    for region, telephones in sorted(by_region.items()):
        _check_texts(context, region, telephones)


def _check_texts(context: PreflightInput, region: str, telephones: list[ChannelTarget]) -> None:
    client, notes = context.hub.client("sns", region), context.report.notes
    where = f"account {context.desired.hub.account} in {region}"
    verified: set[str] | None = None
    if client.get_sms_sandbox_account_status()["IsInSandbox"]:
        pages = client.get_paginator("list_sms_sandbox_phone_numbers").paginate()
        verified = {
            number["PhoneNumber"] for page in pages for number in page["PhoneNumbers"] if number["Status"] == "Verified"
        }
    for target in telephones:
        number = str(target.settings["phone_number"])
        if verified is not None and number not in verified:
            notes.append(
                f"{where} is in the SMS sandbox: {number} of channel {target.name} is not verified and receives nothing"
            )
        elif client.check_if_phone_number_is_opted_out(phoneNumber=number)["isOptedOut"]:
            notes.append(f"{number} of channel {target.name} has opted out of text messages of {where}")
    attributes = client.get_sms_attributes(attributes=["MonthlySpendLimit"]).get("attributes", {})
    limit = float(attributes.get("MonthlySpendLimit") or USUAL_SPEND)
    if limit <= USUAL_SPEND:
        notes.append(
            f"{where} spends at most {limit:g} USD a month on text messages, and sends none beyond that: request a"
            " higher spending quota"
        )


def _role(context: PreflightInput) -> str:
    """The ARN of the notifier's role."""
    hub = context.desired.hub
    name = context.template["Resources"]["NotifierRole"]["Properties"]["RoleName"]
    return f"arn:{partition_of(hub.region)}:iam::{hub.account}:role/{name}"


def _statement(role: str, actions: list[str], resource: str) -> str:
    """A statement for the policy of the resource, as JSON."""
    return json.dumps({"Effect": "Allow", "Principal": {"AWS": role}, "Action": actions, "Resource": resource})


def _note_policy(context: PreflightInput, target: ChannelTarget, resource: str, statement: str) -> None:
    context.report.notes.append(
        f"channel {target.name} needs this statement in the policy of {resource}, which is in another account:"
        f" {statement}"
    )
