"""The table in DynamoDB, with botocore's low-level client. What the items look like is in `items.py`.

A decision is one transaction; each of its conditions is on a version that was read. What it owes to a channel is an
update without a condition, so that it never has to wait for that channel's worker.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from handlers.incident import items, parked_items, previous_item
from handlers.incident.deliveries_table import DeliveriesTable
from handlers.incident.events import Key
from handlers.incident.items import Item, number, text
from handlers.incident.records import Alarm, Delivery, Incident, Status
from handlers.incident.table import Conflict, Owed, Parked, PreviousItem, Remembered

# Somebody else wrote, or was about to; everything else in a cancelled transaction is a fault of another kind.
_CONFLICTS = {"ConditionalCheckFailed", "TransactionConflict"}


@dataclass(frozen=True, slots=True)
class DynamoTable(DeliveriesTable):
    """See table.Decisions and table.Deliveries."""

    def load(self, key: Key) -> Remembered:
        """See table.Decisions."""
        rows = {item["sk"]["S"]: item for item in self._partition(items.alarm_pk(key))}
        head = rows.get(items.HEAD)
        alarm, version = (items.alarm_of(key, head), int(head["version"]["N"])) if head else (Alarm(key), 0)
        old = rows.get(previous_item.SORT)
        previous = None
        if old:
            converted, previous = previous_item.turned_over(key, old["history"]["S"], int(old["version"]["N"]))
            if not head:
                return Remembered(converted, 0, previous.incident, 0, previous)
            learnt = tuple(replace(change, incident="") for change in converted.changes)
            previous = PreviousItem(previous.version, None, changes=learnt)
        incident, incident_version = self.load_incident(alarm.incident) if alarm.incident else (None, 0)
        return Remembered(alarm, version, incident, incident_version, previous)

    def load_incident(self, id_: str) -> tuple[Incident | None, int]:
        """See table.Decisions."""
        item = self._get(items.incident_key(id_))
        return (items.incident_of(item), int(item["version"]["N"])) if item else (None, 0)

    def commit(
        self, read: Remembered, alarm: Alarm, incidents: Sequence[tuple[Incident, int, Sequence[Owed]]], now: int
    ) -> None:
        """See table.Decisions."""
        all_incidents, deliveries = previous_item.with_previous(read, incidents)
        writes = [self._put(items.alarm_item(alarm, read.alarm_version + 1, now), read.alarm_version)]
        for incident, version, owed in all_incidents:
            writes.append(self._put(items.incident_item(incident, version + 1, now), version))
            writes += [self._owe(incident, one, now) for one in owed]
        for delivery, rank, incident in deliveries:
            item = items.delivery_item(delivery, 1, rank, incident, now)
            writes.append({"Put": {"TableName": self.table, "Item": item}})
        if read.previous:
            old = {"pk": text(items.alarm_pk(alarm.key)), "sk": text(previous_item.SORT)}
            writes.append({"Delete": {"TableName": self.table, "Key": old, **_unchanged(read.previous.version)}})
        try:
            self.client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
            if reasons & _CONFLICTS or error.response["Error"]["Code"] == "TransactionInProgressException":
                raise Conflict from None
            raise

    def park(self, parked: Parked, now: int) -> None:
        """See table.Decisions."""
        try:
            self.client.put_item(
                TableName=self.table,
                Item=parked_items.parked_item(parked, now),
                ConditionExpression="attribute_not_exists(pk) OR #at <= :at",
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={":at": number(parked.at)},
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return  # a later event of the alarm is parked already

    def parked(self, is_known: Callable[[str], bool], limit: int) -> list[Parked]:
        """See table.Decisions."""
        listed = [row for row in self._index(items.PARKED, None) if is_known(row["pk"]["S"].split("#", 3)[3])]
        rows = (self._get({"pk": row["pk"], "sk": row["sk"]}) for row in listed[:limit])
        return [parked_items.parked_of(row) for row in rows if row]

    def unpark(self, parked: Parked) -> None:
        """See table.Decisions."""
        try:
            self.client.delete_item(
                TableName=self.table,
                Key=items.parked_key(parked.key),
                ConditionExpression="#at = :at",
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={":at": number(parked.at)},
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return  # a later event has been parked since

    def alarms_to_look_at(self, now: int, limit: int) -> list[Key]:
        """See table.Decisions."""
        rows = self._index(items.LOOK, limit, ("0", items.digits(now)))
        return [Key(*row["pk"]["S"].removeprefix("ALARM#").split("#", 2)) for row in rows]

    def _put(self, item: Item, version: int) -> dict[str, Any]:
        return {"Put": {"TableName": self.table, "Item": item, **_unchanged(version)}}

    def _owe(self, incident: Incident, owed: Owed, now: int) -> dict[str, Any]:
        row = Delivery(incident.id, owed.channel)
        return {
            "Update": {
                "TableName": self.table,
                "Key": items.delivery_key(row.incident, row.channel),
                "UpdateExpression": "SET desired = :desired, #status = :owed, due_pk = :due_pk, due_sk = :due_sk,"
                " expires = :expires, version = if_not_exists(version, :one)",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {
                    ":desired": number(incident.revision),
                    ":owed": text(Status.OWED),
                    ":due_pk": text(items.due_pk(owed.channel)),
                    ":due_sk": text(items.due_sk(owed.rank, owed.not_before)),
                    ":expires": items.expiry(now, items.DAYS_OPEN),
                    ":one": number(1),
                },
            }
        }


def _unchanged(version: int) -> dict[str, Any]:
    """The condition that an item is as it was read; 0 for that there was none."""
    if not version:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {"ConditionExpression": "version = :read", "ExpressionAttributeValues": {":read": number(version)}}
