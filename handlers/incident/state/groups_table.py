"""Incidents of several alarms in DynamoDB: what can be joined, who has, and when to look at them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.incident.state import group_items, items, table_writes
from handlers.incident.state.dynamo_calls import DynamoCalls
from handlers.incident.state.group_items import MINUTE_MS
from handlers.incident.state.items import number, text
from handlers.incident.state.records import Acknowledgement, Incident, Member, Summary
from handlers.incident.state.table import OpenGroup, OutstandingDelivery


@dataclass(frozen=True, slots=True)
class GroupsTable(DynamoCalls):
    """See table.Decisions."""

    def open_groups(self, keys: Sequence[str], now: int) -> dict[str, OpenGroup]:  # noqa: ARG002  # see Protocol
        """See table.Decisions."""
        keys_ = [group_items.group_key(key) for key in dict.fromkeys(keys)]
        groups = (group_items.group_of(row) for row in (self._get_all(keys_) if keys_ else ()))
        return {group.key: group for group in groups}

    def close_groups(self, keys: Sequence[str], incident: str) -> None:
        """See table.Decisions."""
        for key in keys:
            self._write(
                self.client.delete_item,
                {
                    "Key": group_items.group_key(key),
                    "ConditionExpression": "incident = :incident",
                    "ExpressionAttributeValues": {":incident": text(incident)},
                },
            )

    def count(self, counter: str, now: int) -> int:
        """See table.Decisions. A write that is tried again may count twice, which does not matter here.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.AtomicCounters
        """
        minute, elapsed = divmod(now, MINUTE_MS)
        answer = self.client.update_item(
            TableName=self.table,
            Key=group_items.count_key(counter, minute),
            UpdateExpression="SET expires = :expires ADD #count :one",
            ExpressionAttributeNames={"#count": "count"},
            ExpressionAttributeValues={":one": number(1), ":expires": group_items.count_expiry(now)},
            ReturnValues="UPDATED_NEW",
        )
        row = self._get(group_items.count_key(counter, minute - 1))
        before = int(row["count"]["N"]) if row else 0
        return int(answer["Attributes"]["count"]["N"]) + before * (MINUTE_MS - elapsed) // MINUTE_MS

    def members(self, incident: str) -> list[Member]:
        """See table.Decisions."""
        rows = self._query(
            None,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :member)",
            ConsistentRead=True,
            values={":pk": text(f"INC#{incident}"), ":member": text(group_items.MEMBER)},
        )
        return [group_items.member_of(row) for row in rows]

    def commit_review(
        self,
        incident: Incident,
        version: int,
        owed: Sequence[OutstandingDelivery],
        now: int,
        *,
        summary: Summary | None = None,
        review_at: int | None = None,
    ) -> None:
        """See table.Decisions."""
        writes = list(table_writes.write_incident(self.table, incident, version, owed, now))
        if summary is not None:
            writes.append(table_writes.put(self.table, group_items.summary_item(incident, summary, now)))
        if review_at is None:
            key = group_items.of_incident(incident.id, group_items.REVIEW)
            writes.append(table_writes.delete(self.table, key))
        else:
            writes.append(table_writes.put(self.table, group_items.review_item(incident.id, review_at, now)))
        self._transact(writes)

    def reviews(self, now: int, limit: int) -> list[str]:
        """See table.Decisions."""
        rows = self._index(group_items.REVIEW, limit, ("0", items.digits(now)))
        return [row["pk"]["S"].removeprefix("INC#") for row in rows]

    def acknowledgement(self, incident: str) -> Acknowledgement | None:
        """See table.Decisions."""
        row = self._get(group_items.of_incident(incident, group_items.ACK))
        return group_items.acknowledgement_of(row) if row else None
