"""A DynamoDB table as functions of ours use it: text keys `pk` and `sk`, indexes with keys only, paid by use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from troposphere import dynamodb

from generator.blueprints.kit.stack import DELETED, Part, origin
from generator.findings import Path


def keyed_table(title: str, name: str, indexes: Iterable[str], path: Path, **more: Any) -> Part:
    """A table whose items expire at `expires`. indexes: names; each is on `<name>_pk` and `<name>_sk`."""
    keys = {"HASH": "pk", "RANGE": "sk"}
    of_indexes = {index: {"HASH": f"{index}_pk", "RANGE": f"{index}_sk"} for index in indexes}
    names = [attribute for key in (keys, *of_indexes.values()) for attribute in key.values()]
    return dynamodb.Table(
        title,
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            dynamodb.AttributeDefinition(AttributeName=attribute_name, AttributeType="S") for attribute_name in names
        ],
        KeySchema=_schema(keys),
        GlobalSecondaryIndexes=[
            dynamodb.GlobalSecondaryIndex(
                IndexName=index,
                KeySchema=_schema(key),
                Projection=dynamodb.Projection(ProjectionType="KEYS_ONLY"),
            )
            for index, key in of_indexes.items()
        ],
        TimeToLiveSpecification=dynamodb.TimeToLiveSpecification(AttributeName="expires", Enabled=True),
        Metadata=origin(path),
        **DELETED,
        **more,
    )


def _schema(keys: Mapping[str, str]) -> list[Any]:
    return [dynamodb.KeySchema(AttributeName=name, KeyType=kind) for kind, name in keys.items()]
