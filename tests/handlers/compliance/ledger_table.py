"""The checker's table in moto's DynamoDB, made as the blueprint makes it."""

from __future__ import annotations

from typing import Any

TABLE = "tag-compliance-prod"
KEYS = ("pk", "sk", "open_pk", "open_sk", "due_pk", "due_sk")


def create_ledger(client: Any, name: str = TABLE) -> None:
    """One table, its two sparse indexes with keys only."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in KEYS],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": _keys(f"{index}_pk", f"{index}_sk"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index in ("open", "due")
        ],
    )


def _keys(hash_: str, range_: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_, "KeyType": "HASH"}, {"AttributeName": range_, "KeyType": "RANGE"}]
