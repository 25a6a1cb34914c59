"""The channel worker's half of the incident function's table in memory.

The handlers' classes are loaded by name: here as in the function's package, and generator and handlers stay apart.
See handlers/incident/state/table.py for what each method means.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import replace
from importlib import import_module
from typing import Any


class MemoryDeliveries:
    """Incidents as they are read, their deliveries, and the channels."""

    def __init__(self) -> None:
        self.records = import_module("handlers.incident.state.records")
        self.types = import_module("handlers.incident.state.table")
        self._channel_state = import_module("handlers.incident.state.channel_state").ChannelState
        self.incidents: dict[str, tuple[Any, int]] = {}
        self._summaries: dict[str, Any] = {}
        self._acknowledgements: dict[str, Any] = {}
        # (incident, channel) to delivery, version, and its place in the index: rank and not_before, or None.
        self.deliveries: dict[tuple[str, str], tuple[Any, int, tuple[Any, int] | None]] = {}
        # What the index lists under a channel and a rank: not_before and incident, in order.
        self._listed: dict[str, dict[Any, list[tuple[int, str]]]] = {}
        self.channel_states: dict[str, Any] = {}

    def load_incident(self, id_: str | None) -> tuple[Any, int]:
        """An incident and its version."""
        return self.incidents.get(id_ or "", (None, 0))

    def acknowledgement(self, incident: str) -> Any:
        """The latest acknowledgement of an incident."""
        return self._acknowledgements.get(incident)

    def acknowledge(self, incident: str, acknowledgement: Any, now: int) -> None:  # noqa: ARG002
        """In place of an earlier one."""
        self._acknowledgements[incident] = acknowledgement

    def take_lease(self, name: str, now: int, until: int) -> Any:
        """Take the lease with a new fence; None, and a mark, where another worker has it."""
        state = self.channel_states.get(name) or self._channel_state(name)
        if state.lease_until > now:
            self.channel_states[name] = replace(state, missed_wake_up=state.fence)
            return None
        self.channel_states[name] = replace(state, fence=state.fence + 1, lease_until=until, missed_wake_up=0)
        return self.channel_states[name]

    def save_channel(self, channel: Any, now: int, *, release: bool) -> bool:  # noqa: ARG002
        """Save the channel if its fence is current."""
        current = self.channel_states[channel.name]
        if current.fence != channel.fence:
            raise self.types.Conflict
        until = 0 if release else channel.lease_until
        self.channel_states[channel.name] = replace(channel, lease_until=until, missed_wake_up=current.missed_wake_up)
        return not (release and current.missed_wake_up == channel.fence)

    def channels(self) -> set[str]:
        """The names of the channels."""
        return set(self.channel_states)

    def forget_channel(self, name: str) -> None:
        """Delete a channel."""
        self.channel_states.pop(name, None)

    def due(self, channel: str, rank: Any, now: int, limit: int) -> list[Any]:
        """The deliveries that are due, earliest first."""
        rows = self._listed.get(channel, {}).get(rank, [])
        end = min(limit, bisect_right(rows, now, key=lambda row: row[0]))
        return [self.types.DueDelivery(incident, channel, rank, at) for at, incident in rows[:end]]

    def anything_due(self, channel: str, now: int) -> bool:
        """True if a delivery of any rank is due."""
        earliest = self.next_due(channel)
        return earliest is not None and earliest <= now

    def next_due(self, channel: str) -> int | None:
        """The time of the next delivery of any rank."""
        rows = self._listed.get(channel)
        return min((listed[0][0] for listed in rows.values() if listed), default=None) if rows else None

    def load_delivery(self, due: Any) -> tuple[Any, Any, int]:
        """Incident, delivery and version of a due delivery."""
        key = (due.incident, due.channel)
        delivery, version, _ = self.deliveries.get(key, (self.records.Delivery(*key), 0, None))
        incident = self.load_incident(due.incident)[0]
        if incident is not None:
            summary, acknowledgement = self._summaries.get(incident.id), self.acknowledgement(incident.id)
            incident = replace(incident, summary=summary, acknowledgement=acknowledgement)
        return incident, delivery, version

    def save_delivery(self, delivery: Any, version: int, rank: Any, incident: Any, now: int) -> int | None:  # noqa: ARG002
        """Under its version; it stays due where `desired` was raised."""
        key = (delivery.incident, delivery.channel)
        stored, current, due = self.deliveries.get(key, (None, 0, None))
        if current != version:
            return None
        if stored is not None and stored.desired > delivery.desired:
            delivery = replace(delivery, desired=stored.desired, status=self.records.Status.OWED)
        else:
            due = (rank, delivery.not_before) if rank is not None else None
        self._put(key, delivery, version + 1, due)
        return version + 1

    def _put(self, key: tuple[str, str], delivery: Any, version: int, due: tuple[Any, int] | None) -> None:
        incident, channel = key
        before = self.deliveries.get(key, (None, 0, None))[2]
        if before:
            rows = self._listed[channel][before[0]]
            del rows[bisect_left(rows, (before[1], incident))]
        if due:
            insort(self._listed.setdefault(channel, {}).setdefault(due[0], []), (due[1], incident))
        self.deliveries[key] = (delivery, version, due)
