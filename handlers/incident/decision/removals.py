"""The ends of incidents whose alarms the deployed file has no more; no event reports those.

CloudWatch sends no state change when an alarm is deleted, and what an alarm reports that no build knows is parked. So
the notifier looks for such incidents, once an hour, and decides on an OK of each.

A deployment takes its time, and may be taken back: for a while the functions have different builds, and members have
alarms that the hub does not know. So nothing is ended until one and the same set of names was deployed for `GRACE`,
and the alarm has reported nothing as long. What the names were the last time, and since when, is in the table.

What a member's alarm reports that is not in the file any more is parked, and decided once a build knows it again. So
an alarm that has reported other than OK within `GRACE` is there still, and nothing is ended; and where it did so
before that, the end is of the time before, so that it is in ALARM when what is parked is decided.

Times are milliseconds since 1970.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from handlers.common.deadline import Deadline
from handlers.common.event_names import rule_of
from handlers.incident.contributor import alarm_of, contributor_of
from handlers.incident.events import Change, Key, read
from handlers.incident.finding import check_of
from handlers.incident.routing import Routing
from handlers.incident.state.records import Incident, Kind, Member
from handlers.incident.state.table import Decisions

logger = logging.getLogger(__name__)
HOUR = 3_600_000
GRACE = HOUR
# Deciding on one alarm takes as long at most, in seconds.
DECIDING_S = 3.0
# Of a tick: channels are woken after this, and an end that is a minute late does no harm.
SHARE_S = 15.0
# When to look again after a failure, in milliseconds: not each minute at thousands of incidents.
AGAIN = HOUR // 6


@dataclass(slots=True)
class Removals:
    """now: milliseconds since 1970. end: decides on an OK that no event has brought. refresh: brings an incident of
    several alarms up to date with them.
    """

    routing: Routing
    table: Decisions
    now: Callable[[], int]
    end: Callable[[Change, Deadline], object]
    refresh: Callable[[str, Deadline], object]
    _next_at: int = 0
    _names: str = field(init=False)
    # The open incidents that did not fit into the last tick.
    _remaining: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._names = fingerprint(self.routing)

    def end_removed(self, deadline: Deadline) -> int:
        """End the incidents of what was removed from the file; how many those were. Raises the first failure."""
        now = self.now()
        if now < self._next_at:
            return 0
        since = self.table.names_since(self._names, now)
        if now < since + GRACE:
            self._next_at, self._remaining = since + GRACE, []
            return 0
        share = deadline.within(SHARE_S)
        ended, failures = 0, list[Exception]()
        waiting = self._remaining or self.table.open_incidents()
        for number, id_ in enumerate(waiting):
            ended += self._end_parts(id_, now, share, failures)
            if share.left < DECIDING_S:
                self._remaining = waiting[number:]
                break
        else:
            self._remaining, self._next_at = [], now + (AGAIN if failures else HOUR)
        if failures:
            raise failures[0]
        return ended

    def _end_parts(self, id_: str, now: int, deadline: Deadline, failures: list[Exception]) -> int:
        """One that fails keeps no other from being ended."""
        ended, parts = 0, list[Incident | Member]()
        try:
            parts = self._removed(id_, now, deadline)
        except Exception as error:
            failures.append(error)
        for part in parts:
            if deadline.left < DECIDING_S:
                break
            try:
                ended += self._end(part, now, deadline)
            except Exception as error:
                failures.append(error)
        return ended

    def _removed(self, id_: str, now: int, deadline: Deadline) -> list[Incident | Member]:
        """What of an incident the file has no more, and has been silent for a while.

        A function that died between the end of a member and what follows from it for the incident had no message that
        comes again; so that is made up for here.
        """
        incident, _ = self.table.load_incident(id_)
        if incident is None or not incident.is_open:
            return []
        parts: list[Incident | Member] = [incident]
        if incident.kind in (Kind.GROUP, Kind.STORM):
            open_ = [member for member in self.table.members(id_) if member.ended is None]
            if len({member.key for member in open_}) != incident.open_members:
                self.refresh(id_, deadline)
            parts = [*open_]
        return [part for part in parts if why_removed(part.key, self.routing) and part.changed_at <= now - GRACE]

    def _end(self, part: Incident | Member, now: int, deadline: Deadline) -> bool:
        """Whether it was ended; not, as long as a member still reports of it."""
        key, at = part.key, now
        reported_at = self._reported_at(key)
        if reported_at > now - GRACE:
            return False
        if reported_at > part.changed_at:
            at = max(reported_at - 1, part.changed_at + 1)
        reason, is_contributor = why_removed(key, self.routing), bool(contributor_of(key.alarm))
        self.end(Change(key, "OK", at, reason, is_contributor=is_contributor), deadline)
        logger.info("removed from the file", extra={"alarm": key.alarm, "account": key.account})
        return True

    def _reported_at(self, key: Key) -> int:
        """When the alarm last reported other than OK to a build that did not know it; 0 where it did not."""
        parked = self.table.parked_of(replace(key, alarm=alarm_of(key.alarm)))
        change = read(parked.body) if parked else None
        return change.at if isinstance(change, Change) and change.state != "OK" else 0


def why_removed(key: Key, routing: Routing) -> str:
    """Why nothing reports the end of an alarm's incident any more; empty where something may."""
    if routing.accounts_closed and not routing.names(key.account):
        return f"Account {key.account} is not in the deployed file any more, so its alarms report no end."
    if routing.knows(key.alarm):
        return ""
    what = "event rule" if rule_of(key.alarm) else "check" if check_of(key.alarm) else "alarm"
    return f"The {what} is not in the deployed file any more, so it reports no end."


def fingerprint(routing: Routing) -> str:
    """Of everything in the routing table that decides what is known."""
    data = routing.data
    names = [*data["alarms"], *data.get("findings", {}), *data.get("event_rules", {})]
    known = [sorted(names), sorted(data["accounts"]), data["accounts_closed"]]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:32]
