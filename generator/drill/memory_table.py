"""The incident function's table in memory, for drills and tests: the same rules, and no eventual consistency.

The handlers' classes are loaded by name: here as in the function's package, and generator and handlers stay apart.
See handlers/incident/table.py for what each method means.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any


class MemoryTable:
    """Alarms, incidents, deliveries, channels and what is parked, each with its version."""

    def __init__(self) -> None:
        self.records = import_module("handlers.incident.records")
        self.types = import_module("handlers.incident.table")
        self._ranks = tuple(self.records.Rank)
        self.alarms: dict[Any, tuple[Any, int]] = {}
        self.incidents: dict[str, tuple[Any, int]] = {}
        # (incident, channel) to delivery, version, and its place in the index: rank and not_before, or None.
        self.deliveries: dict[tuple[str, str], tuple[Any, int, tuple[Any, int] | None]] = {}
        # What the index lists under a channel and a rank: not_before and incident, in order.
        self._listed: dict[tuple[str, Any], list[tuple[int, str]]] = {}
        self._look_at: dict[Any, int] = {}
        self.channel_states: dict[str, Any] = {}
        self.parked_events: dict[Any, Any] = {}

    # -- decisions

    def load(self, key: Any) -> Any:
        """The alarm and its latest incident."""
        alarm, version = self.alarms.get(key, (self.records.Alarm(key), 0))
        incident, incident_version = self.load_incident(alarm.incident)
        return self.types.Remembered(alarm, version, incident, incident_version)

    def load_incident(self, id_: str | None) -> tuple[Any, int]:
        """An incident and its version."""
        return self.incidents.get(id_ or "", (None, 0))

    def commit(self, read: Any, alarm: Any, incidents: Sequence[tuple[Any, int, Sequence[Any]]], now: int) -> None:  # noqa: ARG002
        """All or nothing."""
        current = self.alarms.get(alarm.key, (None, 0))[1] == read.alarm_version
        if not current or any(self.load_incident(one.id)[1] != version for one, version, _ in incidents):
            raise self.types.Conflict
        self.alarms[alarm.key] = (alarm, read.alarm_version + 1)
        self._look_at.pop(alarm.key, None)
        if alarm.look_at is not None:
            self._look_at[alarm.key] = alarm.look_at
        for incident, version, owed in incidents:
            self.incidents[incident.id] = (incident, version + 1)
            for one in owed:
                self._owe(incident, one)

    def _owe(self, incident: Any, owed: Any) -> None:
        key = (incident.id, owed.channel)
        delivery, version, _ = self.deliveries.get(key, (self.records.Delivery(*key), 1, None))
        delivery = replace(delivery, desired=incident.revision, status=self.records.Status.OWED)
        self._put(key, delivery, version, (owed.rank, owed.not_before))

    def _put(self, key: tuple[str, str], delivery: Any, version: int, place: tuple[Any, int] | None) -> None:
        incident, channel = key
        before = self.deliveries.get(key, (None, 0, None))[2]
        if before:
            rows = self._listed[channel, before[0]]
            del rows[bisect_left(rows, (before[1], incident))]
        if place:
            insort(self._listed.setdefault((channel, place[0]), []), (place[1], incident))
        self.deliveries[key] = (delivery, version, place)

    def park(self, parked: Any, now: int) -> None:  # noqa: ARG002
        """Keep it, unless a later one is there."""
        there = self.parked_events.get(parked.key)
        if there is None or there.at <= parked.at:
            self.parked_events[parked.key] = parked

    def parked(self, is_known: Callable[[str], bool], limit: int) -> list[Any]:
        """Oldest first."""
        known = [parked for key, parked in self.parked_events.items() if is_known(key.alarm)]
        return sorted(known, key=lambda parked: parked.at)[:limit]

    def unpark(self, parked: Any) -> None:
        """Forget it, unless it is another by now."""
        if self.parked_events.get(parked.key) == parked:
            del self.parked_events[parked.key]

    def alarms_to_look_at(self, now: int, limit: int) -> list[Any]:
        """By time."""
        due = sorted((at, key.account, key.region, key.alarm, key) for key, at in self._look_at.items() if at <= now)
        return [row[-1] for row in due[:limit]]

    def next_look_at(self) -> int | None:
        """When the first alarm is to be looked at; None where none is."""
        return min(self._look_at.values(), default=None)

    # -- deliveries

    def take_lease(self, name: str, now: int, until: int) -> Any:
        """Under a new fence; None, and a mark, where somebody has it."""
        state = self.channel_states.get(name) or self.records.ChannelState(name)
        if state.lease_until > now:
            self.channel_states[name] = replace(state, missed_wake_up=state.fence)
            return None
        self.channel_states[name] = replace(state, fence=state.fence + 1, lease_until=until, missed_wake_up=0)
        return self.channel_states[name]

    def save_channel(self, channel: Any, now: int, *, release: bool) -> bool:  # noqa: ARG002
        """Under its fence."""
        there = self.channel_states[channel.name]
        if there.fence != channel.fence:
            raise self.types.Conflict
        until = 0 if release else channel.lease_until
        self.channel_states[channel.name] = replace(channel, lease_until=until, missed_wake_up=there.missed_wake_up)
        return not (release and there.missed_wake_up == channel.fence)

    def channels(self) -> set[str]:
        """Names."""
        return set(self.channel_states)

    def forget_channel(self, name: str) -> None:
        """Remove it."""
        self.channel_states.pop(name, None)

    def due(self, channel: str, rank: Any, now: int, limit: int) -> list[Any]:
        """Earliest first."""
        rows = self._listed.get((channel, rank), [])
        end = min(limit, bisect_right(rows, now, key=lambda row: row[0]))
        return [self.types.Due(incident, channel, rank, at) for at, incident in rows[:end]]

    def anything_due(self, channel: str, now: int) -> bool:
        """In any rank."""
        earliest = self.next_due(channel)
        return earliest is not None and earliest <= now

    def next_due(self, channel: str) -> int | None:
        """In any rank."""
        first = (self._listed.get((channel, rank)) for rank in self._ranks)
        return min((rows[0][0] for rows in first if rows), default=None)

    def load_delivery(self, due: Any) -> tuple[Any, Any, int]:
        """Incident, delivery, version."""
        key = (due.incident, due.channel)
        delivery, version, _ = self.deliveries.get(key, (self.records.Delivery(*key), 0, None))
        return self.load_incident(due.incident)[0], delivery, version

    def save_delivery(self, delivery: Any, version: int, rank: Any, incident: Any, now: int) -> int | None:  # noqa: ARG002
        """Under its version; it stays due where `desired` was raised."""
        key = (delivery.incident, delivery.channel)
        there, current, place = self.deliveries.get(key, (None, 0, None))
        if current != version:
            return None
        if there is not None and there.desired > delivery.desired:
            delivery = replace(delivery, desired=there.desired, status=self.records.Status.OWED)
        else:
            place = (rank, delivery.not_before) if rank is not None else None
        self._put(key, delivery, version + 1, place)
        return version + 1
