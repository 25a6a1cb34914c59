"""The middle: one message in, everybody who has to hear about it told, and each one exactly once.

    read ── absorb into the history ── plan ── claim (conditional write) ── tell, side by side ── record what was told

A sink is told only by whoever holds the claim on it. What was told is written down at once, each sink for itself; what
failed is left for the next attempt, which finds it in the plan again. Nothing here knows AWS or HTTP.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

from handlers.common.deadline import Deadline
from handlers.incident import holds
from handlers.incident.admission import Known, Refused, Unknown, classify
from handlers.incident.compose import report, told_late
from handlers.incident.episodes import absorb, forget
from handlers.incident.events import Change, Key, Look, NotNews, Unreadable, read
from handlers.incident.history import Told
from handlers.incident.meter import Meter
from handlers.incident.plan import Todo, failed, plan, record, said
from handlers.incident.report import Report, Step
from handlers.incident.routing import Routing
from handlers.incident.sinks.sink import Sink, SinkFailed, Tools, sink
from handlers.incident.store import Held, Store

logger = logging.getLogger(__name__)
# Below this many seconds nothing new is begun.
TOO_LATE = 0.3
CONFLICTS = 20
# Milliseconds between two log lines about what was not taken from an account.
LOG_EVERY = 60_000


class Poison(Exception):
    """Nobody can ever handle the message; it belongs to the dead letters, with the reason."""


class TryLater(Exception):
    """Not everybody has been told. wait: seconds after which to try again, where somebody asked for it."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is ours to say now, and what others are at or have asked to wait with."""

    held: Held
    todo: tuple[Todo, ...]
    busy: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class Service:
    """look: asks for a reminder at a time. lines: the evidence for an alarm. now: milliseconds since 1970.

    forget_secret: read that secret anew, it was refused. hide: a text without any secret in it.
    """

    routing: Routing
    store: Store
    tools: Tools
    look: Callable[[Key, int], None]
    lines: Callable[[Key, int, Deadline], tuple[str, ...]]
    now: Callable[[], int]
    meter: Meter
    forget_secret: Callable[[str | None], None] = lambda _name: None
    hide: Callable[[str], str] = str
    _sinks: dict[str, Sink] = field(default_factory=dict)
    _logged: dict[str, int] = field(default_factory=dict)

    def handle(self, body: str, deadline: Deadline) -> Unknown | Refused | None:
        """Do all that a message asks for; what was not taken is returned. Raises Poison or TryLater."""
        match read(body):
            case Unreadable(reason):
                raise Poison(reason)
            case NotNews(why):
                logger.info("no news", extra={"why": why})
            case Look(key):
                self._reconcile(key, None, deadline)
            case Change() as change:
                admitted = classify(change, self.routing, self.now())
                if not isinstance(admitted, Known):
                    return self._not_taken(change.key, admitted)
                self._wake_suppressed(change)
                self._reconcile(change.key, change, deadline)
        return None

    def _not_taken(self, key: Key, why: Unknown | Refused) -> Unknown | Refused:
        """Count it, and log one a minute of each account: whoever sends many must not fill the log, too."""
        count = self.meter.refused if isinstance(why, Refused) else self.meter.unknown_alarm
        count(key.account)
        if self.now() - self._logged.get(key.account, -LOG_EVERY) >= LOG_EVERY:
            self._logged[key.account] = self.now()
            logger.warning("not taken", extra=_about(key, why=why.reason))
        return why

    def warm(self) -> None:
        """Load what the first alarm will need."""
        for route in self.routing.data["routes"].values():
            for name in route:
                self._sink(name)

    def _reconcile(self, key: Key, change: Change | None, deadline: Deadline) -> None:
        severity = self._severity(key)
        channels = {name: way.tickets for name in self.routing.listeners(severity) if (way := self._sink(name))}
        if severity == "none" and not any(self.routing.suppressed_by(key)):
            logger.info("nobody is to hear about it", extra=_about(key))
            return
        about = _about(key, state=change.state, late_ms=told_late(change, self.now())) if change else _about(key)
        logger.info("received", extra={**about, "severity": severity})
        claimed = self._claim(key, change, severity, channels)
        while claimed.todo:
            held, failures = self._tell(key, claimed, deadline)
            self._evidence(key, claimed.todo, held, deadline)
            if failures:
                raise TryLater("; ".join(map(str, failures)), max(f.retry_after or 0 for f in failures) or None)
            if deadline.left < TOO_LATE:
                raise TryLater("the time was up before everybody was told")
            claimed = self._claim(key, None, severity, channels)
        if claimed.busy:
            names = ", ".join(sorted({name for name, _ in claimed.busy}))
            until = max(until for _, until in claimed.busy)
            raise TryLater(f"somebody else is telling {names}, or it asked to wait", (until - self.now()) / 1000)

    def _severity(self, key: Key) -> str:
        return self.routing.severity(key) if self.routing.knows(key.alarm) else "none"

    def _claim(self, key: Key, change: Change | None, severity: str, channels: Mapping[str, bool]) -> Claimed:
        """Read, take the change in, and put a claim on all that is to be said; again, until nobody came between."""
        for _ in range(CONFLICTS):
            now = self.now()
            held = self.store.load(key)
            history = absorb(held.history, change, self.routing.reopen_within) if change else held.history
            suppressor = self._suppressor(key, history.points[-1].by if history.points else None)
            history = holds.released(history, suppressor, now)
            planned = plan(history, key, severity, channels, now)
            history = forget(planned.history, now)
            again = holds.look_at(history, suppressor, now)
            if again:
                self.look(key, again)
            if history == held.history:
                return Claimed(held, planned.todo, planned.busy)
            saved = self.store.save(key, held, history, now)
            if saved:
                return Claimed(saved, planned.todo, planned.busy)
        raise TryLater("others wrote to this episode all the time")

    def _suppressor(self, key: Key, by: str | None) -> holds.Suppressor | None:
        known = self.routing.suppressor(key) if by else None
        if not known:
            return None
        suppressing, extend = known
        points = self.store.load(suppressing).history.points
        return holds.Suppressor(points[-1].state, points[-1].at, extend) if points else None

    def _wake_suppressed(self, change: Change) -> None:
        """The end of a suppressor's ALARM is the beginning of the end for what it suppressed."""
        if change.state == "ALARM":
            return
        for key, extend in self.routing.suppressed_by(change.key):
            points = self.store.load(key).history.points
            if points and points[-1].state == "ALARM" and points[-1].by:
                self.look(key, max(change.at + extend, self.now()) + holds.MARGIN)

    def _tell(self, key: Key, claimed: Claimed, deadline: Deadline) -> tuple[Held, list[SinkFailed]]:
        """Tell all at the same time: a slow ticket system must not keep the pager waiting."""
        held, failures = claimed.held, []
        with ThreadPoolExecutor(max_workers=len(claimed.todo)) as pool:
            running: dict[Future[Told | SinkFailed], Todo] = {}
            for item in claimed.todo:
                said_now = report(item, key, held.history, self.routing)
                running[pool.submit(self._tell_one, item, said_now, deadline)] = item
            for done in as_completed(running):
                result, item = done.result(), running[done]
                if isinstance(result, SinkFailed):
                    failures.append(result)
                    wait = self.now() + round((result.retry_after or 0) * 1000)
                    result = failed(item, unsure=result.unsure, wait=wait if wait > self.now() else 0)
                elif item.step is Step.OPEN and not _told(held, item):
                    self.meter.opened(item.episode.at)
                held = self._record(key, held, item, result)
        return held, failures

    def _tell_one(self, item: Todo, said_now: Report, deadline: Deadline) -> Told | SinkFailed:
        about = {"episode": item.episode.id, "channel": item.channel, "step": str(item.step), "alarm": said_now.alarm}
        channel = self._sink(item.channel)
        if channel is None:
            return said(item, None)
        try:
            ref = channel.tell(said_now, item.told.ref, deadline, unsure=item.told.unsure)
        except SinkFailed as error:
            return self._failure(item, error, about)
        except Exception as error:
            # A defect in one sink must not undo what the others did; it may have been told for all we know.
            stack = "".join(traceback.format_exception(error))
            logger.error("unexpected", extra={**about, "stack": self.hide(stack)})
            return self._failure(item, SinkFailed(f"unexpected {type(error).__name__}", unsure=True), about)
        logger.info("told", extra={**about, "ref": ref})
        return said(item, ref)

    def _failure(self, item: Todo, error: SinkFailed, about: Mapping[str, str]) -> SinkFailed:
        held = self.routing.channel(item.channel)
        self.forget_secret(held.secret if held else None)
        self.meter.failed(item.channel)
        why = f"{item.channel}: {self.hide(str(error))}"
        logger.warning("not told", extra={**about, "why": why, "unsure": error.unsure})
        return SinkFailed(why, unsure=error.unsure, retry_after=error.retry_after)

    def _record(self, key: Key, held: Held, item: Todo, told: Told) -> Held:
        """Write down what one channel was told, whatever else has been written meanwhile."""
        for _ in range(CONFLICTS):
            history = record(held.history, item.episode, item.channel, told)
            saved = self.store.save(key, held, history, self.now())
            if saved:
                return saved
            held = self.store.load(key)
        raise TryLater("others wrote to this episode all the time")

    def _evidence(self, key: Key, todo: tuple[Todo, ...], held: Held, deadline: Deadline) -> None:
        """Log lines for those whose ticket was opened just now. Whatever goes wrong here is logged and let be."""
        records = {episode.id: episode for episode in held.history.episodes}
        opened = [
            (item, told)
            for item in todo
            if item.step is Step.OPEN and item.span and not item.span.ended and item.episode.id in records
            if (told := records[item.episode.id].told[item.channel]).state == "ALARM"
        ]
        if not opened:
            return
        try:
            found = self.lines(key, opened[0][0].episode.at, deadline)
            for item, told in opened if found else ():
                channel = self._sink(item.channel)
                if channel and told.ref and deadline.left > TOO_LATE:
                    said_now = report(item, key, held.history, self.routing)
                    said_now = replace(said_now, step=Step.EVIDENCE, lines=found)
                    channel.tell(said_now, told.ref, deadline, unsure=False)
        except Exception as error:
            logger.warning("no evidence", extra=_about(key, why=f"{type(error).__name__}: {error}"))

    def _sink(self, name: str) -> Sink | None:
        if name not in self._sinks:
            channel = self.routing.channel(name)
            if channel is None:
                return None
            self._sinks[name] = sink(channel, self.tools)
        return self._sinks[name]


def _told(held: Held, item: Todo) -> bool:
    """Whether anybody has been told about the episode yet."""
    known = (episode for episode in held.history.episodes if episode.id == item.episode.id)
    return any(told.state for episode in known for told in episode.told.values())


def _about(key: Key, **more: object) -> dict[str, object]:
    return {"alarm": key.alarm, "account": key.account, "region": key.region, **more}
