"""The functions' table as `obsgen incidents`, `redrive` and `status` read it; pure.

The other side of the wire is handlers/incident/state/items.py; a test holds both to each other. What is read here:

| item | pk / sk | in the index `due` (due_pk / due_sk), which holds nothing but the keys |
| --- | --- | --- |
| incident | `INC#<id>` / `HEAD` | while it is open: `OPEN` / when it opened |
| delivery | `INC#<id>` / `DELIVERY#<channel>` | owed: `DUE#<channel>` / `<rank>#<not_before>`, also in `owed_sk` |
| | | `given-up` or `refused` / `<channel>#<since when>` |
| acknowledgement | `INC#<id>` / `ACK` | |
| channel | `CHANNEL#<name>` / `STATE` | `CHANNELS` / name |
| parked | `PARKED#<account>#<region>#<alarm>` / `LAST` | `PARKED` / time of its event |

Records are JSON in one attribute, without what has its default value: `incident`, `delivery`, `channel`,
`acknowledgement`. Times are milliseconds since 1970, in 13 digits where they are part of a key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

INDEX = "due"
OPEN, CHANNELS, PARKED = "OPEN", "CHANNELS", "PARKED"
# The attribute of an incident's acknowledgement.
ACKNOWLEDGEMENT = "acknowledgement"
OWED, SETTLED, GIVEN_UP, REFUSED = "owed", "settled", "given-up", "refused"
# The worst first; a rank is how a channel's deliveries are ordered.
SEVERITIES = ("critical", "high", "medium", "low")
DAYS_OWED = 400
DAY_SECONDS = 86_400

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident, of which channels are notified. kind: `alone`, `no-data`, `group` or `storm`.

    changed_at: since when the alarm is in `state`; of a group or storm the alarm is the worst one. ended: None while it
    is open. reason: of the latest state change. title: what a check found, where it is a finding. events: of an
    event rule, how many there were. members,
    open_members: how many alarms a group or storm has, and how many of them are not OK. again_at: the latest ALARM
    after an OK, or the first. is_withheld: whether no channel is notified because it is muted. note: how it was put
    together, or who muted it.
    """

    id: str
    alarm: str
    account: str
    region: str
    kind: str
    severity: str
    state: str
    opened: int
    changed_at: int
    alarm_at: int
    alarm_count: int
    ended: int | None
    recipients: tuple[str, ...]
    reason: str
    title: str = ""
    events: int = 0
    members: int = 0
    open_members: int = 0
    again_at: int = 0
    is_withheld: bool = False
    muted_until: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """An acknowledgement. at, until: in milliseconds; until is None for as long as the incident lasts.

    severity: the incident's at that time; once it is worse, the acknowledgement does not count any more.
    """

    by: str
    at: int
    severity: str
    until: int | None = None

    def holds(self, incident: Incident, now: int) -> bool:
        """True if it counts at that time."""
        is_worse = SEVERITIES.index(incident.severity) < SEVERITIES.index(self.severity)
        lasts = incident.again_at <= self.at if self.until is None else now < self.until
        return lasts and not is_worse


@dataclass(frozen=True, slots=True)
class Delivery:
    """The delivery of an incident to a channel. data: the stored record, from which the properties are read.

    state: the last one sent, empty for nothing yet. reference: the ticket or thread. attempts: failed ones in a row,
    since first_failed. reason: of the last failure.
    """

    incident: str
    channel: str
    status: str
    version: int
    data: Mapping[str, Any]

    @property
    def state(self) -> str:
        """The state that the channel was sent last."""
        return str(self.data.get("state", ""))

    @property
    def reference(self) -> str:
        """The ticket or thread."""
        return str(self.data.get("reference") or "")

    @property
    def is_digested(self) -> bool:
        """True if it was only named in a digest."""
        return bool(self.data.get("digested"))

    @property
    def attempts(self) -> int:
        """Failed ones since the last success."""
        return int(self.data.get("attempts", 0))

    @property
    def not_before(self) -> int:
        """When it is attempted next, if nothing else is in the way."""
        return int(self.data.get("not_before", 0))

    @property
    def reason(self) -> str:
        """Why the last attempt failed, or why nothing was sent."""
        return str(self.data.get("reason", ""))

    def waits_since(self, incident: Incident) -> int:
        """Since when the channel is owed what it is owed."""
        if first_failed := int(self.data.get("first_failed", 0)):
            return first_failed
        return incident.changed_at if self.state or self.is_digested else incident.opened


@dataclass(frozen=True, slots=True)
class ChannelState:
    """The state of a channel. down_since: 0 while it responds. rate: calls a minute at present, 0 for unknown.

    probe_at: the time of the next attempt. not_before: the earliest time that the channel's service asked for.
    """

    name: str
    down_since: int = 0
    probe_at: int = 0
    not_before: int = 0
    failures: int = 0
    rate: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ParkedAlarm:
    """An alarm that the deployed build does not know, and when its latest event was."""

    account: str
    region: str
    alarm: str
    at: int


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A row of the index about a delivery. at: from when on it is due, or since when it is given up or refused."""

    incident: str
    channel: str
    at: int


def due_pk(channel: str) -> str:
    """The index key of the deliveries owed to a channel."""
    return f"DUE#{channel}"


def incident_key(id_: str) -> Item:
    """The key of an incident's item."""
    return {"pk": {"S": f"INC#{id_}"}, "sk": {"S": "HEAD"}}


def delivery_key(incident: str, channel: str) -> Item:
    """The key of what a channel is owed of an incident."""
    return {"pk": {"S": f"INC#{incident}"}, "sk": {"S": f"DELIVERY#{channel}"}}


