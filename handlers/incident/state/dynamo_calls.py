"""The calls to the table in DynamoDB, with botocore's low-level client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from handlers.incident.state import items
from handlers.incident.state.items import Item, text
from handlers.incident.state.table import Conflict

# How often a write is tried that a transaction on the same item got in the way of.
ATTEMPTS = 5
# Somebody else wrote, or was about to; everything else in a cancelled transaction is a fault of another kind.
_CONFLICTS = {"ConditionalCheckFailed", "TransactionConflict"}


@dataclass(frozen=True, slots=True)
class DynamoCalls:
    """client: of DynamoDB. table: its name."""

    client: Any
    table: str

    def _transact(self, writes: Sequence[dict[str, Any]]) -> None:
        """All or nothing. Raises Conflict.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
        """
        try:
            self.client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
            if reasons & _CONFLICTS or error.response["Error"]["Code"] == "TransactionInProgressException":
                raise Conflict from None
            raise

    def _update(self, key: Item, update: str, condition: str, values: Item) -> tuple[bool, Item]:
        """Whether the condition held, and the item as it is then."""
        return self._write(
            self.client.update_item,
            {
                "Key": key,
                "UpdateExpression": update,
                "ConditionExpression": condition,
                "ExpressionAttributeValues": values,
                "ReturnValues": "ALL_NEW",
            },
        )

    def _write(self, operation: Any, parameters: dict[str, Any]) -> tuple[bool, Item]:
        """Whether the condition held, with the item: the new one if it is returned, the one in the way otherwise."""
        for _ in range(ATTEMPTS):
            try:
                answer = operation(TableName=self.table, ReturnValuesOnConditionCheckFailure="ALL_OLD", **parameters)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "ConditionalCheckFailedException":
                    return False, error.response.get("Item", {})
                if code != "TransactionConflictException":
                    raise
            else:
                return True, answer.get("Attributes", {})
        raise Conflict

    def _get(self, key: Item) -> Item | None:
        item: Item | None = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        return item

    def _get_all(self, keys: Sequence[Item]) -> list[Item]:
        request: Any = {self.table: {"Keys": keys, "ConsistentRead": True}}
        rows: list[Item] = []
        while request:
            answer = self.client.batch_get_item(RequestItems=request)
            rows += answer["Responses"].get(self.table, [])
            request = answer.get("UnprocessedKeys")
        return rows

    def _partition(self, pk: str) -> list[Item]:
        """Everything under a partition key, by a consistent read."""
        return self._query(None, KeyConditionExpression="pk = :pk", ConsistentRead=True, values={":pk": text(pk)})

    def _index(self, pk: str, limit: int | None, between: tuple[str, str] | None = None) -> list[Item]:
        """The rows of the index under a key, in order."""
        condition, values = "due_pk = :pk", {":pk": text(pk)}
        if between:
            condition += " AND due_sk BETWEEN :low AND :high"
            values |= {":low": text(between[0]), ":high": text(between[1])}
        return self._query(limit, IndexName=items.INDEX, KeyConditionExpression=condition, values=values)

    def _query(self, limit: int | None, *, values: Item, **params: Any) -> list[Item]:
        rows: list[Item] = []
        page: dict[str, Any] = {"Limit": limit} if limit else {}
        while True:
            answer = self.client.query(TableName=self.table, ExpressionAttributeValues=values, **params, **page)
            rows += answer["Items"]
            if "LastEvaluatedKey" not in answer or (limit and len(rows) >= limit):
                return rows
            page["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
