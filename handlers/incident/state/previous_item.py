"""An alarm's item of the version before (`sk` EPISODES), as alarm, incident and deliveries; pure.

It held state changes (`points`) and episodes with what each channel was told. Only the latest episode matters: an open
one becomes an incident, and so does one that is over while somebody has not heard of that. Older ones are dropped.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, NotRequired, TypedDict

from handlers.common.text_size import cut
from handlers.incident.decision.incident_view import views
from handlers.incident.decision.state_changes import MEASURED_BYTES, REASON_BYTES, ordered
from handlers.incident.events import Key
from handlers.incident.state.records import NOBODY, Alarm, Delivery, Incident, Rank, StateChange, Status, rank
from handlers.incident.state.table import OutstandingDelivery, PreviousItem, StoredAlarm

SORT = "EPISODES"


class PreviousDelivery(TypedDict, total=False):
    """What a channel was sent of an episode. alarm, noticed, claimed, wait: times. ref: of the ticket or message."""

    state: str
    alarm: int
    noticed: int
    claimed: int
    unsure: bool
    ref: str | None
    wait: int


class Episode(TypedDict):
    """An incident of the version before. told: by channel."""

    id: str
    at: int
    severity: str
    told: dict[str, PreviousDelivery]


class Point(TypedDict):
    """A state change; other fields are those of StateChange. new: whether an episode may begin with it."""

    at: int
    state: str
    reason: NotRequired[str]
    measured: NotRequired[str]
    new: NotRequired[bool]


class History(TypedDict):
    """The attribute `history`, as JSON."""

    points: list[Point]
    episodes: list[Episode]
    horizon: int


def turned_over(key: Key, source: str, version: int) -> tuple[Alarm, PreviousItem]:
    """What an item says. source: its attribute `history`."""
    data: History = json.loads(source)
    points = data["points"]
    starts = [point["at"] for point in points if point.get("new")]
    records = [episode for episode in data["episodes"] if episode["at"] >= (starts[-1] if starts else 0)]
    record = records[-1] if records else None
    changes = ordered(_change(point) for point in points)
    if record and not _is_over(changes, record["told"].values()):
        changes = _decided(changes, record["at"], record["id"])
        alarm = Alarm(key, changes, data["horizon"], record["id"])
        incident = _incident(alarm, record)
        if incident:
            deliveries = tuple(_delivery(incident, name, delivered) for name, delivered in record["told"].items())
            return alarm, PreviousItem(version, incident, deliveries)
    alarm = Alarm(key, _decided(changes, None, NOBODY), data["horizon"])
    return alarm, PreviousItem(version, None)


def with_previous(
    read: StoredAlarm, incidents: Sequence[tuple[Incident, int, Sequence[OutstandingDelivery]]]
) -> tuple[list[tuple[Incident, int, Sequence[OutstandingDelivery]]], list[tuple[Delivery, Rank | None, Incident]]]:
    """What `commit` has to write where an item is turned over: the incidents, and deliveries as whole items.

    A delivery's rank is None where nothing is owed.
    """
    previous = read.previous
    if previous is None or previous.incident is None:
        return list(incidents), []
    written = {incident.id: (incident, version, owed) for incident, version, owed in incidents}
    incident, version, owed = written.pop(previous.incident.id, (previous.incident, 0, ()))
    owed_to = {owing.channel: owing for owing in owed}
    deliveries: list[tuple[Delivery, Rank | None, Incident]] = []
    for delivery in previous.deliveries:
        owing = owed_to.pop(delivery.channel, None)
        if owing:
            wait = max(owing.not_before, delivery.not_before)
            changed = replace(delivery, desired=incident.revision, status=Status.OWED, not_before=wait)
            deliveries.append((changed, owing.rank, incident))
        else:
            order = rank(incident.severity, incident.state) if delivery.status is Status.OWED else None
            deliveries.append((delivery, order, incident))
    return [(incident, version, tuple(owed_to.values())), *written.values()], deliveries


def _is_over(changes: Sequence[StateChange], delivered: Collection[PreviousDelivery]) -> bool:
    """Whether nobody has to hear any more of the latest episode."""
    states = [change.state for change in changes if change.state != "INSUFFICIENT_DATA"]
    return states[-1:] != ["ALARM"] and all(delivery.get("state") == "OK" for delivery in delivered)


def _change(point: Point) -> StateChange:
    known: dict[str, Any] = {name: value for name, value in point.items() if name != "new"}
    known["reason"] = cut(known.get("reason", ""), REASON_BYTES)
    known["measured"] = cut(known.get("measured", ""), MEASURED_BYTES)
    return StateChange(**known)


def _decided(changes: Sequence[StateChange], since: int | None, id_: str) -> tuple[StateChange, ...]:
    """With the incident of each ALARM; what is held is still to be decided, and of all else nobody is to hear."""
    decided = []
    for change in changes:
        is_suppressed = change.state == "ALARM" and (change.by or change.mute)
        belongs = change.state == "ALARM" and since is not None and change.at >= since and not change.by
        decided.append(
            change if is_suppressed and not belongs else replace(change, incident=id_ if belongs else NOBODY)
        )
    return tuple(decided)


def _incident(alarm: Alarm, record: Episode) -> Incident | None:
    view = views(alarm.changes, 0).get(record["id"])
    if view is None:
        return None
    return Incident(
        record["id"],
        alarm.key,
        view.kind,
        record["severity"],
        view.opened,
        view.change.state,
        view.change.at,
        view.alarm_at,
        alarm_count=max(1, view.alarm_count),
        no_data_at=view.no_data_at,
        ended=view.ended,
        recipients=tuple(record["told"]),
        reason=view.change.reason,
        measured=view.measured,
        alarm_reason=view.alarm_reason,
    )


def _delivery(incident: Incident, channel: str, delivered: PreviousDelivery) -> Delivery:
    alarm_at, no_data_at, state = delivered.get("alarm", 0), delivered.get("noticed", 0), delivered.get("state", "")
    claimed = delivered.get("claimed", 0)
    unsure = bool(claimed or delivered.get("unsure"))
    if incident.is_open:
        settled = state == "ALARM" and alarm_at >= incident.alarm_at and no_data_at >= incident.no_data_at
    else:
        settled = state == "OK"
    settled = settled and not unsure
    return Delivery(
        incident.id,
        channel,
        desired=incident.revision,
        delivered=incident.revision if settled else 0,
        status=Status.SETTLED if settled else Status.OWED,
        state=state,
        alarm_at=alarm_at,
        no_data_at=no_data_at,
        reference=delivered.get("ref"),
        unsure_since=(claimed or incident.changed_at) if unsure else 0,
        not_before=delivered.get("wait", 0),
    )