def acknowledgement_key(incident: str) -> Item:
    """The key of the acknowledgement of an incident."""
    return {"pk": {"S": f"INC#{incident}"}, "sk": {"S": "ACK"}}


def channel_key(name: str) -> Item:
    """The key of a channel's state."""
    return {"pk": {"S": f"CHANNEL#{name}"}, "sk": {"S": "STATE"}}


def incident_of(item: Item) -> Incident:
    """The incident of an item."""
    data = json.loads(item["incident"]["S"])
    key = data["key"]
    return Incident(
        id=data["id"],
        alarm=key["alarm"],
        account=key["account"],
        region=key["region"],
        kind=data["kind"],
        severity=data["severity"],
        state=data["state"],
        opened=data["opened"],
        changed_at=data["changed_at"],
        alarm_at=data["alarm_at"],
        alarm_count=data.get("alarm_count", 1),
        ended=data.get("ended"),
        recipients=tuple(data.get("recipients", ())),
        reason=data.get("reason", ""),
        title=data.get("finding", {}).get("title", ""),
        events=data.get("events", 0),
        members=data.get("members", 0),
        open_members=data.get("open_members", 0),
        again_at=data.get("again_at", 0),
        is_withheld=data.get("withheld_from", 0) > 0,
        muted_until=data.get("muted_until", 0),
        note=data.get("note", ""),
    )


def acknowledgement_of(item: Item) -> tuple[str, Acknowledgement]:
    """The acknowledgement of an item: the incident's ID, and the acknowledgement."""
    data = json.loads(item[ACKNOWLEDGEMENT]["S"])
    acknowledgement = Acknowledgement(data["by"], data["at"], data["severity"], data.get("until"))
    return item["pk"]["S"].removeprefix("INC#"), acknowledgement


def acknowledgement_item(incident: str, acknowledgement: Acknowledgement) -> Item:
    """The item of an acknowledgement."""
    data = {"by": acknowledgement.by, "at": acknowledgement.at, "severity": acknowledgement.severity}
    data |= {"until": acknowledgement.until} if acknowledgement.until is not None else {}
    return {
        **acknowledgement_key(incident),
        ACKNOWLEDGEMENT: {"S": json.dumps(data, ensure_ascii=False, separators=(",", ":"))},
        "expires": {"N": str(acknowledgement.at // 1000 + DAYS_OWED * DAY_SECONDS)},
    }


def delivery_of(item: Item) -> Delivery:
    """A delivery's item; the record is missing until its channel's worker has processed it."""
    return Delivery(
        item["pk"]["S"].removeprefix("INC#"),
        item["sk"]["S"].removeprefix("DELIVERY#"),
        item["status"]["S"],
        int(item["version"]["N"]),
        json.loads(item["delivery"]["S"]) if "delivery" in item else {},
    )


def channel_of(item: Item) -> ChannelState:
    """The channel of an item."""
    data = json.loads(item["channel"]["S"]) if "channel" in item else {}
    fields = ("down_since", "probe_at", "not_before", "failures", "rate", "reason")
    return ChannelState(
        item["pk"]["S"].removeprefix("CHANNEL#"), **{name: data[name] for name in fields if name in data}
    )


def row_of(item: Item) -> IndexRow:
    """A row of the index about a delivery, whether it is owed, given up or refused."""
    at = item["due_sk"]["S"].rpartition("#")[2]
    return IndexRow(item["pk"]["S"].removeprefix("INC#"), item["sk"]["S"].removeprefix("DELIVERY#"), int(at))


def parked_of(item: Item) -> ParkedAlarm:
    """A row of the index about an alarm that is not known."""
    _, account, region, alarm = item["pk"]["S"].split("#", 3)
    return ParkedAlarm(account, region, alarm, int(item["due_sk"]["S"]))


def rank(incident: Incident | None) -> str:
    """The rank of the incident's delivery among all that its channel is owed; the worker reads it and corrects the
    rank."""
    if incident is None or incident.kind == "no-data":
        return "4"
    is_open = incident.ended is None
    if incident.severity == "critical":
        return "0" if is_open else "1"
    if not is_open:
        return "2"
    return "1" if incident.severity == "high" else "3"


def put_back(delivery: Delivery, incident: Incident | None, now: int) -> dict[str, Any]:
    """The parameters of the update after which a delivery that was given up or refused is owed again, from now on.

    It has all its time before it once more, and is sent in its full form first. Changed meanwhile: nothing happens.
    """
    afresh = ("attempts", "first_failed", "plain")
    data = {name: value for name, value in delivery.data.items() if name not in afresh} | {"not_before": now}
    return {
        "Key": delivery_key(delivery.incident, delivery.channel),
        "UpdateExpression": "SET #status = :owed, delivery = :delivery, version = :next, expires = :expires,"
        " due_pk = :due_pk, due_sk = :due_sk, owed_sk = :due_sk",
        "ConditionExpression": "#status = :was AND version = :read",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":owed": {"S": OWED},
            ":was": {"S": delivery.status},
            ":delivery": {"S": json.dumps(data, ensure_ascii=False, separators=(",", ":"))},
            ":read": {"N": str(delivery.version)},
            ":next": {"N": str(delivery.version + 1)},
            ":expires": {"N": str(now // 1000 + DAYS_OWED * DAY_SECONDS)},
            ":due_pk": {"S": due_pk(delivery.channel)},
            ":due_sk": {"S": f"{rank(incident)}#{now:013d}"},
        },
    }
