"""The incident functions' table on moto's server, and what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session

from handlers.incident.state.dynamo import DynamoTable
from tests.handlers.table_world import TABLE, create_table
from tests.handlers.world import moto


@contextmanager
def dynamo_client() -> Iterator[Any]:
    """A client of moto's server."""
    with moto() as endpoint:
        session = botocore.session.get_session()
        session.set_credentials("nobody", "nothing")
        yield session.create_client("dynamodb", endpoint_url=endpoint, region_name="us-east-1")


def dynamo(client: Any) -> DynamoTable:
    """An empty table."""
    for name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=name)
    create_table(client)
    return DynamoTable(client, TABLE)


def rows(client: Any) -> list[dict[str, Any]]:
    """Every item."""
    return list(client.scan(TableName=TABLE)["Items"])


def size(item: dict[str, Any]) -> int:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    return sum(
        len(name) + sum(len(str(value).encode()) for value in attribute.values()) for name, attribute in item.items()
    )
