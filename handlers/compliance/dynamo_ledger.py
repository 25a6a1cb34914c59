"""The checker's memory in DynamoDB, with botocore's low-level client. What the items look like is in `ledger_items.py`.

A row is written on the condition that its version is the one that was read. The client tries again when a write got no
answer; the second try then finds the version that the first has written, and ends in a Conflict: read again, and all is
well. Reads that something is decided by are consistent; indexes never are.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.common.table_rows import TableRows
from handlers.compliance import ledger_items as items
from handlers.compliance.ledger import Conflict, Key, Page, RunningScan, StoredResource
from handlers.compliance.ledger_items import number, text


@dataclass(frozen=True, slots=True)
class DynamoLedger(TableRows):
    """See ledger.Ledger. client: of DynamoDB. table: its name. pause: sleeps for seconds."""

    client: Any
    table: str
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    def load(self, keys: Iterable[Key]) -> dict[Key, StoredResource]:
        """See ledger.Ledger."""
        rows = map(items.resource_of, self._batch([items.resource_key(key) for key in dict.fromkeys(keys)]))
        return {row.key: row for row in rows}

    def save(self, remembered: StoredResource, now: int) -> StoredResource:
        """See ledger.Ledger."""
        item = items.resource_item(remembered, remembered.version + 1, now)
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if remembered.version:
            condition = {
                "ConditionExpression": "version = :read",
                "ExpressionAttributeValues": {":read": number(remembered.version)},
            }
        try:
            self.client.put_item(TableName=self.table, Item=item, **condition)
        except self.client.exceptions.ConditionalCheckFailedException:
            raise Conflict(f"{remembered.type} {remembered.id}") from None
        return items.resource_of(item)

    def open_resources(self, type_: str, after: str, limit: int) -> list[str]:
        """See ledger.Ledger."""
        values = {":pk": text(items.open_pk(type_))}
        condition = "open_pk = :pk"
        if after:
            condition += " AND open_sk > :after"
            values[":after"] = text(after)
        rows = self._query(condition, values, limit, IndexName=items.OPEN_INDEX)
        return [row["open_sk"]["S"] for row in rows]

    def due(self, before: int, limit: int) -> list[Key]:
        """See ledger.Ledger."""
        values = {":pk": text(items.DUE), ":before": text(items.digits(before))}
        rows = self._query("due_pk = :pk AND due_sk < :before", values, limit, IndexName=items.DUE_INDEX)
        return [items.key_of(row) for row in rows]

    def count_in_summary(self) -> int:
        """See ledger.Ledger."""
        asked: dict[str, Any] = {
            "IndexName": items.DUE_INDEX,
            "Select": "COUNT",
            "KeyConditionExpression": "due_pk = :pk",
            "ExpressionAttributeValues": {":pk": text(items.IN_SUMMARY)},
        }
        count = 0
        while True:
            answer = self.client.query(TableName=self.table, **asked)
            count += int(answer["Count"])
            if "LastEvaluatedKey" not in answer:
                return count
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def put_page(self, scan: int, page: Page, now: int) -> None:
        """See ledger.Ledger."""
        self.client.put_item(TableName=self.table, Item=items.page_item(scan, page, now))

    def pages(self, scan: int) -> list[Page]:
        """See ledger.Ledger."""
        values = {":pk": text(items.scan_pk(scan))}
        return [items.page_of(row) for row in self._query("pk = :pk", values, None, ConsistentRead=True)]

    def page_exists(self, scan: int, type_: str, number: int) -> bool:
        """See ledger.Ledger."""
        return self._get(items.page_key(scan, type_, number)) is not None

    def put_total(self, at: int, total: Mapping[str, Any], now: int) -> None:
        """See ledger.Ledger."""
        self.client.put_item(TableName=self.table, Item=items.total_item(at, total, now))

    def totals(self, limit: int) -> list[dict[str, Any]]:
        """See ledger.Ledger."""
        values = {":pk": text(items.SCANS), ":letters": text(items.AFTER_DIGITS)}
        more = {"ScanIndexForward": False, "ConsistentRead": True}
        return [items.total_of(row) for row in self._query("pk = :pk AND sk < :letters", values, limit, **more)]

    def start_scan(self, scan: int, now: int, stale_before: int) -> bool:
        """See ledger.Ledger."""
        try:
            self.client.put_item(
                TableName=self.table,
                Item=items.running_item(scan, now),
                ConditionExpression="attribute_not_exists(pk) OR (started < :stale AND #scan <> :scan)",
                ExpressionAttributeNames={"#scan": "scan"},
                ExpressionAttributeValues={":stale": number(stale_before), ":scan": number(scan)},
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            running = self.running_scan()
            return running is not None and running.scan == scan
        return True

    def running_scan(self) -> RunningScan | None:
        """See ledger.Ledger."""
        row = self._get(items.running_key())
        return items.running_of(row) if row else None

    def end_scan(self, scan: int) -> None:
        """See ledger.Ledger."""
        try:
            self.client.delete_item(
                TableName=self.table,
                Key=items.running_key(),
                ConditionExpression="#scan = :scan",
                ExpressionAttributeNames={"#scan": "scan"},
                ExpressionAttributeValues={":scan": number(scan)},
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return  # another one runs, or none
