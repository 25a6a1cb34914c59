"""The key of the event store, where the file asks for one of its own.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from awacs.aws import Condition as When
from awacs.aws import Principal, StringEquals
from troposphere import GetAtt, Output, Ref, Sub, dynamodb, kms

from generator.blueprints.kit.key_administration import ADMINISTRATION, PENDING_DAYS
from generator.blueprints.kit.policies import grant, policy
from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.model.error_log_names import EVENTS
from generator.model.error_logs import EVENTS_KEY, Events
from generator.model.estate import Estate

_USE = (
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


def key(estate: Estate, events: Events) -> Iterator[Part]:
    """Key, alias and output; nothing where DynamoDB's own key is enough."""
    if not events.customer_key:
        return
    # Who may read and write the table is said by their own policies; the key admits them through DynamoDB alone.
    through_dynamodb = {
        "kms:CallerAccount": Ref("AWS::AccountId"),
        "kms:ViaService": Sub("dynamodb.${AWS::Region}.${AWS::URLSuffix}"),
    }
    own_account = Principal("AWS", [Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")])
    # In a key's policy "*" is the key itself.
    statements = (
        grant(own_account, list(ADMINISTRATION), ["*"], sid="AccountAdministers"),
        grant(
            Principal("AWS", ["*"]),
            list(_USE),
            ["*"],
            sid="AccountUsesThroughDynamoDb",
            condition=When(StringEquals(through_dynamodb)),
        ),
    )
    yield kms.Key(
        EVENTS_KEY,
        Description=f"Events of {estate.project} {estate.environment}",
        EnableKeyRotation=True,
        PendingWindowInDays=PENDING_DAYS,
        KeyPolicy=policy(*statements),
        Metadata=origin(events.path),
        **DELETED,
    )
    yield kms.Alias(
        f"{EVENTS_KEY}Alias",
        AliasName=f"alias/{estate.name(EVENTS)}",
        TargetKeyId=Ref(EVENTS_KEY),
        Metadata=origin(events.path),
    )
    yield Output(f"{EVENTS_KEY}Arn", Description="Key of the table of events", Value=GetAtt(EVENTS_KEY, "Arn"))


def table_encryption(events: Events) -> dict[str, Any]:
    """The table's properties that name its key."""
    if not events.customer_key:
        return {}
    encryption = dynamodb.SSESpecification(SSEEnabled=True, SSEType="KMS", KMSMasterKeyId=GetAtt(EVENTS_KEY, "Arn"))
    return {"SSESpecification": encryption}
