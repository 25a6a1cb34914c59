"""The decision: one message in, alarm, incidents and what is owed to each channel written in one transaction.

    read ── is it ours? ── load ── decide (pure) ── place ── commit, all or nothing ── refresh the parent ── wake

Of an alarm that is part of an incident of several, the parent is brought up to date in the same invocation, and when
the message comes again.

It depends on no vendor and on nobody's answer. A message is done with once that is committed; what wakes a worker
carries no truth and may be lost. Nothing here knows AWS or HTTP.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from handlers.common.deadline import Deadline
from handlers.incident import holds
from handlers.incident.admission import Known, Misdirected, Refused, Unknown, classify, is_genuine
from handlers.incident.decision import ChangedIncident, Circumstances, Decision, decide, is_old, without_removed
from handlers.incident.events import Change, Key, Look, NotNews, Unreadable, read
from handlers.incident.grouping_service import CONFLICTS, JITTER, TOO_LATE, Groups, Numbers, Placed, StillContended
from handlers.incident.meter import Meter
from handlers.incident.records import NOBODY, Alarm, Incident
from handlers.incident.reviews import Reviews
from handlers.incident.routing import Routing
from handlers.incident.table import Conflict, Decisions, Due, Parked, Remembered

logger = logging.getLogger(__name__)
# Milliseconds between two log lines about what was not taken from an account.
LOG_EVERY = 60_000
# What a look at an incident of thousands of alarms takes, in seconds.
REVIEW_S = 3.0
# The types of channel whose sinks keep a ticket for each incident; asked without loading the sinks.
TICKET_TYPES = frozenset({"jira", "opsitem", "pagerduty"})


class Poison(Exception):
    """Nobody can ever handle the message; it belongs to the dead letters, with the reason."""


class TryLater(Exception):
    """It could not be committed in time; the queue hands the message out again."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a message. owed: what has just been written. awake: the channels whose workers were woken."""

    owed: tuple[Due, ...] = ()
    awake: tuple[str, ...] = ()


