"""The table in memory with a record of what was decided and of what each channel was sent; loaded by core_runner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from generator.drill.memory_table import MemoryTable


class ObservedTable(MemoryTable):
    """Keeps a record of what was decided and of what each channel was notified of."""

    def __init__(self, priorities: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__()
        self.opened: list[dict[str, Any]] = []
        self.notifications: list[dict[str, Any]] = []
        self.given_up: list[dict[str, Any]] = []
        self._priorities = priorities
        # When it was decided that an incident is so since then.
        self._decided: dict[tuple[str, str, int | None], int] = {}
        # Incident and channel to the members that the channel was shown, each with its latest ALARM then.
        self._shown: dict[tuple[str, str], dict[str, int]] = {}

    def commit(
        self,
        read: Any,
        alarm: Any,
        incidents: Sequence[tuple[Any, int, Sequence[Any]]],
        now: int,
        joining: Any = None,
    ) -> None:
        """As the table does."""
        super().commit(read, alarm, incidents, now, joining)
        for incident, version, _ in incidents:
            if version == 0 and not incident.parent:
                common = {"at": now, "kind": str(incident.kind), "severity": incident.severity}
                self.opened.append({"incident": incident.id, **asdict(incident.key), **common})
            for state in (("ALARM", incident.alarm_at), ("OK", incident.ended), ("NO DATA", incident.no_data_at)):
                self._decided.setdefault((incident.id, *state), now)

    def save_delivery(self, delivery: Any, version: int, rank: Any, incident: Any, now: int) -> int | None:
        """As the table does."""
        before = self.deliveries.get((delivery.incident, delivery.channel), (None, 0, None))[0]
        saved = super().save_delivery(delivery, version, rank, incident, now)
        if saved is not None and before is not None and incident is not None:
            self._compare(before, delivery, incident, now)
            if delivery.status in ("given-up", "refused") and before.status != delivery.status:
                self.given_up.append(_unsent(delivery))
        return saved

    def _compare(self, before: Any, after: Any, incident: Any, now: int) -> None:
        if after.no_data_at > before.no_data_at:
            step, decided = "notice", ("NO DATA", after.no_data_at)
        elif after.state == "ALARM" and (before.state != "ALARM" or after.alarm_at > before.alarm_at):
            step, decided = ("repeat" if before.state else "open"), ("ALARM", after.alarm_at)
        elif after.state == "OK" and (before.state != "OK" or after.alarm_at > before.alarm_at):
            step, decided = ("resolve" if before.state == "ALARM" else "missed"), ("OK", incident.ended)
        elif after.updated_at > before.updated_at:
            step, decided = "updated", ("UPDATED", after.updated_at)
        else:
            return
        at = self._decided.get((incident.id, *decided), now)
        if not incident.members:
            self._notified(incident.key, incident.severity, step, at, after, now)
            return
        for member in self.members(incident.id):
            its_step, its_at = self._of_member(member, incident, after.channel, step, at)
            if its_step:
                self._notified(member.key, incident.severity, its_step, its_at, after, now)

    def _of_member(self, member: Any, incident: Any, channel: str, step: str, at: int) -> tuple[str, int]:
        """The content of a step for one alarm of an incident, and the time of its decision; empty where it is known.

        An alarm that joined is opened when the channel first receives it, and all of them end with their incident.
        """
        if step in ("resolve", "missed"):
            return step, at
        shown = self._shown.setdefault((incident.id, channel), {})
        before = shown.get(member.incident)
        if member.alarm_at <= (before or 0) and before is not None:
            return "", at
        shown[member.incident] = member.alarm_at
        its_at = self._decided.get((member.incident, "ALARM", member.alarm_at), at)
        if step == "notice" or not member.alarm_at:
            return "notice", its_at
        return ("open" if not before else step if step == "repeat" else ""), its_at

    def _notified(self, key: Any, severity: str, step: str, at: int, delivery: Any, now: int) -> None:
        priority = self._priorities.get(delivery.channel, {}).get(severity, "")
        self.notifications.append(
            {
                "at": at,
                "delivered_at": now,
                "incident": delivery.incident,
                **asdict(key),
                "channel": delivery.channel,
                "step": step,
                "severity": severity,
                "priority": priority,
                "listed": delivery.digested,
                "reference": delivery.reference or "",
            }
        )

    def unsent(self) -> list[dict[str, Any]]:
        """The deliveries without success: given up, refused, still owed, or over before any of it was sent."""
        return [
            _unsent(row)
            for row, _, _ in self.deliveries.values()
            if not row.state and not row.no_data_at or row.status != self.records.Status.SETTLED
        ]


def _unsent(row: Any) -> dict[str, Any]:
    return {"incident": row.incident, "channel": row.channel, "status": str(row.status), "reason": row.reason}
