"""The ends of incidents whose alarms the deployed file has no more; no event reports those.

CloudWatch sends no state change when an alarm is deleted, and what an alarm reports that no build knows is parked. So
the notifier looks for such incidents, once an hour, and decides on an OK of each.

A deployment takes its time, and may be taken back: for a while the functions have different builds, and members have
alarms that the hub does not know. So nothing is ended until one and the same set of names was deployed for `GRACE`,
and the alarm has reported nothing as long. What the names were the last time, and since when, is in the table.

Times are milliseconds since 1970.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from handlers.common.deadline import Deadline
from handlers.common.event_names import rule_of
from handlers.incident.contributor import contributor_of
from handlers.incident.events import Change, Key
from handlers.incident.finding import check_of
from handlers.incident.routing import Routing
from handlers.incident.state.records import Incident, Kind, Member
from handlers.incident.state.table import Decisions

logger = logging.getLogger(__name__)
HOUR = 3_600_000
GRACE = HOUR
# Deciding on one alarm takes as long at most, in seconds.
DECIDING_S = 3.0


@dataclass(slots=True)
class Removals:
    """now: milliseconds since 1970. end: decides on an OK that no event has brought."""

    routing: Routing
    table: Decisions
    now: Callable[[], int]
    end: Callable[[Change, Deadline], object]
    _next_at: int = 0
    _names: str = field(init=False)

    def __post_init__(self) -> None:
        self._names = fingerprint(self.routing)

    def end_removed(self, deadline: Deadline) -> int:
        """End the incidents of what was removed from the file; how many those were. Raises the first failure."""
        now = self.now()
        if now < self._next_at:
            return 0
        since = self.table.names_since(self._names, now)
        if now < since + GRACE:
            self._next_at = since + GRACE
            return 0
        ended, failures = 0, list[Exception]()
        for key, reason in self._removed(now):
            if deadline.left < DECIDING_S:
                return ended  # The next tick goes on.
            change = Change(key, "OK", now, reason, is_contributor=bool(contributor_of(key.alarm)))
            try:
                self.end(change, deadline)
            except Exception as error:
                failures.append(error)
                continue
            ended += 1
            logger.info("removed from the file", extra={"alarm": key.alarm, "account": key.account})
        if failures:
            raise failures[0]
        self._next_at = now + HOUR
        return ended

    def _removed(self, now: int) -> Iterator[tuple[Key, str]]:
        """The alarms with an open incident that the file has no more, with the reason in words."""
        for id_ in self.table.open_incidents():
            incident, _ = self.table.load_incident(id_)
            if incident is None or not incident.is_open:
                continue
            parts: list[Incident | Member] = [incident]
            if incident.kind in (Kind.GROUP, Kind.STORM):
                parts = [member for member in self.table.members(id_) if member.ended is None]
            for part in parts:
                reason = why_removed(part.key, self.routing)
                if reason and part.changed_at <= now - GRACE:
                    yield part.key, reason


def why_removed(key: Key, routing: Routing) -> str:
    """Why nothing reports the end of an alarm's incident any more; empty where something may."""
    if routing.accounts_closed and not routing.names(key.account):
        return f"Account {key.account} is not in the deployed file any more, so its alarms report no end."
    if routing.knows(key.alarm) or rule_of(key.alarm):
        return ""  # The incident of an event rule has an end of its own: see event_ends.py.
    what = "check" if check_of(key.alarm) else "alarm"
    return f"The {what} no longer exists: it is not in the deployed file any more."


def fingerprint(routing: Routing) -> str:
    """Of everything in the routing table that decides what is known."""
    data = routing.data
    names = [*data["alarms"], *data.get("findings", {})]
    known = [sorted(names), sorted(data["accounts"]), data["accounts_closed"]]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:32]
