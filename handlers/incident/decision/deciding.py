"""One decision with what it reads and writes: load, decide (pure), place, commit, bring the parents up to date."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from handlers.common.deadline import Deadline
from handlers.incident.contributor import contributor_of
from handlers.incident.decision import holds
from handlers.incident.decision.contributing import suppressor, with_hold
from handlers.incident.decision.decision import (
    ChangedIncident,
    Circumstances,
    Decision,
    decide,
    is_old,
    without_removed,
)
from handlers.incident.decision.mutes import Mutes
from handlers.incident.events import Change, Key
from handlers.incident.grouping.grouping_service import Groups, Numbers
from handlers.incident.meter import Meter
from handlers.incident.routing import Routing
from handlers.incident.state.records import NOBODY, Alarm, Incident
from handlers.incident.state.table import Conflict, Decisions, DueDelivery, StoredAlarm

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """What came of a message. owed: what has just been written. awake: the channels whose workers are to be woken.

    has_register: as of StoredAlarm.
    """

    owed: tuple[DueDelivery, ...] = ()
    awake: tuple[str, ...] = ()
    has_register: bool = False


@dataclass(slots=True)
class _Attempt:
    """One alarm's decision, over all its attempts. suspects: incidents that may be there since the last one."""

    key: Key
    change: Change | None
    severity: str
    log_context: Mapping[str, object]
    numbers: Numbers
    deadline: Deadline
    suspects: frozenset[str] = field(default_factory=frozenset)
    has_register: bool = False


