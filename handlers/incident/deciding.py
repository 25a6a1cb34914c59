"""One decision with what it reads and writes: load, decide (pure), place, commit, bring the parents up to date."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from handlers.common.deadline import Deadline
from handlers.incident import holds
from handlers.incident.decision import ChangedIncident, Circumstances, Decision, decide, is_old, without_removed
from handlers.incident.events import Change, Key
from handlers.incident.grouping_service import Groups, Numbers
from handlers.incident.meter import Meter
from handlers.incident.mutes import Mutes
from handlers.incident.records import NOBODY, Alarm, Incident
from handlers.incident.routing import Routing
from handlers.incident.table import Conflict, Decisions, DueDelivery, StoredAlarm

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DecisionOutcome:
    """What came of a message. owed: what has just been written. awake: the channels whose workers are to be woken."""

    owed: tuple[DueDelivery, ...] = ()
    awake: tuple[str, ...] = ()


@dataclass(slots=True)
class _Attempt:
    """One alarm's decision, over all its attempts. suspects: incidents that may be there since the last one."""

    key: Key
    change: Change | None
    severity: str
    about: Mapping[str, object]
    numbers: Numbers
    deadline: Deadline
    suspects: frozenset[str] = field(default_factory=frozenset)


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
        about: dict[str, object] = {"alarm": key.alarm, "account": key.account, "region": key.region}
        about["severity"] = severity
        if change:
            about |= {"state": change.state, "late_ms": max(0, self.now() - change.at)}
        attempt = _Attempt(key, change, severity, about, Numbers(self.table), deadline)
        return self.groups.retries.written(lambda: self._attempt(attempt), deadline, "this alarm")

    def _attempt(self, attempt: _Attempt) -> DecisionOutcome:
        """Raises Conflict."""
        key, change, now = attempt.key, attempt.change, self.now()
        read_ = self.table.load(key)
        if attempt.severity == "none" and not read_.alarm.changes and not any(self.routing.suppressed_by(key)):
            logger.info("no recipients", extra=attempt.about)
            return DecisionOutcome()
        versions = {id_: self.table.load_incident(id_) for id_ in attempt.suspects}
        if read_.incident:
            versions[read_.incident.id] = (read_.incident, read_.incident_version)
        decision = self._decision(read_, versions, change, self._circumstances(attempt, read_, now))
        if change and change.at <= read_.alarm.horizon:
            logger.warning("older than the stored history", extra=attempt.about)
        if decision.alarm == read_.alarm and not decision.incidents and not read_.previous:
            logger.info("no change", extra={**attempt.about, "incident": read_.alarm.incident})
            return self._repeated(read_, change, now, attempt.deadline)
        known = {id_: incident for id_, (incident, _) in versions.items()}
        placed = self.groups.placed(decision, known, attempt.numbers, now, unattended=change is None)
        incidents = [(one.incident, versions.get(one.incident.id, (None, 0))[1], one.owed) for one in placed.incidents]
        try:
            self.table.commit(read_, decision.alarm, incidents, now, placed.joining)
        except Conflict:
            attempt.suspects = frozenset(one.incident.id for one in decision.incidents)
            raise
        if not placed.incidents:
            logger.info("recorded", extra={**attempt.about, "look_at": decision.alarm.look_at})
            return self._repeated(read_, change, now, attempt.deadline)
        written = [one.incident for one in placed.incidents]
        if read_.incident and read_.incident.is_open and read_.incident.id not in {one.id for one in written}:
            # An earlier receive may have died before it brought the parent of this one up to date.
            written.append(read_.incident)
        refreshed = self._refreshed(written, placed.created, attempt.deadline, settles=decision.settles)
        return self._committed(read_, decision.alarm, [*placed.incidents, *refreshed], attempt.about)

    def _decision(
        self,
        read_: StoredAlarm,
        versions: dict[str, tuple[Incident | None, int]],
        change: Change | None,
        circumstances: Circumstances,
    ) -> Decision:
        """Decide, and read what that needs besides the latest incident; `versions` then has it, too."""
        while True:
            known = {id_: incident for id_, (incident, _) in versions.items()}
            decision = decide(read_.alarm, known, change, circumstances)
            if not decision.unread:
                return without_removed(decision, self.routing.channels())
            versions |= {id_: self.table.load_incident(id_) for id_ in decision.unread}

    def _circumstances(self, attempt: _Attempt, read_: StoredAlarm, now: int) -> Circumstances:
        return Circumstances(
            now,
            attempt.severity,
            self.routing.listeners(attempt.key),
            self.groups.tickets,
            self.routing.reopen_within,
            self._suppressor(attempt.key, read_.alarm, attempt.change),
            read_.previous.changes if read_.previous else (),
            self.mutes.of(attempt.key.alarm, self.routing.place(attempt.key).account),
        )

    def _suppressor(self, key: Key, alarm: Alarm, change: Change | None) -> holds.Suppressor | None:
        is_held = any(one.by for one in alarm.changes[-1:]) or (change and (change.held.by or change.before_by))
        known = self.routing.suppressor(key) if is_held else None
        if not known:
            return None
        suppressing, extend = known
        changes = self.table.load(suppressing).alarm.changes
        return holds.Suppressor(changes[-1].state, changes[-1].at, extend) if changes else None

    def _repeated(self, read_: StoredAlarm, change: Change | None, now: int, deadline: Deadline) -> DecisionOutcome:
        """Do what may be left undone of an earlier receive: bring parents up to date, wake whoever may be owed."""
        incidents = self._concerned(read_, change)
        settles = change is not None and is_old(change, now)
        refreshed = self._refreshed(incidents, frozenset(), deadline, settles=settles)
        people_hear = [incident for incident in incidents if not incident.parent]
        return DecisionOutcome(awake=self._recipients([*people_hear, *(one.incident for one in refreshed)]))

    def _refreshed(
        self, members: Sequence[Incident], created: frozenset[str], deadline: Deadline, *, settles: bool
    ) -> list[ChangedIncident]:
        """The parents of those that may have changed, brought up to date, but for those just created."""
        parents = dict.fromkeys(member.parent for member in members if member.parent and member.parent not in created)
        refreshed = []
        for parent in parents:
            of_parent = [member for member in members if member.parent == parent]
            one = self.groups.refresh(parent, of_parent, deadline, settles=settles)
            refreshed += [one] if one else []
        return refreshed

    def _concerned(self, read_: StoredAlarm, change: Change | None) -> list[Incident]:
        """The alarm's latest incident, and those that a state change has opened or ended."""
        earlier = [c.incident for c in read_.alarm.changes if change and c.at <= change.at]
        ids = dict.fromkeys(id_ for id_ in earlier if id_ not in ("", NOBODY))
        others = [id_ for id_ in [*ids][-2:] if id_ != read_.alarm.incident]
        found = [read_.incident, *(self.table.load_incident(id_)[0] for id_ in others)]
        return [incident for incident in found if incident]

    def _committed(
        self, read_: StoredAlarm, alarm: Alarm, changed: Sequence[ChangedIncident], about: Mapping[str, object]
    ) -> DecisionOutcome:
        owed: list[DueDelivery] = []
        for one in changed:
            incident = one.incident
            channels = [owing.channel for owing in one.owed]
            owed += [
                DueDelivery(incident.id, owing.channel, owing.rank, owing.not_before)
                for owing in one.owed
                if not owing.yields
            ]
            if incident.revision == 1 and not incident.parent and incident.alarm_at:
                self.meter.opened(incident.opened)
            more = {"incident": incident.id, "kind": str(incident.kind), "revision": incident.revision}
            more |= {"parent": incident.parent} if incident.parent else {}
            logger.info("decided", extra={**about, **more, "is_open": incident.is_open, "owed": channels})
        people_hear = [one.incident for one in changed if not one.incident.parent]
        if read_.incident and not read_.incident.parent and alarm.incident == read_.incident.id:
            people_hear.append(read_.incident)
        return DecisionOutcome(tuple(owed), self._recipients(people_hear))

    def _recipients(self, incidents: Sequence[Incident]) -> tuple[str, ...]:
        """Who may be owed something: also where nothing changed, as the wake-up of the first receive may be lost."""
        configured = self.routing.channels()
        names = dict.fromkeys(name for incident in incidents for name in incident.recipients)
        return tuple(name for name in names if name in configured)
