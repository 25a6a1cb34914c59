"""How an alarm and its contributors bear on each other, where each contributor is to have an incident of its own.

    contributor in ALARM ── registered ── decided like an alarm ── an incident of its own, or that of the further ones
    the alarm in ALARM   ── held while a contributor is in ALARM; without any, soon an incident of its own
    the alarm OK         ── contributors whose end did not arrive are OK, too, after a while

The alarm is in ALARM if one of its contributors is, so its own state change says nothing new. But where its query finds
nothing at all, missing data can put it into ALARM without any contributor, and somebody has to hear of that.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html

Times are milliseconds since 1970.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from handlers.common.deadline import Deadline
from handlers.incident.contributor import alarm_of
from handlers.incident.decision import holds
from handlers.incident.decision.retries import Retries
from handlers.incident.events import Change, Key
from handlers.incident.routing import Routing
from handlers.incident.state.records import Alarm
from handlers.incident.state.register import Register
from handlers.incident.state.table import Decisions

logger = logging.getLogger(__name__)
# What holds the ALARM of the alarm itself, in place of what CloudWatch would name.
HELD_BY = "Contributors"
# The events of an alarm and its contributors are of the same second, but each comes by itself.
GRACE = 60_000
# A time that no clock reaches.
NEVER = 10**13 - 1
LOST = "The alarm is OK, and so are its contributors; the event of this one did not arrive."
# Deciding on one contributor takes as long at most, in seconds.
DECIDING_S = 2.0


def with_hold(change: Change, *, notifies_no_data: bool) -> Change:
    """The state change of an alarm with contributors: its ALARM is held, as by a suppressor.

    Of a fleet that is idle the query finds nothing, which CloudWatch's guide calls INSUFFICIENT_DATA in one place and
    missing data in another. notifies_no_data: whether people hear of the former.
    """
    suppression = change.suppression
    if change.state == "ALARM":
        suppression = replace(suppression, by=HELD_BY, until=None)
    elif change.state == "INSUFFICIENT_DATA" and not notifies_no_data:
        suppression = replace(suppression, mute=NEVER)
    before_by = HELD_BY if change.before == "ALARM" else change.before_by
    return replace(change, suppression=suppression, before_by=before_by)


def suppressor(register: Register, alarm: Alarm, change: Change | None) -> holds.Suppressor:
    """The contributors as what suppresses their alarm: while one is in ALARM, and a while beyond."""
    since = [c.at for c in alarm.changes[-1:]] + ([change.at] if change else [])
    state = "ALARM" if register.in_alarm else "OK"
    return holds.Suppressor(state, max([register.emptied_at, *since]), GRACE)


@dataclass(frozen=True, slots=True)
class Contributing:
    """decide: decides on a key, with a state change. now: milliseconds since 1970."""

    routing: Routing
    table: Decisions
    now: Callable[[], int]
    retries: Retries
    decide: Callable[[Key, Change, Deadline], object]

    def before(self, change: Change, deadline: Deadline) -> None:
        """Register a contributor that is in ALARM, before its incident gets a place. Raises TryLater."""
        key = self._of_contributor(change)
        if key and change.state == "ALARM":
            name, at = change.key.alarm, change.at
            limits = (self.routing.most_contributors(key), self.routing.reopen_within)
            self._write(key, lambda register: register.admitted(name, at, *limits), deadline)

    def after(self, key: Key, deadline: Deadline, *, may_be_over: bool = True) -> None:
        """Once a contributor or its alarm was decided on: bring the register up to date, and appoint the next look.

        may_be_over: whether that key can be OK and have a register, which spares all others a read.
        """
        alarm = replace(key, alarm=alarm_of(key.alarm))
        if not self._registers(key):
            if may_be_over and alarm == key and self.table.register(key).in_alarm:
                self._appoint_written(key, deadline)
            return
        if alarm != key:
            last = self.table.load(key).alarm.changes[-1:]
            if last and last[0].state == "OK":
                self._write(alarm, lambda register: register.released(key.alarm, last[0].at), deadline)
        self._appoint_written(alarm, deadline)

    def end_lost(self, key: Key, deadline: Deadline) -> None:
        """Once an alarm has been OK for a while: what lost events of contributors would have said. Raises TryLater.

        So an alarm whose contributors have had incidents of their own until the last build ends those, too.
        """
        if alarm_of(key.alarm) != key.alarm:
            return
        register = self.table.register(key)
        ok_at = _ok_at(self.table.load(key).alarm) if register.in_alarm else 0
        if not ok_at or self.now() < ok_at + GRACE:
            return
        for name in register.since_before(ok_at):
            if deadline.left < DECIDING_S:
                return  # The rest is appointed again.
            contributor = replace(key, alarm=name)
            self.decide(contributor, Change(contributor, "OK", ok_at, LOST, is_contributor=True), deadline)
            self.release(contributor, ok_at, deadline)
            logger.info("lost end of a contributor", extra={"alarm": name, "account": key.account})

    def release(self, contributor: Key, at: int, deadline: Deadline) -> None:
        """Take a contributor that is OK since `at` out of its alarm's register. Raises TryLater."""
        alarm = replace(contributor, alarm=alarm_of(contributor.alarm))
        self._write(alarm, partial(Register.released, name=contributor.alarm, at=at), deadline)

    def _registers(self, key: Key) -> bool:
        """Whether this build registers the contributors of an alarm, or of a contributor's."""
        return bool(self.routing.most_contributors(key)) and self.routing.severity(key) != "none"

    def _of_contributor(self, change: Change) -> Key | None:
        """The alarm of a contributor's state change; None for another, or one of severity `none`."""
        if not change.is_contributor or not self._registers(change.key):
            return None
        return replace(change.key, alarm=alarm_of(change.key.alarm))

    def _write(self, key: Key, changed: Callable[[Register], Register], deadline: Deadline) -> None:
        def attempt() -> None:
            register = self.table.register(key)
            updated = changed(register)
            if updated != register:
                self.table.save_register(updated, self.now())

        self.retries.written(attempt, deadline, "the contributors of this alarm")

    def _appoint_written(self, key: Key, deadline: Deadline) -> None:
        self.retries.written(lambda: self._appoint(key), deadline, "the alarm of a contributor")

    def _appoint(self, key: Key) -> None:
        """When to look at the alarm again: its ALARM has lost its last contributor, or its OK has left some."""
        stored, register = self.table.load(key), self.table.register(key)
        last = stored.alarm.changes[-1] if stored.alarm.changes else None
        ok_at, at = _ok_at(stored.alarm), None
        if last and last.state == "ALARM" and last.by == HELD_BY and not register.in_alarm:
            at = max(register.emptied_at + GRACE, last.at + GRACE, self.now()) + holds.MARGIN
        elif register.since_before(ok_at):
            at = max(ok_at, self.now()) + GRACE
        if at is not None and (stored.alarm.recheck_at is None or stored.alarm.recheck_at > at):
            self.table.commit(stored, replace(stored.alarm, recheck_at=at), [], self.now())


def _ok_at(alarm: Alarm) -> int:
    """When an alarm was OK last, also if it is in ALARM again; 0 for not known."""
    return max((change.at for change in alarm.changes if change.state == "OK"), default=0)
