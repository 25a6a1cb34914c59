"""The customer managed key of a side's log groups, if one of them has `encryption: customer-key`.

CloudWatch Logs uses the key in its own name, bound to the log groups by the encryption context, and since 2025 also in
the name of the principal that reads or writes. So the key admits the account's principals too, through CloudWatch Logs
alone, as the keys do that AWS manages; what they may read and write is said by their own policies, as before.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import ArnEquals, Principal, StringEquals
from awacs.aws import Condition as When
from troposphere import GetAtt, Output, Ref, Sub, kms

from generator.blueprints.kit.concern import Concern
from generator.blueprints.kit.key_administration import ADMINISTRATION, PENDING_DAYS
from generator.blueprints.kit.policies import grant, policy
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.blueprints.kit.stack_values import stack_value
from generator.model.accounts import Side
from generator.model.estate import Estate
from generator.model.logs import LOGS_KEY, LogGroup

PATH = ("log_groups",)
_USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
# In China the services' names end in amazonaws.com.cn.
_LOGS = "logs.${AWS::Region}.${AWS::URLSuffix}"


def resources(estate: Estate, side: Side) -> Iterator[Part]:
    """The key, alias and outputs of one side; nothing if its log groups use AWS's own keys."""
    groups = sorted(estate.keyed_log_groups(side), key=lambda group: group.name)
    if not groups:
        return
    yield kms.Key(
        LOGS_KEY,
        Description=f"Log groups of {estate.project} {estate.environment}",
        EnableKeyRotation=True,
        PendingWindowInDays=PENDING_DAYS,
        KeyPolicy=policy(*_statements(estate, side, groups)),
        Metadata=origin(PATH),
        **DELETED,
    )
    yield kms.Alias(
        "LogsKeyAlias",
        AliasName=f"alias/{estate.name('logs')}",
        TargetKeyId=Ref(LOGS_KEY),
        Metadata=origin(PATH),
        **_unless_existing(estate, side),
    )
    yield Output("LogsKeyId", Description="Key of the encrypted log groups", Value=Ref(LOGS_KEY))
    yield Output("LogsKeyArn", Description="Key of the encrypted log groups", Value=GetAtt(LOGS_KEY, "Arn"))


def _unless_existing(estate: Estate, side: Side) -> dict[str, str]:
    """A unit may contain the hub, whose own stack then has the alias; an account and Region has one of a name."""
    in_both = side is Side.MEMBERS and estate.organizational_units and any(estate.keyed_log_groups(Side.HUB))
    return {"Condition": "IsNotHub"} if in_both else {}


def _statements(estate: Estate, side: Side, groups: list[LogGroup]) -> Iterator[Any]:
    own_account = Principal("AWS", [Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")])
    # In a key's policy "*" is the key itself.
    yield grant(own_account, list(ADMINISTRATION), ["*"], sid="AccountAdministers")
    arn = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
    arns = [stack_value(f"{arn}{group.name}", estate, group.placement) for group in groups]
    these_groups = {"kms:EncryptionContext:aws:logs:arn": arns}
    logs = Principal("Service", [Sub(_LOGS)])
    yield grant(logs, list(_USE), ["*"], sid="LogsUses", condition=When(ArnEquals(these_groups)))
    through_logs = {"kms:CallerAccount": Ref("AWS::AccountId"), "kms:ViaService": Sub(_LOGS)}
    yield grant(
        Principal("AWS", ["*"]),
        list(_USE),
        ["*"],
        sid="AccountUsesThroughLogs",
        condition=When(StringEquals(through_logs)),
    )
    if side is Side.MEMBERS and estate.shares("AWS::Logs::LogGroup"):
        hub = Principal("AWS", [estate.hub.arn("iam", "root", account=estate.hub.account, region="")])
        reading = When([StringEquals({"kms:ViaService": Sub(_LOGS)}), ArnEquals(these_groups)])
        yield grant(hub, ["kms:Decrypt"], ["*"], sid="HubReadsThroughLogs", condition=reading)


CONCERN = Concern(
    hub=lambda inputs: resources(inputs.estate, Side.HUB),
    member=lambda inputs: resources(inputs.estate, Side.MEMBERS),
)
