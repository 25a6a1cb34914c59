"""Rows of a DynamoDB table, with botocore's low-level client: one by its key, many by theirs, those of a query."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
Item = dict[str, Any]
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
BATCH = 100
# How often keys that were left unprocessed are asked for again, and how long before the first time; then twice that.
ATTEMPTS = 6
PAUSE_S = 0.05


class Throttled(Exception):
    """The table is busier than it can be; the message comes again."""


class TableRows:
    """Reading for adapters of a table. client: of DynamoDB. table: its name. pause: sleeps for seconds."""

    __slots__ = ()
    client: Any
    table: str
    pause: Callable[[float], None]

    def _get(self, key: Item) -> Row | None:
        """The item of a key, read consistently."""
        row: Row | None = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        return row

    def _batch(self, keys: Sequence[Item]) -> list[Row]:
        """The items of these keys, as many as there are, read consistently. Raises Throttled."""
        return [row for start in range(0, len(keys), BATCH) for row in self._batch_of(keys[start : start + BATCH])]

    def _batch_of(self, keys: Sequence[Item]) -> Iterator[Row]:
        """BATCH at most. What a batch leaves out is asked for again.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html#Programming.Errors.BatchOperations
        """
        request: dict[str, Any] = {self.table: {"Keys": list(keys), "ConsistentRead": True}}
        for attempt in range(ATTEMPTS):
            if attempt:
                self.pause(PAUSE_S * 2 ** (attempt - 1))
            answer = self.client.batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(self.table, ())
            request = answer.get("UnprocessedKeys", {})
            if not request:
                return
        raise Throttled(f"{len(request[self.table]['Keys'])} keys were left unprocessed {ATTEMPTS} times")

    def _query(self, condition: str, values: Item, limit: int | None, **more: Any) -> Iterator[Row]:
        """Rows in the order of their sort key, `limit` at most."""
        request = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, **more}
        start: dict[str, Any] = {}
        left = limit
        while left is None or left > 0:
            number_asked = {} if left is None else {"Limit": left}
            answer = self.client.query(TableName=self.table, **request, **number_asked, **start)
            yield from answer["Items"]
            left = None if left is None else left - len(answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
