"""The table in DynamoDB, with botocore's low-level client. What the items look like is in `items.py`.

A decision is one transaction; each of its conditions is on a version that was read. What it owes to a channel is an
update without a condition, so that it never has to wait for that channel's worker.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from handlers.incident.decision.mutes import Mute
from handlers.incident.events import Key
from handlers.incident.state import items, mute_items, parked_items, previous_item, register_items
from handlers.incident.state.deliveries_table import DeliveriesTable
from handlers.incident.state.groups_table import GroupsTable
from handlers.incident.state.items import number, text
from handlers.incident.state.records import Alarm, Incident
from handlers.incident.state.register import Register
from handlers.incident.state.table import (
    NOTHING_JOINED,
    Conflict,
    MembershipChanges,
    OutstandingDelivery,
    ParkedEvent,
    PreviousItem,
    StoredAlarm,
)
from handlers.incident.state.table_writes import delete, join, put, unchanged, write_incident


@dataclass(frozen=True, slots=True)
class DynamoTable(GroupsTable, DeliveriesTable):
    """See table.Decisions and table.Deliveries."""

    def load(self, key: Key) -> StoredAlarm:
        """See table.Decisions."""
        rows = {item["sk"]["S"]: item for item in self._partition(items.alarm_pk(key))}
        head = rows.get(items.HEAD)
        alarm, version = (items.alarm_of(key, head), int(head["version"]["N"])) if head else (Alarm(key), 0)
        old = rows.get(previous_item.SORT)
        previous, has_register = None, register_items.CONTRIBUTORS in rows
        if old:
            converted, previous = previous_item.turned_over(key, old["history"]["S"], int(old["version"]["N"]))
            if not head:
                return StoredAlarm(converted, 0, previous.incident, 0, previous, has_register)
            learnt = tuple(replace(change, incident="") for change in converted.changes)
            previous = PreviousItem(previous.version, None, changes=learnt)
        incident, incident_version = self.load_incident(alarm.incident) if alarm.incident else (None, 0)
        return StoredAlarm(alarm, version, incident, incident_version, previous, has_register)

    def load_incident(self, id_: str) -> tuple[Incident | None, int]:
        """See table.Decisions."""
        item = self._get(items.incident_key(id_))
        return (items.incident_of(item), int(item["version"]["N"])) if item else (None, 0)

    def commit(
        self,
        read: StoredAlarm,
        alarm: Alarm,
        incidents: Sequence[tuple[Incident, int, Sequence[OutstandingDelivery]]],
        now: int,
        joining: MembershipChanges = NOTHING_JOINED,
    ) -> None:
        """See table.Decisions."""
        all_incidents, deliveries = previous_item.with_previous(read, incidents)
        writes = [put(self.table, items.alarm_item(alarm, read.alarm_version + 1, now), read.alarm_version)]
        for incident, version, owed in all_incidents:
            writes += write_incident(self.table, incident, version, owed, now)
        for delivery, rank, incident in deliveries:
            writes.append(put(self.table, items.delivery_item(delivery, 1, rank, incident, now)))
        if read.previous:
            old = {"pk": text(items.alarm_pk(alarm.key)), "sk": text(previous_item.SORT)}
            writes.append(delete(self.table, old, read.previous.version))
        writes += join(self.table, joining, now)
        self._transact(writes)

    def register(self, key: Key) -> Register:
        """See table.Decisions."""
        item = self._get(register_items.register_key(key))
        return register_items.register_of(key, item) if item else Register(key)

    def save_register(self, register: Register, now: int) -> None:
        """See table.Decisions."""
        item = register_items.register_item(register, now)
        is_written, _ = self._write(self.client.put_item, {"Item": item, **unchanged(register.version)})
        if not is_written:
            raise Conflict

    def mutes(self, since: int) -> list[Mute]:
        """See table.Decisions."""
        rows = self._query(
            None,
            KeyConditionExpression="pk = :pk AND sk > :since",
            ConsistentRead=True,
            values={":pk": text(mute_items.MUTES), ":since": text(mute_items.later_than(since))},
        )
        return list(mute_items.mutes_of(rows))

    def mark_released(self, mute: Mute, now: int) -> None:
        """See table.Decisions."""
        self._update(
            mute_items.mute_key(mute.id),
            "SET released_at = :now",
            "attribute_exists(pk)",
            {":now": number(now)},
        )

    def park(self, parked: ParkedEvent, now: int) -> None:
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

    def parked(self, is_known: Callable[[str], bool], limit: int) -> list[ParkedEvent]:
        """See table.Decisions."""
        listed = [row for row in self._index(items.PARKED, None) if is_known(row["pk"]["S"].split("#", 3)[3])]
        rows = (self._get({"pk": row["pk"], "sk": row["sk"]}) for row in listed[:limit])
        return [parked_items.parked_of(row) for row in rows if row]

    def parked_of(self, key: Key) -> ParkedEvent | None:
        """See table.Decisions."""
        row = self._get(items.parked_key(key))
        return parked_items.parked_of(row) if row else None

    def unpark(self, parked: ParkedEvent) -> None:
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

    def due_alarms(self, now: int, limit: int) -> list[Key]:
        """See table.Decisions."""
        rows = self._index(items.LOOK, limit, ("0", items.digits(now)))
        return [Key(*row["pk"]["S"].removeprefix("ALARM#").split("#", 2)) for row in rows]

    def open_incidents(self) -> list[str]:
        """See table.Decisions."""
        return [row["pk"]["S"].removeprefix("INC#") for row in self._index(items.OPEN, None)]

    def names_since(self, names: str, now: int) -> int:
        """See table.Decisions."""
        key = {"pk": text(items.NAMES), "sk": text(items.STATE)}
        row = self._get(key)
        if row and row["names"]["S"] == names:
            return int(row["since"]["N"])
        self.client.put_item(TableName=self.table, Item={**key, "names": text(names), "since": number(now)})
        return now
