"""The event store's table in moto's DynamoDB, made as the blueprint makes it."""

from __future__ import annotations

from typing import Any

TABLE = "monitoring-events-prod"
INDEXES = ("recent", "day", "due")


def create_events_table(client: Any, name: str = TABLE) -> None:
    """One table, its three sparse indexes with keys only."""
    keys = ("pk", "sk", *(f"{index}_{key}" for index in INDEXES for key in ("pk", "sk")))
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": _keys(f"{index}_pk", f"{index}_sk"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index in INDEXES
        ],
    )


def _keys(hash_: str, range_: str) -> list[dict[str, str]]:
    return [{"AttributeName": hash_, "KeyType": "HASH"}, {"AttributeName": range_, "KeyType": "RANGE"}]