@dataclass(frozen=True, slots=True)
class AlarmDecider:
    """now: milliseconds since 1970."""

    routing: Routing
    table: Decisions
    groups: Groups
    now: Callable[[], int]
    meter: Meter
    mutes: Mutes

    def decide(self, key: Key, change: Change | None, deadline: Deadline) -> DecisionOutcome:
        """Decide on a state change, or on an alarm because of the time. Raises TryLater."""
        severity = self.routing.severity(key) if self.routing.knows(key.alarm) else "none"
        if change and self._has_contributors(key):
            change = with_hold(change, notifies_no_data=self.routing.notifies_no_data(key))
        context: dict[str, object] = {"alarm": key.alarm, "account": key.account, "region": key.region}
        context["severity"] = severity
        if change:
            context |= {"state": change.state, "late_ms": max(0, self.now() - change.at)}
        attempt = _Attempt(key, change, severity, context, Numbers(self.table), deadline)
        outcome = self.groups.retries.written(lambda: self._attempt(attempt), deadline, "this alarm")
        return replace(outcome, has_register=attempt.has_register)

    def _attempt(self, attempt: _Attempt) -> DecisionOutcome:
        """Raises Conflict."""
        key, change, now = attempt.key, attempt.change, self.now()
        stored = self.table.load(key)
        attempt.has_register = stored.has_register
        if attempt.severity == "none" and not stored.alarm.changes and not any(self.routing.suppressed_by(key)):
            logger.info("no recipients", extra=attempt.log_context)
            return DecisionOutcome()
        versions = {id_: self.table.load_incident(id_) for id_ in attempt.suspects}
        if stored.incident:
            versions[stored.incident.id] = (stored.incident, stored.incident_version)
        decision = self._decision(stored, versions, change, self._circumstances(attempt, stored, now))
        if change and change.at <= stored.alarm.horizon:
            logger.warning("older than the stored history", extra=attempt.log_context)
        if decision.alarm == stored.alarm and not decision.incidents and not stored.previous:
            logger.info("no change", extra={**attempt.log_context, "incident": stored.alarm.incident})
            return self._repeated(stored, change, now, attempt.deadline)
        known = {id_: incident for id_, (incident, _) in versions.items()}
        placed = self.groups.placed(decision, known, attempt.numbers, now, unattended=change is None)
        incidents = [
            (changed.incident, versions.get(changed.incident.id, (None, 0))[1], changed.owed)
            for changed in placed.incidents
        ]
        try:
            self.table.commit(stored, decision.alarm, incidents, now, placed.joining)
        except Conflict:
            attempt.suspects = frozenset(changed.incident.id for changed in decision.incidents)
            raise
        if not placed.incidents:
            logger.info("recorded", extra={**attempt.log_context, "look_at": decision.alarm.recheck_at})
            return self._repeated(stored, change, now, attempt.deadline)
        written = [changed.incident for changed in placed.incidents]
        if (
            stored.incident
            and stored.incident.is_open
            and stored.incident.id not in {changed.id for changed in written}
        ):
            # An earlier receive may have died before it brought the parent of this one up to date.
            written.append(stored.incident)
        refreshed = self._refreshed(written, placed.created, attempt.deadline, settles=decision.settles)
        return self._committed(stored, decision.alarm, [*placed.incidents, *refreshed], attempt.log_context)

    def _decision(
        self,
        stored: StoredAlarm,
        versions: dict[str, tuple[Incident | None, int]],
        change: Change | None,
        circumstances: Circumstances,
    ) -> Decision:
        """Decide, and read what that needs besides the latest incident; `versions` then has it, too."""
        while True:
            known = {id_: incident for id_, (incident, _) in versions.items()}
            decision = decide(stored.alarm, known, change, circumstances)
            if not decision.unread:
                return without_removed(decision, self.routing.channels())
            versions |= {id_: self.table.load_incident(id_) for id_ in decision.unread}

    def _circumstances(self, attempt: _Attempt, stored: StoredAlarm, now: int) -> Circumstances:
        return Circumstances(
            now,
            attempt.severity,
            self.routing.listeners(attempt.key),
            self.groups.tickets,
            self.routing.reopen_within,
            self._suppressor(attempt.key, stored.alarm, attempt.change),
            stored.previous.changes if stored.previous else (),
            self.mutes.of(attempt.key.alarm, self.routing.location(attempt.key).account),
            self.routing.ends_after(attempt.key),
        )

    def _suppressor(self, key: Key, alarm: Alarm, change: Change | None) -> holds.Suppressor | None:
        is_suppressed = any(latest.by for latest in alarm.changes[-1:]) or (
            change and (change.suppression.by or change.before_by)
        )
        if self._has_contributors(key):
            return suppressor(self.table.register(key), alarm, change) if is_suppressed else None
        known = self.routing.suppressor(key) if is_suppressed else None
        if not known:
            return None
        suppressing, extend = known
        changes = self.table.load(suppressing).alarm.changes
        return holds.Suppressor(changes[-1].state, changes[-1].at, extend) if changes else None

    def _has_contributors(self, key: Key) -> bool:
        """Whether it is an alarm whose contributors have incidents of their own; a contributor has none."""
        return bool(self.routing.most_contributors(key)) and not contributor_of(key.alarm)

    def _repeated(self, stored: StoredAlarm, change: Change | None, now: int, deadline: Deadline) -> DecisionOutcome:
        """Do what may be left undone of an earlier receive: bring parents up to date, wake whoever may be owed."""
        incidents = self._concerned(stored, change)
        settles = change is not None and is_old(change, now)
        refreshed = self._refreshed(incidents, frozenset(), deadline, settles=settles)
        announced = [incident for incident in incidents if not incident.parent]
        return DecisionOutcome(awake=self._recipients([*announced, *(parent.incident for parent in refreshed)]))

    def _refreshed(
        self, members: Sequence[Incident], created: frozenset[str], deadline: Deadline, *, settles: bool
    ) -> list[ChangedIncident]:
        """The parents of those that may have changed, brought up to date, but for those just created."""
        parents = dict.fromkeys(member.parent for member in members if member.parent and member.parent not in created)
        refreshed = []
        for parent in parents:
            of_parent = [member for member in members if member.parent == parent]
            parent_change = self.groups.refresh(parent, of_parent, deadline, settles=settles)
            refreshed += [parent_change] if parent_change else []
        return refreshed

    def _concerned(self, stored: StoredAlarm, change: Change | None) -> list[Incident]:
        """The alarm's latest incident, and those that a state change has opened or ended."""
        earlier = [c.incident for c in stored.alarm.changes if change and c.at <= change.at]
        ids = dict.fromkeys(id_ for id_ in earlier if id_ not in ("", NOBODY))
        other_ids = [id_ for id_ in [*ids][-2:] if id_ != stored.alarm.incident]
        incidents = [stored.incident, *(self.table.load_incident(id_)[0] for id_ in other_ids)]
        return [incident for incident in incidents if incident]

    def _committed(
        self, stored: StoredAlarm, alarm: Alarm, changed: Sequence[ChangedIncident], context: Mapping[str, object]
    ) -> DecisionOutcome:
        owed: list[DueDelivery] = []
        for incident_change in changed:
            incident = incident_change.incident
            channels = [owing.channel for owing in incident_change.owed]
            owed += [
                DueDelivery(incident.id, owing.channel, owing.rank, owing.not_before)
                for owing in incident_change.owed
                if not owing.yields
            ]
            if incident.revision == 1 and not incident.parent and incident.alarm_at:
                self.meter.opened(incident.opened)
            more = {"incident": incident.id, "kind": str(incident.kind), "revision": incident.revision}
            more |= {"parent": incident.parent} if incident.parent else {}
            logger.info("decided", extra={**context, **more, "is_open": incident.is_open, "owed": channels})
        announced = [incident_change.incident for incident_change in changed if not incident_change.incident.parent]
        if stored.incident and not stored.incident.parent and alarm.incident == stored.incident.id:
            announced.append(stored.incident)
        return DecisionOutcome(tuple(owed), self._recipients(announced))

    def _recipients(self, incidents: Sequence[Incident]) -> tuple[str, ...]:
        """Who may be owed something: also where nothing changed, as the wake-up of the first receive may be lost."""
        configured = self.routing.channels()
        names = dict.fromkeys(name for incident in incidents for name in incident.recipients)
        return tuple(name for name in names if name in configured)
