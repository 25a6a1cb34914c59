"""The decision: one message in, alarm, incidents and what is owed to each channel written in one transaction.

    read ── is it ours? ── load ── decide (pure) ── place ── commit, all or nothing ── refresh the parent ── wake

Of an alarm that is part of an incident of several, the parent is brought up to date in the same invocation, and when
the message comes again.

It depends on no vendor and waits for no response. A message is done with once that is committed; what wakes a worker
carries no truth and may be lost. Nothing here knows AWS or HTTP.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from handlers.common.deadline import Deadline
from handlers.incident.channel_types import TICKET_TYPES
from handlers.incident.decision import holds
from handlers.incident.decision.admission import (
    KnownAlarm,
    MisdirectedFinding,
    RejectedEvent,
    UnknownAlarm,
    classify,
    is_genuine,
)
from handlers.incident.decision.contributing import Contributing
from handlers.incident.decision.deciding import AlarmDecider, DecisionOutcome
from handlers.incident.decision.mutes import SETTLES, Mute, Mutes
from handlers.incident.decision.removals import Removals
from handlers.incident.decision.retries import TOO_LATE, Retries
from handlers.incident.event_rules import change_of
from handlers.incident.events import Change, IgnoredEvent, Key, Meaning, Recheck, RuleEvent, Unreadable, read
from handlers.incident.grouping.grouping_service import Groups
from handlers.incident.grouping.reviews import Reviews
from handlers.incident.meter import Meter
from handlers.incident.routing import Routing
from handlers.incident.state.table import Decisions, ParkedEvent

logger = logging.getLogger(__name__)
# Milliseconds between two log lines about what was not taken from an account.
LOG_EVERY = 60_000
# What a look at an incident of thousands of alarms takes, in seconds.
REVIEW_S = 3.0


class PoisonMessage(Exception):
    """Nobody can ever handle the message; it belongs to the dead letters, with the reason."""


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
    mutes: Mutes = field(init=False)
    _removals: Removals = field(init=False)
    _logged: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mutes = Mutes(self.table, self.now)
        self._removals = Removals(self.routing, self.table, self.now, self._end, self._refresh)

    def handle(self, body: str, deadline: Deadline) -> DecisionOutcome:
        """Decide on a message. Raises Poison or TryLater."""
        match self._read(body):
            case Unreadable(reason):
                raise PoisonMessage(reason)
            case IgnoredEvent(why):
                logger.info("ignored", extra={"why": why})
            case Recheck(key):
                # From a schedule of the version before; this one has `look_at` on the alarm.
                return self.recheck(key, deadline)
            case Change() as change:
                match classify(change, self.routing, self.now()):
                    case KnownAlarm() if change.is_contributor and not self.routing.most_contributors(change.key):
                        logger.info("ignored", extra={"why": "the alarm has one incident for all of its contributors"})
                    case KnownAlarm():
                        return self._decide(change, deadline)
                    case MisdirectedFinding(reason):
                        raise PoisonMessage(reason)
                    case refused:
                        self._reject(change, refused, body)
        return DecisionOutcome()

    def recheck(self, key: Key, deadline: Deadline) -> DecisionOutcome:
        """Decide on an alarm because the time has come at which its actions may be held no longer. Raises TryLater."""
        self._contributing.end_lost(key, deadline)
        decided = self._deciding.decide(key, None, deadline)
        self._contributing.after(key, deadline)
        return self._woken(decided)

    def release(self, appointed: Callable[[], Sequence[Key]], deadline: Deadline) -> None:
        """Decide on the alarms of mutes that somebody has ended early, long before their time.

        appointed: all alarms with a time of recheck. A function that has read the list before the mute was
        ended may still appoint one; so that is done again until it is long over. Raises the first failure.
        """
        ended = [mute for mute in self.mutes.all() if mute.is_to_release(self.now())]
        keys = self.routing.worst_first(appointed()) if ended else []
        rechecked, failures = 0, []
        # Where another mute goes on, only the time at which to look again is another one.
        of_ended = sorted((key for key in keys if self._is_of(ended, key)), key=self._is_muted)
        for key in of_ended:
            if deadline.left < REVIEW_S:
                break
            try:
                self.recheck(key, deadline)
                rechecked += 1
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]
        for mute in ended:
            if rechecked == len(of_ended) and self.now() >= mute.ended_at + SETTLES:
                self.table.mark_released(mute, self.now())
                logger.info("released", extra={"mute": mute.id, "ended_by": mute.ended_by})

    def _is_of(self, mutes: Sequence[Mute], key: Key) -> bool:
        account = self.routing.location(key).account
        return any(mute.holds(key.alarm, account) for mute in mutes)

    def _is_muted(self, key: Key) -> bool:
        return self.mutes.until([key], self.routing.location) > 0

    def review(self, limit: int, deadline: Deadline) -> int:
        """Review the incidents that are due, and wake the channels that are owed something; the number reviewed.

        Raises the first failure once all others have been reviewed.
        """
        reviews, reviewed, failures = Reviews(self._groups, self.table), 0, []
        for id_ in self.table.reviews(self.now(), limit):
            if deadline.left < REVIEW_S:
                break
            try:
                awake = reviews.review(id_, deadline)
                reviewed += 1
                self._woken(DecisionOutcome(awake=tuple(dict.fromkeys(awake))))
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return reviewed

    def end_removed(self, deadline: Deadline) -> int:
        """End the incidents of what the deployed file has no more; how many those were. Raises the first failure."""
        return self._removals.end_removed(deadline)

    def process_parked(self, limit: int, deadline: Deadline) -> int:
        """Decide on parked events whose alarms the build knows by now; how many those were.

        Raises the first failure once all others have been taken in.
        """
        processed, failures = 0, []
        for parked in self.table.parked(self.routing.knows, limit):
            if deadline.left < TOO_LATE:
                break
            change = self._read(parked.body)
            try:
                if isinstance(change, Change) and is_genuine(change):
                    self._decide(self._without_the_past(change), deadline)
                    processed += 1
                logger.info(
                    "parked event processed", extra=_log_context(parked.key, readable=isinstance(change, Change))
                )
                self.table.unpark(parked)
            except Exception as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return processed

    def _end(self, change: Change, deadline: Deadline) -> None:
        if change.is_contributor:
            # First, for an incident that is open is found again where this function dies in between.
            self._contributing.release(change.key, change.at, deadline)
        self._decide(change, deadline)

    def _refresh(self, parent: str, deadline: Deadline) -> None:
        self._groups.refresh(parent, (), deadline, settles=False)

    def _read(self, body: str) -> Meaning:
        """What a message says, of an event of AWS by the rule that took it."""
        meaning = read(body)
        return change_of(meaning, self.routing) if isinstance(meaning, RuleEvent) else meaning

    def _without_the_past(self, change: Change) -> Change:
        """A parked event, less what was over before the build knew the alarm: no channel is notified of that.

        The OK itself is remembered, for its ALARM may still be on its way.
        """
        if change.state != "OK" or self.table.load(change.key).alarm.changes:
            return change
        return replace(change, before=None, before_at=None, before_by=None)

    def _reject(self, change: Change, why: UnknownAlarm | RejectedEvent, body: str) -> None:
        """Count it, and log one a minute of each account: whoever sends many must not fill the log, too."""
        account = change.key.account
        count = self.meter.refused if isinstance(why, RejectedEvent) else self.meter.unknown_alarm
        count(account)
        if self.now() - self._logged.get(account, -LOG_EVERY) >= LOG_EVERY:
            self._logged[account] = self.now()
            logger.warning("rejected", extra=_log_context(change.key, why=why.reason))
        if isinstance(why, UnknownAlarm) and why.parked:
            self.table.park(ParkedEvent(change.key, body, change.at), self.now())

    def _decide(self, change: Change, deadline: Deadline) -> DecisionOutcome:
        self._contributing.before(change, deadline)
        decided = self._deciding.decide(change.key, change, deadline)
        may_be_over = change.state == "OK" and decided.has_register
        self._contributing.after(change.key, deadline, may_be_over=may_be_over)
        self._recheck_suppressed(change, deadline)
        return self._woken(decided)

    def _woken(self, decided: DecisionOutcome) -> DecisionOutcome:
        if decided.awake:
            self.wake(decided.awake)
        return decided

    def _recheck_suppressed(self, change: Change, deadline: Deadline) -> None:
        """The end of a suppressor's ALARM is the beginning of the end for what it suppressed."""
        if change.state == "ALARM":
            return
        for key, extend in self.routing.suppressed_by(change.key):
            self._appoint(key, change.at + extend, deadline)

    def _appoint(self, key: Key, end: int, deadline: Deadline) -> None:
        """Recheck a suppressed alarm when its suppression may be over, unless it is rechecked earlier."""

        def attempt() -> None:
            now = self.now()
            stored = self.table.load(key)
            last = stored.alarm.changes[-1] if stored.alarm.changes else None
            at = max(end, now) + holds.MARGIN
            if last and last.state == "ALARM" and last.by and (stored.alarm.recheck_at or at + 1) > at:
                self.table.commit(stored, replace(stored.alarm, recheck_at=at), [], now)

        self._retries.written(attempt, deadline, "a suppressed alarm")

    @property
    def _retries(self) -> Retries:
        return Retries(self.pause, self.random)

    @property
    def _groups(self) -> Groups:
        channels = self.routing.data["channels"]
        tickets = frozenset(name for name, channel in channels.items() if channel["type"] in TICKET_TYPES)
        return Groups(self.routing, self.table, tickets, self.now, self._retries)

    @property
    def _contributing(self) -> Contributing:
        return Contributing(self.routing, self.table, self.now, self._retries, self._decide_woken)

    def _decide_woken(self, key: Key, change: Change, deadline: Deadline) -> DecisionOutcome:
        return self._woken(self._deciding.decide(key, change, deadline))

    @property
    def _deciding(self) -> AlarmDecider:
        return AlarmDecider(self.routing, self.table, self._groups, self.now, self.meter, self.mutes)


def _log_context(key: Key, **more: object) -> dict[str, object]:
    return {"alarm": key.alarm, "account": key.account, "region": key.region, **more}
