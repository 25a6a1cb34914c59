"""What really happened to the alarms, and which incidents there were. Knows nothing of the handlers."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from operator import itemgetter

Change = tuple[int, str]


@dataclass(slots=True)
class Incident:
    """From an ALARM to its OK, and on through every ALARM within the reopening window. alarms: their times."""

    start: int
    alarms: list[int] = field(default_factory=list)
    end: int | None = None


@dataclass(slots=True)
class Truth:
    """window: microseconds. changes: of each alarm, by time. contents: what a finding said, by name and time.

    additions: findings and numbers of contents that only added to the one before. causes: what an ALARM is due to, by
    name and time. suppressed: alarms whose actions were suppressed at some time.
    """

    window: int
    changes: dict[str, list[Change]] = field(default_factory=dict)
    contents: dict[tuple[str, int], int] = field(default_factory=dict)
    additions: set[tuple[str, int]] = field(default_factory=set)
    causes: dict[tuple[str, int], int] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)

    def add(self, alarm: str, at: int, state: str) -> Change:
        """A state change; returns the one before it. Alarms begin in OK, an hour before the world."""
        changes = self.changes.setdefault(alarm, [(-1, "OK")])
        changes.append((at, state))
        changes.sort(key=itemgetter(0))
        return self.before(alarm, at)

    def before(self, alarm: str, at: int) -> Change:
        """The state change before one at that time."""
        changes = self.changes[alarm]
        return changes[bisect_left(changes, at, key=itemgetter(0)) - 1]

    def incidents(self, alarm: str, now: int) -> list[Incident]:
        """Up to now."""
        made: list[Incident] = []
        for at, state in self.changes.get(alarm, ()):
            if at > now:
                break
            last = made[-1] if made else None
            if state == "ALARM":
                if last is None or (last.end is not None and at - last.end > self.window):
                    last = Incident(at)
                    made.append(last)
                last.alarms.append(at)
                last.end = None
            elif state == "OK" and last and last.end is None:
                last.end = at
        return made
