"""What a decision writes into the table, as steps of a transaction; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from handlers.incident.state import group_items, items
from handlers.incident.state.items import Item, number, text
from handlers.incident.state.records import Incident, Status
from handlers.incident.state.table import MembershipChanges, OutstandingDelivery

Write = dict[str, Any]


def unchanged(version: int) -> Write:
    """The condition that an item is as it was read; 0 for that there was none."""
    if not version:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {"ConditionExpression": "version = :read", "ExpressionAttributeValues": {":read": number(version)}}


def put(table: str, item: Item, version: int | None = None) -> Write:
    """Write an item; version: the one that was read, None for whatever is there."""
    return {"Put": {"TableName": table, "Item": item, **({} if version is None else unchanged(version))}}


def delete(table: str, key: Item, version: int | None = None) -> Write:
    """Remove an item; likewise."""
    return {"Delete": {"TableName": table, "Key": key, **({} if version is None else unchanged(version))}}


def write_incident(
    table: str, incident: Incident, version: int, owed: Sequence[OutstandingDelivery], now: int
) -> Iterator[Write]:
    """The incident, and what is owed of it."""
    yield put(table, items.incident_item(incident, version + 1, now), version)
    for owing in owed:
        yield owe(table, incident, owing, now)


def owe(table: str, incident: Incident, owed: OutstandingDelivery, now: int) -> Write:
    """That a channel is owed the incident's revision; without a condition, for it does not wait for the worker.

    Where it yields, the place of what is owed already stays, and that is `owed_sk`: a delivery that was given up is in
    the index, too.
    """
    due_value = f"if_not_exists({items.OWED_SK}, :due_sk)" if owed.yields else ":due_sk"
    return {
        "Update": {
            "TableName": table,
            "Key": items.delivery_key(incident.id, owed.channel),
            "UpdateExpression": "SET desired = :desired, #status = :owed, due_pk = :due_pk,"
            f" due_sk = {due_value}, {items.OWED_SK} = {due_value},"
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


def join(table: str, joining: MembershipChanges, now: int) -> Iterator[Write]:
    """What becomes of the incident of several alarms."""
    for parent, member in joining.members:
        yield put(table, group_items.member_item(parent, member, now))
    for group in joining.opened:
        yield put(table, group_items.group_item(group, group.version + 1), group.version)
    for incident, at in joining.reviews:
        yield put(table, group_items.review_item(incident, at, now))
