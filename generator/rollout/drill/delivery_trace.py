"""What a state change leaves behind on its way to people: in the audit trail, and in the functions' table; pure.

The other side of the wire: handlers/incident/items.py has keys and shapes, and a test holds both to each other. Of an
alarm's state changes the latest two have their reasons, so that a drill remembers when its own was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

HEAD, DELIVERY = "HEAD", "DELIVERY#"
NOBODY = "-"
_INITIALS = {"A": "ALARM", "O": "OK", "I": "INSUFFICIENT_DATA"}

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """What one channel was sent of an incident. Times are milliseconds since 1970.

    state: the last one; empty for nothing yet. alarm_at: of the latest ALARM that it was sent. listed: in a digest.
    attempts: in vain, since the last success; reason: why the last of them. not_before: when it is attempted next.
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
    """What the table has of one drill.

    fired: when the alarm went to ALARM, in milliseconds since 1970; None where that was not decided on yet. ended:
    whether an OK since then was. held: why nobody is notified, such as a mute window. sent: by channel.
    """

    fired: int | None = None
    ended: bool = False
    incident: str = ""
    held: str = ""
    sent: Mapping[str, Sent] = field(default_factory=dict)

    def knows(self, state: str) -> bool:
        """Whether the function has decided on that state change."""
        return self.fired is not None and (state == "ALARM" or self.ended)

    def heard(self, channel: str, state: str) -> bool:
        """Whether the channel took what it was sent about that state change."""
        sent = self.sent.get(channel, Sent())
        of_alarm = sent.state in ("ALARM", "OK") and sent.alarm_at >= (self.fired or 0)
        return self.fired is not None and of_alarm and (state == "ALARM" or sent.state == "OK")

    def reference(self, channel: str) -> str:
        """The ticket, or whatever the channel is found again by."""
        return self.sent.get(channel, Sent()).reference


@dataclass(frozen=True, slots=True)
class _Change:
    at: int
    state: str
    reason: str
    incident: str
    held: str


def alarm_key(account: str, region: str, alarm: str) -> dict[str, dict[str, str]]:
    """Of an alarm's item in the functions' table."""
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


def fired_at(item: Item | None, mark: str) -> int | None:
    """When the alarm went to ALARM with this mark in its reason; None where the item does not say so."""
    return next((one.at for one in _changes(item) if one.state == "ALARM" and mark in one.reason), None)


def incident_of(item: Item | None, fired: int) -> str:
    """The incident that the ALARM of that time belongs to; empty where nobody is notified of it, or not yet."""
    change = _alarm_at(item, fired)
    return change.incident if change else ""


def record(item: Item | None, fired: int, rows: Iterable[Item]) -> Record:
    """What the table has of the ALARM of that time. item: the alarm's. rows: those of its incident."""
    change = _alarm_at(item, fired)
    if change is None:
        return Record(fired)
    ended = any(one.state == "OK" and one.at > fired for one in _changes(item))
    there = list(rows)
    held = _withheld(there) if change.incident else change.held
    return Record(fired, ended, change.incident, held, sent(there))


def _withheld(rows: Iterable[Item]) -> str:
    """Until when nobody is notified of an incident because it is muted (see mute_items); empty where it is not."""
    head = next((row for row in rows if row["sk"]["S"] == HEAD), None)
    data = json.loads(head["incident"]["S"]) if head else {}
    if not data.get("withheld_from"):
        return ""
    return f"the alarm is muted until {datetime.fromtimestamp(data['muted_until'] / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def sent(rows: Iterable[Item]) -> dict[str, Sent]:
    """What each channel was sent, by the deliveries of an incident.

    A stand-in for DynamoDB may show a row before all of it is written, with its keys alone.
    """
    found = (row for row in rows if str(row["sk"]["S"]).startswith(DELIVERY) and "status" in row)
    return {row["sk"]["S"].removeprefix(DELIVERY): _sent(row) for row in found}


def audited(message: str, mark: str) -> tuple[str, int] | None:
    """State and time of a state change of the drill, from a line of the audit trail; None where it is another's.

    The drill's own changes have its mark in their reason. Where CloudWatch ends the ALARM, only the state before has.
    """
    try:
        detail = json.loads(message)["detail"]
        state, before = detail["state"], detail.get("previousState") or {}
        ours = mark in str(state.get("reason", ""))
        if ours or (state["value"] == "OK" and mark in str(before.get("reason", ""))):
            return str(state["value"]), round(datetime.fromisoformat(state["timestamp"]).timestamp() * 1000)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def _sent(row: Item) -> Sent:
    data = json.loads(row["delivery"]["S"]) if "delivery" in row else {}
    return Sent(
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
    return next((one for one in _changes(item) if one.state == "ALARM" and one.at == fired), None)


def _changes(item: Item | None) -> list[_Change]:
    """The alarm's state changes, oldest first; what is known only from a later event has a small initial."""
    data = json.loads(item["changes"]["S"]) if item and "changes" in item else {"changes": []}
    found = []
    for index, row in enumerate(data["changes"]):
        at, initial, _before, _since, incident, mute, by = [*row, *[None] * 7][:7]
        reason = data["reasons"].get(str(index), [""])[0]
        held = ""
        if mute is not None:
            held = f"the alarm is muted until {datetime.fromtimestamp((at + mute) / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
        elif by is not None:
            held = f"CloudWatch suppresses it ({data['by'][by]})"
        id_ = data["incidents"][incident] if incident is not None else ""
        found.append(_Change(at, _INITIALS[initial.upper()], reason, "" if id_ == NOBODY else id_, held))
    return found
