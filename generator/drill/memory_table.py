"""The incident function's table in memory, for drills and tests: the same rules, and no eventual consistency.

See handlers/incident/state/table.py for what each method means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from generator.drill.memory_deliveries import MemoryDeliveries

MINUTE_MS = 60_000


class MemoryTable(MemoryDeliveries):
    """Alarms, incidents, deliveries, channels and what is parked, each with its version."""

    def __init__(self) -> None:
        super().__init__()
        self._register = import_module("handlers.incident.state.register").Register
        self.alarms: dict[Any, tuple[Any, int]] = {}
        self._look_at: dict[Any, int] = {}
        self.parked_events: dict[Any, Any] = {}
        self.registers: dict[Any, Any] = {}
        self.all_mutes: dict[str, Any] = {}
        # Of a group or storm: members by the ids of their own incidents.
        self._members: dict[str, dict[str, Any]] = {}
        self._review_at: dict[str, int] = {}
        self._open_groups: dict[str, Any] = {}
        self._counts: Counter[tuple[str, int]] = Counter()
        self._names = ("", 0)

    def load(self, key: Any) -> Any:
        """The alarm and its latest incident."""
        alarm, version = self.alarms.get(key, (self.records.Alarm(key), 0))
        incident, incident_version = self.load_incident(alarm.incident)
        has_register = key in self.registers
        return self.types.StoredAlarm(alarm, version, incident, incident_version, has_register=has_register)

    def commit(
        self,
        read: Any,
        alarm: Any,
        incidents: Sequence[tuple[Any, int, Sequence[Any]]],
        now: int,  # noqa: ARG002
        joining: Any = None,
    ) -> None:
        """Commit a decision, all of it or nothing."""
        joining = joining or self.types.NOTHING_JOINED
        current = self.alarms.get(alarm.key, (None, 0))[1] == read.alarm_version
        if not current or any(self.load_incident(saved.id)[1] != version for saved, version, _ in incidents):
            raise self.types.Conflict
        if any(self._group_version(group.key) != group.version for group in joining.opened):
            raise self.types.Conflict
        self.alarms[alarm.key] = (alarm, read.alarm_version + 1)
        self._look_at.pop(alarm.key, None)
        if alarm.recheck_at is not None:
            self._look_at[alarm.key] = alarm.recheck_at
        for incident, version, owed in incidents:
            self._write(incident, version, owed)
        for parent, member in joining.members:
            self._members.setdefault(parent, {})[member.incident] = member
        for group in joining.opened:
            self._open_groups[group.key] = replace(group, version=group.version + 1)
        self._review_at.update(joining.reviews)

    def register(self, key: Any) -> Any:
        """The register of an alarm's contributors."""
        return self.registers.get(key) or self._register(key)

    def save_register(self, register: Any, now: int) -> None:  # noqa: ARG002
        """Commit a register."""
        if self.register(register.key).version != register.version:
            raise self.types.Conflict
        self.registers[register.key] = replace(register, version=register.version + 1)

    def _write(self, incident: Any, version: int, owed: Sequence[Any]) -> None:
        self.incidents[incident.id] = (replace(incident, summary=None, acknowledgement=None), version + 1)
        for delivery in owed:
            self._owe(incident, delivery)

    def _owe(self, incident: Any, owed: Any) -> None:
        key = (incident.id, owed.channel)
        delivery, version, due = self.deliveries.get(key, (self.records.Delivery(*key), 1, None))
        delivery = replace(delivery, desired=incident.revision, status=self.records.Status.OWED)
        self._put(key, delivery, version, due if owed.yields and due else (owed.rank, owed.not_before))

    def open_groups(self, keys: Sequence[str], now: int) -> dict[str, Any]:  # noqa: ARG002
        """The open groups, by key."""
        return {key: self._open_groups[key] for key in keys if key in self._open_groups}

    def close_groups(self, keys: Sequence[str], incident: str) -> None:
        """Those that are that incident's."""
        for key in keys:
            if key in self._open_groups and self._open_groups[key].incident == incident:
                del self._open_groups[key]

    def _group_version(self, key: str) -> int:
        group = self._open_groups.get(key)
        return group.version if group else 0

    def count(self, counter: str, now: int) -> int:
        """This minute's, and of the minute before the part that is less than a minute ago."""
        minute, elapsed = divmod(now, MINUTE_MS)
        self._counts[counter, minute] += 1
        before = self._counts.get((counter, minute - 1), 0)
        return self._counts[counter, minute] + before * (MINUTE_MS - elapsed) // MINUTE_MS

    def members(self, incident: str) -> list[Any]:
        """The members of an incident, by ID."""
        return [member for _, member in sorted(self._members.get(incident, {}).items())]

    def commit_review(
        self,
        incident: Any,
        version: int,
        owed: Sequence[Any],
        now: int,  # noqa: ARG002
        *,
        summary: Any = None,
        review_at: int | None = None,
    ) -> None:
        """Commit a review, all of it or nothing."""
        if self.load_incident(incident.id)[1] != version:
            raise self.types.Conflict
        self._write(incident, version, owed)
        if summary is not None:
            self._summaries[incident.id] = summary
        self._review_at.pop(incident.id, None)
        if review_at is not None:
            self._review_at[incident.id] = review_at

    def reviews(self, now: int, limit: int) -> list[str]:
        """The incidents that are due for a review, by time."""
        due = sorted((at, incident) for incident, at in self._review_at.items() if at <= now)
        return [incident for _, incident in due[:limit]]

    def next_review(self) -> int | None:
        """The time of the first review; None without one."""
        return min(self._review_at.values(), default=None)

    def mutes(self, since: int) -> list[Any]:
        """The mutes, by their ends."""
        return sorted((mute for mute in self.all_mutes.values() if mute.until > since), key=lambda mute: mute.until)

    def mark_released(self, mute: Any, now: int) -> None:
        """Record that the alarms of a mute were released."""
        self.all_mutes[mute.id] = replace(self.all_mutes[mute.id], released_at=now)

    def park(self, parked: Any, now: int) -> None:  # noqa: ARG002
        """Keep it, unless a later one is there."""
        stored = self.parked_events.get(parked.key)
        if stored is None or stored.at <= parked.at:
            self.parked_events[parked.key] = parked

    def parked(self, is_known: Callable[[str], bool], limit: int) -> list[Any]:
        """The parked messages, oldest first."""
        known = [parked for key, parked in self.parked_events.items() if is_known(key.alarm)]
        return sorted(known, key=lambda parked: parked.at)[:limit]

    def parked_of(self, key: Any) -> Any:
        """The parked message of an alarm; None for none."""
        return self.parked_events.get(key)

    def unpark(self, parked: Any) -> None:
        """Forget it, unless it is another by now."""
        if self.parked_events.get(parked.key) == parked:
            del self.parked_events[parked.key]

    def due_alarms(self, now: int, limit: int) -> list[Any]:
        """The alarms that are due for a check, by time."""
        due = sorted((at, key.account, key.region, key.alarm, key) for key, at in self._look_at.items() if at <= now)
        return [row[-1] for row in due[:limit]]

    def next_look_at(self) -> int | None:
        """The time of the first check of an alarm; None without one."""
        return min(self._look_at.values(), default=None)

    def open_incidents(self) -> list[str]:
        """The open incidents that are not part of another one, oldest first."""
        open_ = [incident for incident, _ in self.incidents.values() if incident.is_open and not incident.parent]
        return [incident.id for incident in sorted(open_, key=lambda incident: incident.opened)]

    def names_since(self, names: str, now: int) -> int:
        """The time since which the names are these."""
        if self._names[0] != names:
            self._names = (names, now)
        return self._names[1]