@dataclass(slots=True)
class Service:
    """now: milliseconds since 1970. wake: tells channels' workers that there may be work; best effort, never raises.

    pause: waits so many seconds. random: at least 0, less than 1.
    """

    routing: Routing
    table: Decisions
    now: Callable[[], int]
    wake: Callable[[Sequence[str]], None]
    pause: Callable[[float], None]
    random: Callable[[], float]
    meter: Meter
    _logged: dict[str, int] = field(default_factory=dict)

    def handle(self, body: str, deadline: Deadline) -> Decided:
        """Decide on a message. Raises Poison or TryLater."""
        match read(body):
            case Unreadable(reason):
                raise Poison(reason)
            case NotNews(why):
                logger.info("ignored", extra={"why": why})
            case Look(key):
                # From a schedule of the version before; this one has `look_at` on the alarm.
                return self.look(key, deadline)
            case Change() as change:
                match classify(change, self.routing, self.now()):
                    case Known():
                        return self._take_in(change, deadline)
                    case Misdirected(reason):
                        raise Poison(reason)
                    case refused:
                        self._not_taken(change, refused, body)
        return Decided()

    def look(self, key: Key, deadline: Deadline) -> Decided:
        """Decide on an alarm because the time has come at which its actions may be held no longer. Raises TryLater."""
        return self._woken(self._decide(key, None, deadline))

    def review(self, limit: int, deadline: Deadline) -> int:
        """Look at the incidents whose time has come, and wake whoever is owed something; how many those were.

        Raises the first failure once all others have been looked at.
        """
        reviews, reviewed, failures = Reviews(self._groups, self.table), 0, []
        for id_ in self.table.reviews(self.now(), limit):
            if deadline.left < REVIEW_S:
                break
            try:
                awake = reviews.review(id_, deadline)
                reviewed += 1
                self._woken(Decided(awake=tuple(dict.fromkeys(awake))))
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return reviewed

    def take_in_parked(self, limit: int, deadline: Deadline) -> int:
        """Decide on parked events whose alarms the build knows by now; how many those were.

        Raises the first failure once all others have been taken in.
        """
        taken, failures = 0, []
        for parked in self.table.parked(self.routing.knows, limit):
            if deadline.left < TOO_LATE:
                break
            change = read(parked.body)
            try:
                if isinstance(change, Change) and is_genuine(change):
                    self._take_in(self._without_the_past(change), deadline)
                    taken += 1
                logger.info("taken in", extra=_about(parked.key, readable=isinstance(change, Change)))
                self.table.unpark(parked)
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return taken

    def _without_the_past(self, change: Change) -> Change:
        """A parked event, less what was over before the build knew the alarm: nobody is to hear of that. The OK itself
        is remembered, for its ALARM may still be on its way.
        """
        if change.state != "OK" or self.table.load(change.key).alarm.changes:
            return change
        return replace(change, before=None, before_at=None, before_by=None)

    def _not_taken(self, change: Change, why: Unknown | Refused, body: str) -> None:
        """Count it, and log one a minute of each account: whoever sends many must not fill the log, too."""
        account = change.key.account
        count = self.meter.refused if isinstance(why, Refused) else self.meter.unknown_alarm
        count(account)
        if self.now() - self._logged.get(account, -LOG_EVERY) >= LOG_EVERY:
            self._logged[account] = self.now()
            logger.warning("not taken", extra=_about(change.key, why=why.reason))
        if isinstance(why, Unknown) and why.parked:
            self.table.park(Parked(change.key, body, change.at), self.now())

    def _take_in(self, change: Change, deadline: Deadline) -> Decided:
        decided = self._decide(change.key, change, deadline)
        self._look_at_suppressed(change, deadline)
        return self._woken(decided)

    def _decide(self, key: Key, change: Change | None, deadline: Deadline) -> Decided:
        severity = self.routing.severity(key) if self.routing.knows(key.alarm) else "none"
        about = _about(key, severity=severity)
        if change:
            about |= {"state": change.state, "late_ms": max(0, self.now() - change.at)}
        suspects: frozenset[str] = frozenset()
        numbers = Numbers(self.table)
        for attempt in range(CONFLICTS):
            now = self.now()
            read_ = self.table.load(key)
            if severity == "none" and not read_.alarm.changes and not any(self.routing.suppressed_by(key)):
                logger.info("nobody is to hear of it", extra=about)
                return Decided()
            versions = {id_: self.table.load_incident(id_) for id_ in suspects}
            if read_.incident:
                versions[read_.incident.id] = (read_.incident, read_.incident_version)
            decision = self._decision(read_, versions, change, self._circumstances(key, read_, severity, change, now))
            if change and change.at <= read_.alarm.horizon:
                logger.warning("older than what is remembered", extra=about)
            if decision.alarm == read_.alarm and not decision.incidents and not read_.previous:
                logger.info("nothing new", extra={**about, "incident": read_.alarm.incident})
                return self._repeated(read_, change, now, deadline)
            known = {id_: incident for id_, (incident, _) in versions.items()}
            placed = self._groups.placed(decision, known, numbers, now, unattended=change is None)
            try:
                self._commit(read_, versions, decision.alarm, placed, now)
            except Conflict:
                suspects = frozenset(one.incident.id for one in decision.incidents)
                if deadline.left < TOO_LATE:
                    break
                self.pause(JITTER * (1 + attempt) * self.random())
                continue
            changed = [*placed.incidents, *self._refreshed(placed, deadline, settles=decision.settles)]
            return self._committed(read_, decision.alarm, changed, about)
        raise TryLater("others decided on this alarm all the time")

    def _decision(
        self,
        read_: Remembered,
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

    def _circumstances(
        self, key: Key, read_: Remembered, severity: str, change: Change | None, now: int
    ) -> Circumstances:
        return Circumstances(
            now,
            severity,
            {name: tuple(route) for name, route in self.routing.data["routes"].items()},
            self._tickets,
            self.routing.reopen_within,
            self._suppressor(key, read_.alarm, change),
            read_.previous.changes if read_.previous else (),
        )

    def _suppressor(self, key: Key, alarm: Alarm, change: Change | None) -> holds.Suppressor | None:
        is_held = any(one.by for one in alarm.changes[-1:]) or (change and (change.held.by or change.before_by))
        known = self.routing.suppressor(key) if is_held else None
        if not known:
            return None
        suppressing, extend = known
        changes = self.table.load(suppressing).alarm.changes
        return holds.Suppressor(changes[-1].state, changes[-1].at, extend) if changes else None

    def _commit(
        self,
        read_: Remembered,
        versions: Mapping[str, tuple[Incident | None, int]],
        alarm: Alarm,
        placed: Placed,
        now: int,
    ) -> None:
        incidents = [(one.incident, versions.get(one.incident.id, (None, 0))[1], one.owed) for one in placed.incidents]
        self.table.commit(read_, alarm, incidents, now, placed.joining)

    def _refreshed(self, placed: Placed, deadline: Deadline, *, settles: bool) -> list[ChangedIncident]:
        """The parents that stood before, brought up to date. Raises TryLater; the message then does it again."""
        incidents = [one.incident for one in placed.incidents]
        return [
            one for parent in placed.parents if (one := self._refresh(parent, incidents, deadline, settles=settles))
        ]

    def _refresh(
        self, parent: str, incidents: Sequence[Incident], deadline: Deadline, *, settles: bool
    ) -> ChangedIncident | None:
        members = [incident for incident in incidents if incident.parent == parent]
        try:
            return self._groups.refresh(parent, members, deadline, settles=settles)
        except StillContended as error:
            raise TryLater(str(error)) from None

    def _repeated(self, read_: Remembered, change: Change | None, now: int, deadline: Deadline) -> Decided:
        """Do what may be left undone of an earlier receive: bring parents up to date, wake whoever may be owed."""
        incidents = self._concerned(read_, change)
        settles = change is not None and is_old(change, now)
        people_hear = [incident for incident in incidents if not incident.parent]
        for parent in dict.fromkeys(incident.parent for incident in incidents if incident.parent):
            refreshed = self._refresh(parent, incidents, deadline, settles=settles)
            if refreshed:
                people_hear.append(refreshed.incident)
        return Decided(awake=self._recipients(people_hear))

    def _concerned(self, read_: Remembered, change: Change | None) -> list[Incident]:
        """The alarm's latest incident, and those that a state change has opened or ended."""
        earlier = [c.incident for c in read_.alarm.changes if change and c.at <= change.at]
        ids = dict.fromkeys(id_ for id_ in earlier if id_ not in ("", NOBODY))
        others = [id_ for id_ in [*ids][-2:] if id_ != read_.alarm.incident]
        found = [read_.incident, *(self.table.load_incident(id_)[0] for id_ in others)]
        return [incident for incident in found if incident]

    def _committed(
        self, read_: Remembered, alarm: Alarm, changed: Sequence[ChangedIncident], about: Mapping[str, object]
    ) -> Decided:
        owed = []
        for one in changed:
            incident = one.incident
            channels = [owing.channel for owing in one.owed]
            owed += [
                Due(incident.id, owing.channel, owing.rank, owing.not_before) for owing in one.owed if not owing.yields
            ]
            if incident.revision == 1 and not incident.parent and incident.alarm_at:
                self.meter.opened(incident.opened)
            more = {"incident": incident.id, "kind": str(incident.kind), "revision": incident.revision}
            more |= {"parent": incident.parent} if incident.parent else {}
            logger.info("decided", extra={**about, **more, "is_open": incident.is_open, "owed": channels})
        if not changed:
            logger.info("remembered", extra={**about, "look_at": alarm.look_at})
        people_hear = [one.incident for one in changed if not one.incident.parent]
        if read_.incident and not read_.incident.parent and alarm.incident == read_.incident.id:
            people_hear.append(read_.incident)
        return Decided(tuple(owed), self._recipients(people_hear))

    def _recipients(self, incidents: Sequence[Incident]) -> tuple[str, ...]:
        """Who may be owed something: also where nothing changed, as the wake-up of the first receive may be lost."""
        configured = self.routing.channels()
        names = dict.fromkeys(name for incident in incidents for name in incident.recipients)
        return tuple(name for name in names if name in configured)

    @property
    def _tickets(self) -> frozenset[str]:
        """The channels that keep tickets."""
        channels = self.routing.data["channels"]
        return frozenset(name for name, channel in channels.items() if channel["type"] in TICKET_TYPES)

    @property
    def _groups(self) -> Groups:
        return Groups(self.routing, self.table, self._tickets, self.now, self.pause, self.random)

    def _woken(self, decided: Decided) -> Decided:
        if decided.awake:
            self.wake(decided.awake)
        return decided

    def _look_at_suppressed(self, change: Change, deadline: Deadline) -> None:
        """The end of a suppressor's ALARM is the beginning of the end for what it suppressed."""
        if change.state == "ALARM":
            return
        for key, extend in self.routing.suppressed_by(change.key):
            self._appoint(key, change.at + extend, deadline)

    def _appoint(self, key: Key, end: int, deadline: Deadline) -> None:
        """Look at a suppressed alarm when its suppression may be over, unless it is looked at earlier."""
        for attempt in range(CONFLICTS):
            now = self.now()
            read_ = self.table.load(key)
            last = read_.alarm.changes[-1] if read_.alarm.changes else None
            at = max(end, now) + holds.MARGIN
            if not last or last.state != "ALARM" or not last.by or (read_.alarm.look_at or at + 1) <= at:
                return
            try:
                self.table.commit(read_, replace(read_.alarm, look_at=at), [], now)
            except Conflict:
                if deadline.left < TOO_LATE:
                    break
                self.pause(JITTER * (1 + attempt) * self.random())
                continue
            return
        raise TryLater("others decided on a suppressed alarm all the time")


def _about(key: Key, **more: object) -> dict[str, object]:
    return {"alarm": key.alarm, "account": key.account, "region": key.region, **more}
