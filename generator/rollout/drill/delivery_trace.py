"""The traces of a state change on its way to the channels: in the audit trail, and in the functions' table; pure.

The other side of the wire: handlers/incident/state/items.py has keys and shapes, and a test holds both to each other.
Of an alarm's state changes the latest two have their reasons, so that a drill remembers when its own was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from generator.wording import format_utc

HEAD, DELIVERY = "HEAD", "DELIVERY#"
NO_INCIDENT = "-"
_INITIALS = {"A": "ALARM", "O": "OK", "I": "INSUFFICIENT_DATA"}

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChannelDelivery:
    """The delivery of an incident to one channel. Times are milliseconds since 1970.

    state: the last one that was delivered; empty for none. alarm_at: of the latest ALARM that was delivered. listed: in
    a digest. attempts: failed since the last success; reason: of the last of them. not_before: of the next attempt.
    """

    status: str = ""
    state: str = ""
    alarm_at: int = 0
    reference: str = ""
    listed: bool = False
    attempts: int = 0
    reason: str = ""
    not_before: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """The contents of the table about one drill.

    fired: when the alarm went to ALARM, in milliseconds since 1970; None where that was not decided on yet. ended:
    whether an OK since then was. withheld: why no channel is notified, such as a mute. deliveries: by channel.
    """

    fired: int | None = None
    ended: bool = False
    incident: str = ""
    withheld: str = ""
    deliveries: Mapping[str, ChannelDelivery] = field(default_factory=dict)

    def knows(self, state: str) -> bool:
        """True if the function has decided on that state change."""
        return self.fired is not None and (state == "ALARM" or self.ended)

    def notified(self, channel: str, state: str) -> bool:
        """True if the channel accepted the notification of that state change."""
        delivery = self.deliveries.get(channel, ChannelDelivery())
        of_alarm = delivery.state in ("ALARM", "OK") and delivery.alarm_at >= (self.fired or 0)
        return self.fired is not None and of_alarm and (state == "ALARM" or delivery.state == "OK")

    def reference(self, channel: str) -> str:
        """The reference that the channel's next delivery uses, such as a ticket; empty for none."""
        return self.deliveries.get(channel, ChannelDelivery()).reference


@dataclass(frozen=True, slots=True)
class _Change:
    at: int
    state: str
    reason: str
    incident: str
    withheld: str


def alarm_key(account: str, region: str, alarm: str) -> dict[str, dict[str, str]]:
    """The key of an alarm's item in the functions' table."""
    return {"pk": {"S": f"ALARM#{account}#{region}#{alarm}"}, "sk": {"S": HEAD}}


def incident_partition(incident: str) -> str:
    """The partition key of an incident and its deliveries."""
    return f"INC#{incident}"


def parent(rows: Iterable[Item]) -> str:
    """The id of the incident that an incident is part of; empty for none."""
    head = next((row for row in rows if row["sk"]["S"] == HEAD), None)
    return str(json.loads(head["incident"]["S"]).get("parent", "")) if head else ""


def latest_incident(item: Item | None) -> str:
    """The id of the alarm's latest incident; empty where there was none."""
    return str(item["incident"]["S"]) if item and "incident" in item else ""


def fired_at(item: Item | None, drill_id: str) -> int | None:
    """When the alarm went to ALARM with the drill's ID in its reason; None where the item has no such change."""
    changes = _changes(item)
    return next((change.at for change in changes if change.state == "ALARM" and drill_id in change.reason), None)


def incident_of(item: Item | None, fired: int) -> str:
    """The ID of the incident of the ALARM at that time; empty where it notifies no channel, or not yet."""
    change = _alarm_at(item, fired)
    return change.incident if change else ""


def record(item: Item | None, fired: int, rows: Iterable[Item]) -> Record:
    """The record of the ALARM at that time. item: the alarm's. rows: of its incident."""
    change = _alarm_at(item, fired)
    if change is None:
        return Record(fired)
    ended = any(later.state == "OK" and later.at > fired for later in _changes(item))
    rows = list(rows)
    withheld = _withheld(rows) if change.incident else change.withheld
    return Record(fired, ended, change.incident, withheld, deliveries(rows))


def _withheld(rows: Iterable[Item]) -> str:
    """The mute of an incident, with its end (see mute_items); empty where it has none."""
    head = next((row for row in rows if row["sk"]["S"] == HEAD), None)
    data = json.loads(head["incident"]["S"]) if head else {}
    if not data.get("withheld_from"):
        return ""
    return f"the alarm is muted until {format_utc(data['muted_until'])}"


def deliveries(rows: Iterable[Item]) -> dict[str, ChannelDelivery]:
    """The deliveries of an incident, by channel.

    A simulated DynamoDB may return a row before all of it is written, with its keys alone.
    """
    complete = (row for row in rows if str(row["sk"]["S"]).startswith(DELIVERY) and "status" in row)
    return {row["sk"]["S"].removeprefix(DELIVERY): _delivery(row) for row in complete}


def audited(message: str, drill_id: str) -> tuple[str, int] | None:
    """State and time of a state change of the drill, from a line of the audit trail; None for any other line.

    The drill's own changes have its ID in their reason. Where CloudWatch ends the ALARM, only the previous state has.
    """
    try:
        detail = json.loads(message)["detail"]
        state, before = detail["state"], detail.get("previousState") or {}
        is_own = drill_id in str(state.get("reason", ""))
        if is_own or (state["value"] == "OK" and drill_id in str(before.get("reason", ""))):
            return str(state["value"]), round(datetime.fromisoformat(state["timestamp"]).timestamp() * 1000)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def _delivery(row: Item) -> ChannelDelivery:
    data = json.loads(row["delivery"]["S"]) if "delivery" in row else {}
    return ChannelDelivery(
        str(row["status"]["S"]),
        str(data.get("state", "")),
        int(data.get("alarm_at", 0)),
        str(data.get("reference") or ""),
        bool(data.get("digested")),
        int(data.get("attempts", 0)),
        str(data.get("reason", "")),
        int(data.get("not_before", 0)),
    )


def _alarm_at(item: Item | None, fired: int) -> _Change | None:
    return next((change for change in _changes(item) if change.state == "ALARM" and change.at == fired), None)


def _changes(item: Item | None) -> list[_Change]:
    """The alarm's state changes, oldest first; one that only a later event reports has a lower-case initial."""
    data = json.loads(item["changes"]["S"]) if item and "changes" in item else {"changes": []}
    changes = []
    for index, row in enumerate(data["changes"]):
        at, initial, _before, _since, incident, mute, by = [*row, *[None] * 7][:7]
        reason = data["reasons"].get(str(index), [""])[0]
        withheld = ""
        if mute is not None:
            withheld = f"the alarm is muted until {format_utc(at + mute)}"
        elif by is not None:
            withheld = f"CloudWatch suppresses it ({data['by'][by]})"
        incident_id = data["incidents"][incident] if incident is not None else ""
        incident_id = "" if incident_id == NO_INCIDENT else incident_id
        changes.append(_Change(at, _INITIALS[initial.upper()], reason, incident_id, withheld))
    return changes
