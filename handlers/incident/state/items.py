"""Records to items of the table and back, in DynamoDB's attribute values; pure.

| item | pk / sk | in the index `due` (due_pk / due_sk) | kept for days |
| --- | --- | --- | --- |
| alarm | `ALARM#<account>#<region>#<name>` / `HEAD` | to be looked at: `LOOK` / time | 60 after OK |
| incident | `INC#<id>` / `HEAD` | open: `OPEN` / when it opened; ended: `ENDED` / when it ended | 75 after its end |
| | | nowhere while it is part of another one | |
| delivery | `INC#<id>` / `DELIVERY#<channel>` | owed: `DUE#<channel>` / `<rank>#<not_before>` | |
| | | `given-up` or `refused` / `<channel>#<time>` | 45 once nothing is owed of an incident that is over |
| channel | `CHANNEL#<name>` / `STATE` | `CHANNELS` / name | for ever |
| parked | `PARKED#<account>#<region>#<name>` / `LAST` | `PARKED` / time | 14 |
| names | `NAMES` / `STATE` | nowhere | for ever |

What is still open or owed is kept for 400 days. Times are milliseconds, in 13 digits where they are part of a key;
`expires` is in seconds. What incidents of several alarms have besides is in group_items.py.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, fields, is_dataclass, replace
from typing import Any

from handlers.incident.events import Key
from handlers.incident.finding import finding_of
from handlers.incident.state.changes_json import dump_changes, load_changes
from handlers.incident.state.records import (
    Alarm,
    Delivery,
    Incident,
    Kind,
    Rank,
    Status,
)
from handlers.incident.state.table import DueDelivery

Item = dict[str, dict[str, str]]

HEAD, LAST, STATE, DELIVERY = "HEAD", "LAST", "STATE", "DELIVERY#"
INDEX = "due"
# Of a delivery, its due_sk as long as it is owed. A decision that yields keeps that, and not where the delivery is
# listed since it was given up.
OWED_SK = "owed_sk"
LOOK, OPEN, ENDED, CHANNELS, PARKED, NAMES = "LOOK", "OPEN", "ENDED", "CHANNELS", "PARKED", "NAMES"
DAY_S = 86_400
DAYS_OPEN, DAYS_ALARM, DAYS_DELIVERY, DAYS_PARKED = 400, 60, 45, 14
# A channel may retry for 30 days, and what it then gives up stays listed for 45.
DAYS_INCIDENT = 75
# What of a record has an attribute of its own, because a condition or an update needs it.
_OF_DELIVERY = ("incident", "channel", "desired", "status")


def text(value: str) -> dict[str, str]:
    """An attribute value of type string."""
    return {"S": value}


def number(value: int) -> dict[str, str]:
    """An attribute value of type number."""
    return {"N": str(value)}


def alarm_key(key: Key) -> Item:
    """The key of an alarm's item."""
    return {"pk": text(alarm_pk(key)), "sk": text(HEAD)}


def alarm_pk(key: Key) -> str:
    """The partition of everything about one alarm."""
    return f"ALARM#{key.account}#{key.region}#{key.alarm}"


def incident_key(id_: str) -> Item:
    """The key of an incident's item."""
    return {"pk": text(f"INC#{id_}"), "sk": text(HEAD)}


def delivery_key(incident: str, channel: str) -> Item:
    """The key of what one channel is owed of an incident."""
    return {"pk": text(f"INC#{incident}"), "sk": text(f"{DELIVERY}{channel}")}


def channel_key(name: str) -> Item:
    """The key of a channel's state."""
    return {"pk": text(f"CHANNEL#{name}"), "sk": text(STATE)}


def parked_key(key: Key) -> Item:
    """The key of what is parked of an alarm."""
    return {"pk": text(f"PARKED#{key.account}#{key.region}#{key.alarm}"), "sk": text(LAST)}


def digits(at: int) -> str:
    """A time as it is compared in a key."""
    return f"{max(0, at):013d}"


def due_pk(channel: str) -> str:
    """The partition of the index with what is owed to a channel."""
    return f"DUE#{channel}"


def due_sk(rank: Rank, not_before: int) -> str:
    """Where in that partition a delivery is."""
    return f"{rank}#{digits(not_before)}"


def due_of(item: Mapping[str, Mapping[str, str]]) -> DueDelivery:
    """What a row of the index says."""
    rank, _, at = item["due_sk"]["S"].partition("#")
    return DueDelivery(
        item["pk"]["S"].removeprefix("INC#"), item["sk"]["S"].removeprefix(DELIVERY), Rank(rank), int(at)
    )


