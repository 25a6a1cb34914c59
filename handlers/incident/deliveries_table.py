"""The channel worker's half of the table in DynamoDB: leases, what is due, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from handlers.incident import items
from handlers.incident.items import Item, number, text
from handlers.incident.records import ChannelState, Delivery, Incident, Rank, Status
from handlers.incident.table import Conflict, Due

# How often a write is tried that a transaction on the same item got in the way of.
ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class DeliveriesTable:
    """See table.Deliveries. client: of DynamoDB. table: its name."""

    client: Any
    table: str

    def take_lease(self, name: str, now: int, until: int) -> ChannelState | None:
        """See table.Deliveries."""
        for _ in range(ATTEMPTS):
            taken, state = self._update(
                items.channel_key(name),
                "SET fence = if_not_exists(fence, :zero) + :one, lease_until = :until,"
                " due_pk = :channels, due_sk = :name REMOVE missed_wake_up",
                "attribute_not_exists(lease_until) OR lease_until <= :now",
                {
                    ":zero": number(0),
                    ":one": number(1),
                    ":until": number(until),
                    ":now": number(now),
                    ":channels": text(items.CHANNELS),
                    ":name": text(name),
                },
            )
            if taken:
                return items.channel_of(name, state)
            marked, _ = self._update(
                items.channel_key(name),
                "SET missed_wake_up = :fence",
                "fence = :fence AND lease_until > :now",
                {":fence": state["fence"], ":now": number(now)},
            )
            if marked:
                return None
        raise Conflict

    def save_channel(self, channel: ChannelState, now: int, *, release: bool) -> bool:  # noqa: ARG002  # see Protocol
        """See table.Deliveries."""
        saved, state = self._update(
            items.channel_key(channel.name),
            "SET channel = :channel, lease_until = :until",
            "fence = :fence",
            {
                ":channel": text(items.channel_json(channel)),
                ":until": number(0 if release else channel.lease_until),
                ":fence": number(channel.fence),
            },
        )
        if not saved:
            raise Conflict
        return not (release and state.get("missed_wake_up", {}).get("N") == str(channel.fence))

    def channels(self) -> set[str]:
        """See table.Deliveries."""
        return {row["due_sk"]["S"] for row in self._index(items.CHANNELS, None)}

    def forget_channel(self, name: str) -> None:
        """See table.Deliveries."""
        self.client.delete_item(TableName=self.table, Key=items.channel_key(name))

    def due(self, channel: str, rank: Rank, now: int, limit: int) -> list[Due]:
        """See table.Deliveries."""
        between = (f"{rank}#", items.due_sk(rank, now))
        return [items.due_of(row) for row in self._index(items.due_pk(channel), limit, between)]

    def anything_due(self, channel: str, now: int) -> bool:
        """See table.Deliveries."""
        first = self._first(channel)
        if first is None or first.not_before <= now:
            return first is not None
        return any(self.due(channel, rank, now, 1) for rank in Rank)

    def next_due(self, channel: str) -> int | None:
        """See table.Deliveries."""
        if self._first(channel) is None:
            return None
        first = [
            items.due_of(row).not_before
            for rank in Rank
            for row in self._index(items.due_pk(channel), 1, (f"{rank}#", f"{rank}$"))
        ]
        return min(first, default=None)

    def _first(self, channel: str) -> Due | None:
        """What comes first by rank, due or not; most of the time a channel is owed nothing, and that is one query."""
        return next((items.due_of(row) for row in self._index(items.due_pk(channel), 1)), None)

    def load_delivery(self, due: Due) -> tuple[Incident | None, Delivery, int]:
        """See table.Deliveries."""
        keys = [items.incident_key(due.incident), items.delivery_key(due.incident, due.channel)]
        incident, delivery, version = None, Delivery(due.incident, due.channel), 0
        for _ in range(ATTEMPTS):
            rows = {row["sk"]["S"]: row for row in self._get_all(keys)}
            head, row = rows.get(items.HEAD), rows.get(f"{items.DELIVERY}{due.channel}")
            incident = items.incident_of(head) if head else None
            if row is None:
                break
            delivery, version = items.delivery_of(row), int(row["version"]["N"])
            # A batch is no snapshot. Where a decision was written between the two reads, the revision that it owes
            # would be settled with the incident as it was before.
            if incident is None or incident.revision >= delivery.desired:
                break
        return incident, delivery, version

    def save_delivery(
        self, delivery: Delivery, version: int, rank: Rank | None, incident: Incident | None, now: int
    ) -> int | None:
        """See table.Deliveries."""
        item = items.delivery_item(delivery, version + 1, rank, incident, now)
        for _ in range(ATTEMPTS):
            written, there = self._put_delivery(item, version)
            if written:
                return version + 1
            if not version or there.get("version") != number(version):
                return None
            # A decision has raised `desired` meanwhile, and put the row where it is to be found: it stays there.
            raised = replace(delivery, status=Status.OWED, desired=int(there["desired"]["N"]))
            item = items.delivery_item(raised, version + 1, None, incident, now)
            item |= {"due_pk": there["due_pk"], "due_sk": there["due_sk"]}
        return None

    def _put_delivery(self, item: Item, version: int) -> tuple[bool, Item]:
        if not version:
            return self._write(self.client.put_item, {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"})
        return self._write(
            self.client.put_item,
            {
                "Item": item,
                "ConditionExpression": "version = :read AND desired = :desired",
                "ExpressionAttributeValues": {":read": number(version), ":desired": item["desired"]},
            },
        )

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
        asked: Any = {self.table: {"Keys": keys, "ConsistentRead": True}}
        rows: list[Item] = []
        while asked:
            answer = self.client.batch_get_item(RequestItems=asked)
            rows += answer["Responses"].get(self.table, [])
            asked = answer.get("UnprocessedKeys")
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

    def _query(self, limit: int | None, *, values: Item, **asked: Any) -> list[Item]:
        rows: list[Item] = []
        page: dict[str, Any] = {"Limit": limit} if limit else {}
        while True:
            answer = self.client.query(TableName=self.table, ExpressionAttributeValues=values, **asked, **page)
            rows += answer["Items"]
            if "LastEvaluatedKey" not in answer or (limit and len(rows) >= limit):
                return rows
            page["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
