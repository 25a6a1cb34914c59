"""Permissions of the two incident functions: the actions that their code calls, for the channels of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import StringEquals
from troposphere import GetAtt, Ref, Sub

from generator.blueprints.kit.policies import allow
from generator.blueprints.target_rights import target_rights
from generator.model.accounts import Side
from generator.model.estate import Estate
from generator.model.logs import LogGroup
from generator.model.placement import has
from generator.model.probes import RUNNER
from generator.model.routing import Channel
from generator.model.stack_values import depends_on_stack, joined

READS_TABLE = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
# A transaction needs the rights of what it is made of.
WRITES_TABLE = ("dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
# The channels whose tickets the decision function itself may open, when there is time left.
INLINE = ("jira",)


def remembers(index: str) -> Iterator[Any]:
    """Actions that read and write the table, and query its index."""
    table = GetAtt("IncidentTable", "Arn")
    yield allow([*READS_TABLE, *WRITES_TABLE], [table], sid="Remembers")
    yield allow(["dynamodb:Query"], [Sub(f"${{IncidentTable.Arn}}/index/{index}")], sid="AsksWhatIsDue")


def consumes_queue(queue: str) -> Any:
    """The actions of an event source mapping, and of changing a message's visibility."""
    actions = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    return allow(actions, [GetAtt(queue, "Arn")], sid="ReadsItsQueue")


def reads_secrets(estate: Estate, types: Iterable[str]) -> Iterator[Any]:
    """The secrets of the channels of these types."""
    channel_types = set(types)
    yield from reads_secrets_of(channel for channel in estate.channels if channel.type in channel_types)


def reads_secrets_of(channels: Iterable[Channel]) -> Iterator[Any]:
    """The secrets of these channels."""
    names = sorted({channel.secret for channel in channels if channel.secret})
    if names:
        # Secrets Manager ends every ARN in six characters of its own.
        arns = [_arn("secretsmanager", f"secret:{name}-??????") for name in names]
        yield allow(["secretsmanager:GetSecretValue"], arns, sid="ReadsItsSecrets")


def reaches_channels(estate: Estate) -> Iterator[Any]:
    """Actions for mail and OpsItems, if there are such channels, and for the log lines that a ticket quotes."""
    types = {channel.type for channel in estate.channels}
    if "email" in types:
        yield allow(["sns:Publish"], [Ref("Topic")], sid="SendsMail")
    if "opsitem" in types:
        # CreateOpsItem knows no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
        yield allow(["ssm:CreateOpsItem"], ["*"], sid="OpensOpsItems")
        yield allow(["ssm:UpdateOpsItem"], [_arn("ssm", "opsitem/*")], sid="ChangesOpsItems")
    yield from target_rights(estate)
    yield from _quotes_logs(estate)


def _quotes_logs(estate: Estate) -> Iterator[Any]:
    groups = _quoted(estate)
    hub = estate.hub
    owners = {Side.HUB: hub.account, Side.MEMBERS: "*"}
    names = sorted(
        {(name, owners[group.side]) for group in groups for name in _names(group, estate)}
        | {(f"/aws/lambda/{estate.name(RUNNER)}", owners[side]) for side in _probing(estate)}
    )
    if names:
        arns = [hub.arn("logs", f"log-group:{name}:*", account=owner) for name, owner in names]
        yield allow(["logs:FilterLogEvents"], arns, sid="QuotesLogs")
    if any(group.keyed or group.key_arn for group in groups):
        # Whose keys they are is not known here: the members' key policies bind them to their log groups.
        keys = f"arn:{estate.hub.partition}:kms:{estate.hub.region}:*:key/*"
        through_logs = When(
            StringEquals(
                {
                    "aws:ResourceOrgID": estate.organization.id,
                    "kms:ViaService": Sub("logs.${AWS::Region}.${AWS::URLSuffix}"),
                }
            )
        )
        yield allow(["kms:Decrypt"], [keys], sid="DecryptsQuotedLogs", condition=through_logs)


def _probing(estate: Estate) -> Iterator[Side]:
    """The sides with probes whose lines a ticket may quote."""
    for side in sorted({Side.HUB if probe.is_of_hub else Side.MEMBERS for probe in estate.probes}):
        if estate.quotes_probe_lines(of_hub=side is Side.HUB):
            yield side


def _quoted(estate: Estate) -> list[LogGroup]:
    """The log groups whose lines a ticket may quote: the hub's own, and the members' where they share them."""
    if not estate.incidents.quotes_logs:
        return []
    filters = {f.key: f for f in estate.metric_filters}
    # Alarms of the hub that are about one member, too.
    about_one = (alarm for alarm in estate.alarms if alarm.side is Side.MEMBERS or alarm.account or alarm.is_of_hub)
    filter_keys = {alarm.counted for alarm in about_one}
    by_key = {group.key: group for group in estate.log_groups}
    groups = (by_key.get(filters[key].log_group) for key in filter_keys if key in filters)
    return [group for group in groups if group and estate.may_read(group)]


def _names(group: LogGroup, estate: Estate) -> Iterator[str]:
    """The names of a log group in the hub's Region, for each account that has it; `*` for accounts that join later."""
    if group.side is Side.HUB or not depends_on_stack(group.name):
        yield group.name
        return
    region = estate.hub.region
    yield from (group.name_in(account, region) for account in estate.accounts if has(group.placement, account.name))
    if estate.organizational_units and has(group.placement, None):
        yield group.name_in(joined("*"), region)


def _arn(aws_service: str, resource: str) -> Sub:
    return Sub(f"arn:${{AWS::Partition}}:{aws_service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")