def expiry(now: int, days: int) -> dict[str, str]:
    """The attribute `expires`."""
    return number(now // 1000 + days * DAY_S)


# -- alarms


def alarm_item(alarm: Alarm, version: int, now: int) -> Item:
    """At most 8 KB, whatever the alarm has been through."""
    state = alarm.changes[-1].state if alarm.changes else "UNKNOWN"
    item = {
        **alarm_key(alarm.key),
        "version": number(version),
        "changes": text(dump_changes(alarm.changes)),
        "horizon": number(alarm.horizon),
        "state": text(state),
        "expires": expiry(now, DAYS_ALARM if state == "OK" else DAYS_OPEN),
    }
    if alarm.incident:
        item["incident"] = text(alarm.incident)
    if alarm.recheck_at is not None:
        item |= {"look_at": number(alarm.recheck_at), "due_pk": text(LOOK), "due_sk": text(digits(alarm.recheck_at))}
    return item


def alarm_of(key: Key, item: Mapping[str, Mapping[str, str]]) -> Alarm:
    """The reverse."""
    recheck_at = item.get("look_at")
    return Alarm(
        key,
        load_changes(item["changes"]["S"]),
        int(item["horizon"]["N"]),
        item["incident"]["S"] if "incident" in item else None,
        int(recheck_at["N"]) if recheck_at else None,
    )


# -- incidents


def incident_item(incident: Incident, version: int, now: int) -> Item:
    """At most 4 KB. Summary and acknowledgement are items of their own."""
    item = {
        **incident_key(incident.id),
        "version": number(version),
        "incident": text(compact(lean(replace(incident, summary=None, acknowledgement=None)))),
        "expires": incident_expiry(incident, now),
    }
    if incident.parent:
        return item
    partition, at = (OPEN, incident.opened) if incident.ended is None else (ENDED, incident.ended)
    return item | {"due_pk": text(partition), "due_sk": text(digits(at))}


def incident_expiry(incident: Incident, now: int) -> dict[str, str]:
    """How long an incident is kept."""
    return expiry(now, DAYS_OPEN if incident.is_open else DAYS_INCIDENT)


def incident_of(item: Mapping[str, Mapping[str, str]]) -> Incident:
    """The reverse."""
    data = json.loads(item["incident"]["S"])
    data["key"] = Key(**data["key"])
    data["kind"] = Kind(data["kind"])
    data |= {name: tuple(data[name]) for name in ("recipients", "repeats", "keys") if name in data}
    data |= {name: finding_of(data[name]) for name in ("finding", "closing") if data.get(name)}
    return Incident(**data)


# -- deliveries


def delivery_json(delivery: Delivery) -> str:
    """What the worker alone writes."""
    return compact({name: value for name, value in lean(delivery).items() if name not in _OF_DELIVERY})


def delivery_of(item: Mapping[str, Mapping[str, str]]) -> Delivery:
    """The reverse, with what a decision may have written."""
    data = json.loads(item["delivery"]["S"]) if "delivery" in item else {}
    return Delivery(
        item["pk"]["S"].removeprefix("INC#"),
        item["sk"]["S"].removeprefix(DELIVERY),
        desired=int(item["desired"]["N"]),
        status=Status(item["status"]["S"]),
        **data,
    )


def delivery_expiry(delivery: Delivery, incident: Incident | None, now: int) -> dict[str, str]:
    """How long a delivery is kept."""
    over = incident is None or not incident.is_open
    return expiry(now, DAYS_DELIVERY if over and delivery.status is not Status.OWED else DAYS_OPEN)


def delivery_due(delivery: Delivery, rank: Rank | None, now: int) -> Item:
    """The delivery's place in the index; empty for none."""
    if rank is not None:
        due = text(due_sk(rank, delivery.not_before))
        return {"due_pk": text(due_pk(delivery.channel)), "due_sk": due, OWED_SK: due}
    if delivery.status in (Status.GIVEN_UP, Status.REFUSED):
        return {"due_pk": text(delivery.status), "due_sk": text(f"{delivery.channel}#{digits(now)}")}
    return {}


def delivery_item(delivery: Delivery, version: int, rank: Rank | None, incident: Incident | None, now: int) -> Item:
    """The whole item of a delivery."""
    return {
        **delivery_key(delivery.incident, delivery.channel),
        "version": number(version),
        "desired": number(delivery.desired),
        "status": text(delivery.status),
        "delivery": text(delivery_json(delivery)),
        "expires": delivery_expiry(delivery, incident, now),
        **delivery_due(delivery, rank, now),
    }


def lean(record: Any) -> dict[str, Any]:
    """The record as plain data, without what has its default value."""
    values = ((field, getattr(record, field.name)) for field in fields(record))
    return {field.name: _plain(value) for field, value in values if value != _default(field)}


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _plain(value: Any) -> Any:
    """As dataclasses.asdict has a value, without copies of what cannot change."""
    if isinstance(value, (str, int, float)) or value is None:
        return value
    if isinstance(value, (list, tuple)):
        return [_plain(element) for element in value]
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def compact(data: Mapping[str, Any]) -> str:
    """As JSON without spaces."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
