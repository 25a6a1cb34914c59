"""Deliveries under a virtual clock: a table in memory, sinks that remember what they were sent, and faults."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, ClassVar

from handlers.common.deadline import Deadline
from handlers.incident.channel_state import ChannelState
from handlers.incident.channels import Channel
from handlers.incident.delivery.ports import Outcome, Ports
from handlers.incident.delivery.worker import work
from handlers.incident.events import Key
from handlers.incident.meter import Meter
from handlers.incident.records import Acknowledgement, Delivery, Incident, Kind, Rank, Status, rank
from handlers.incident.report import Digest, Report, Step
from handlers.incident.routing import Routing
from handlers.incident.sinks.sink import Advance, Attempt, Blame, SinkFailed
from handlers.incident.table import Conflict, DueDelivery

START = 1_795_168_800_000
PASS_S = 58.0


class Killed(BaseException):
    """The worker's environment is gone."""


@dataclass
class Clock:
    """Milliseconds since 1970, that pass only when somebody says so. at: what happens by itself at what time."""

    ms: float = START
    at: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def now(self) -> int:
        return int(self.ms)

    def seconds(self) -> float:
        return self.ms / 1000

    def sleep(self, seconds: float) -> None:
        assert 0 <= seconds <= 10
        self.go(1000 * seconds)

    def go(self, ms: float) -> None:
        until = self.ms + ms
        while self.at and self.at[0][0] <= until:
            at, action = self.at.pop(0)
            self.ms = max(self.ms, at)
            action()
        self.ms = until

    def call(self, at: float, action: Callable[[], None]) -> None:
        self.at.append((at, action))
        self.at.sort(key=lambda pair: pair[0])


@dataclass
class Memory:
    """The table as far as deliveries go. fault: called before each operation, may raise. lag_ms: the index's."""

    clock: Clock
    op_ms: float = 5
    lag_ms: float = 0
    fault: Callable[[str], None] = lambda _name: None
    states: dict[str, ChannelState] = field(default_factory=dict)
    incidents: dict[str, Incident] = field(default_factory=dict)
    rows: dict[tuple[str, str], tuple[Delivery, int, Rank | None]] = field(default_factory=dict)
    index: dict[tuple[str, Rank], list[tuple[int, str]]] = field(default_factory=dict)
    listed: dict[tuple[str, str], tuple[Rank, int]] = field(default_factory=dict)
    saves: int = 0
    decisions: int = 0

    def _op(self, name: str) -> None:
        self.clock.go(self.op_ms)
        self.fault(name)

    def take_lease(self, name: str, now: int, until: int) -> ChannelState | None:
        self._op("take_lease")
        state = self.states.get(name, ChannelState(name))
        if state.lease_until > now:
            self.states[name] = replace(state, missed_wake_up=state.fence)
            return None
        self.states[name] = replace(state, fence=state.fence + 1, lease_until=until)
        return self.states[name]

    def save_channel(self, channel: ChannelState, now: int, *, release: bool) -> bool:
        self._op("save_channel")
        stored = self.states[channel.name]
        if stored.fence != channel.fence:
            raise Conflict(channel.name)
        until = 0 if release else stored.lease_until
        self.states[channel.name] = replace(channel, lease_until=until, missed_wake_up=stored.missed_wake_up)
        return not (release and stored.missed_wake_up == channel.fence)

    def channels(self) -> set[str]:
        return set(self.states)

    def forget_channel(self, name: str) -> None:
        del self.states[name]

    def due(self, channel: str, rank: Rank, now: int, limit: int) -> list[DueDelivery]:
        self._op("due")
        rows = self.index.get((channel, rank), [])
        return [DueDelivery(incident, channel, rank, at) for at, incident in rows[:limit] if at <= now]

    def anything_due(self, channel: str, now: int) -> bool:
        return any(self.due(channel, rank, now, 1) for rank in Rank)

    def next_due(self, channel: str) -> int | None:
        self._op("next_due")
        return min((rows[0][0] for rank in Rank if (rows := self.index.get((channel, rank)))), default=None)

    def load_delivery(self, due: DueDelivery) -> tuple[Incident | None, Delivery, int]:
        self._op("load_delivery")
        empty = Delivery(due.incident, due.channel)
        delivery, version, _ = self.rows.get((due.incident, due.channel), (empty, 0, None))
        return self.incidents.get(due.incident), delivery, version

    def acknowledge(self, incident: str, acknowledgement: Acknowledgement, now: int) -> None:
        self._op("acknowledge")
        self.incidents[incident] = replace(self.incidents[incident], acknowledgement=acknowledgement)

    def save_delivery(
        self, delivery: Delivery, version: int, rank: Rank | None, incident: Incident | None, now: int
    ) -> int | None:
        self._op("save_delivery")
        key = (delivery.incident, delivery.channel)
        stored, stored_version, _ = self.rows[key]
        if stored_version != version:
            return None
        self.saves += 1
        if stored.desired == delivery.desired:
            self._put(delivery, version + 1, rank, now)
        else:
            # A decision raised it meanwhile: it stays owed, where the decision has listed it.
            self.rows[key] = (replace(delivery, desired=stored.desired, status=Status.OWED), version + 1, rank)
        self.fault("saved_delivery")
        return version + 1

    def _put(self, delivery: Delivery, version: int, rank: Rank | None, now: int) -> None:
        key = (delivery.incident, delivery.channel)
        self.rows[key] = (delivery, version, rank)
        self._list_later(key, (rank, delivery.not_before) if rank else None)

    def _list_later(self, key: tuple[str, str], entry: tuple[Rank, int] | None) -> None:
        if self.lag_ms:
            self.clock.call(self.clock.ms + self.lag_ms, lambda: self._list(key, entry))
        else:
            self._list(key, entry)

    def _list(self, key: tuple[str, str], entry: tuple[Rank, int] | None) -> None:
        incident, channel = key
        old = self.listed.pop(key, None)
        if old:
            rows = self.index[channel, old[0]]
            del rows[bisect_left(rows, (old[1], incident))]
        if entry:
            self.listed[key] = entry
            insort(self.index.setdefault((channel, entry[0]), []), (entry[1], incident))

    def commit(self, incident: Incident, channels: Sequence[str]) -> None:
        """What deciding writes: the incident, and that the channels are owed its revision."""
        self.incidents[incident.id] = incident
        self.decisions += 1
        for channel in channels:
            empty = Delivery(incident.id, channel)
            delivery, version, _ = self.rows.get((incident.id, channel), (empty, 0, None))
            owed = replace(delivery, desired=incident.revision, status=Status.OWED)
            entry = rank(incident.severity, incident.state)
            self.rows[incident.id, channel] = (owed, max(version, 1), entry)
            self._list_later((incident.id, channel), (entry, self.clock.now()))

    def of(self, incident: str, channel: str) -> Delivery:
        return self.rows[incident, channel][0]

    def owed(self, channel: str | None = None) -> list[Delivery]:
        rows = [row for row, _, _ in self.rows.values() if channel in (None, row.channel)]
        return [row for row in rows if row.status is Status.OWED]


@dataclass
class FakeSink:
    """One call a step. fault: what a call does instead, given what is sent; raised after `effect` calls take effect."""

    tickets: ClassVar[bool] = False
    accepts_evidence: ClassVar[bool] = False
    omits: ClassVar[frozenset[Step]] = frozenset()
    clock: Clock
    latency_ms: float = 200
    fault: Callable[[Report | Digest, Attempt | None], BaseException | None] = lambda _content, _attempt: None
    calls: list[float] = field(default_factory=list)
    sent: list[tuple[int, str, Step]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)

    def _call(self, content: Report | Digest, attempt: Attempt | None) -> None:
        self.calls.append(self.clock.ms)
        self.clock.go(self.latency_ms)
        error = self.fault(content, attempt)
        if error is not None:
            raise error

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        self._call(report, attempt)
        self.sent.append((self.clock.now(), report.episode, report.step))
        self.reports.append(report)
        return Advance(attempt.reference or f"ref-{report.episode}")

    def steps(self, incident: str | None = None) -> list[str]:
        return [str(step) for _, about, step in self.sent if incident in (None, about)]


@dataclass
class Pager(FakeSink):
    tickets: ClassVar[bool] = True


@dataclass
class Chat(FakeSink):
    """Takes lists. editable: whether what is sent can be edited."""

    editable: bool = True
    digests: list[tuple[int, Digest, str | None]] = field(default_factory=list)

    def digest(self, digest: Digest, reference: str | None, deadline: Deadline) -> str | None:
        self._call(digest, None)
        self.digests.append((self.clock.now(), digest, reference))
        return (reference or f"list-{len(self.digests)}") if self.editable else None

    @property
    def messages(self) -> int:
        return len(self.sent) + sum(reference is None for _, _, reference in self.digests)


@dataclass
class Tickets(FakeSink):
    """As Jira: create, then comment, then move; a create of which nobody knows is looked for by its label."""

    tickets: ClassVar[bool] = True
    accepts_evidence: ClassVar[bool] = True
    index_lag_ms: float = 2_000
    issues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def advance(self, report: Report, attempt: Attempt, deadline: Deadline) -> Advance:
        done = attempt.progress
        if attempt.reference is None and report.step in (Step.OPEN, Step.REPEAT):
            # A search from before the latest uncertain attempt says nothing about that one.
            if attempt.unsure and done.get("searched") != str(attempt.unsure_since):
                return self._search(report, attempt)
            return self._create(report, attempt)
        issue = self._issue(attempt.reference or "")
        if "comment" not in done:
            self._call(report, attempt)
            issue["comments"].append(str(report.step))
            self._note(report)
            return Advance(attempt.reference, report.step is not Step.RESOLVE, {"comment": "yes"})
        self._call(report, attempt)
        issue["open"] = False
        return Advance(attempt.reference)

    def _search(self, report: Report, attempt: Attempt) -> Advance:
        self._call(report, attempt)
        found = [i for i in self.issues.get(report.episode, []) if i["at"] + self.index_lag_ms <= self.clock.ms]
        if found:
            return Advance(found[0]["key"])
        if attempt.unsure_ms < 180_000:
            raise SinkFailed("not found yet", retry_after=120, blame=Blame.DELIVERY)
        return Advance(None, False, {"searched": str(attempt.unsure_since)})

    def _create(self, report: Report, attempt: Attempt) -> Advance:
        made = {"key": f"OPS-{report.episode}-{len(self.issues.get(report.episode, []))}", "at": self.clock.ms}
        made |= {"open": True, "comments": []}
        self.calls.append(self.clock.ms)
        error = self.fault(report, attempt)
        if error is None or getattr(error, "unsure", True):
            self.issues.setdefault(report.episode, []).append(made)
        self.clock.go(self.latency_ms)
        if error is not None:
            raise error
        self._note(report)
        return Advance(str(made["key"]))

    def _issue(self, key: str) -> dict[str, Any]:
        return next(issue for issues in self.issues.values() for issue in issues if issue["key"] == key)

    def _note(self, report: Report) -> None:
        self.sent.append((self.clock.now(), report.episode, report.step))
        self.reports.append(report)


@dataclass
class Place:
    """A world with channels `name: type`, and what the workers of it did."""

    channels: dict[str, dict[str, Any]]
    clock: Clock = field(default_factory=Clock)
    random: Random = field(default_factory=lambda: Random(7))  # noqa: S311
    sinks: dict[str, Any] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    lines: tuple[str, ...] = ()
    evidence: str = "tickets"

    def __post_init__(self) -> None:
        self.table = Memory(self.clock)
        kinds = {"pagerduty": Pager, "jira": Tickets, "slack": Chat, "email": Chat}
        for name, held in self.channels.items():
            self.sinks.setdefault(name, kinds.get(held["type"], FakeSink)(self.clock))
            if held["type"] == "email":
                self.sinks[name].editable = False
        query = {"log_group": "/app", "pattern": "ERROR", "query": "fields @message", "readable": True}
        self.data: dict[str, Any] = {
            "project": "shop",
            "environment": "prod",
            "hub": {"account": "1" * 12, "region": "us-east-1"},
            "accounts": {"2" * 12: "checkout"},
            "channels": self.channels,
            "alarms": {"logs": {"severity": "high", "logs": query}},
            "evidence": self.evidence,
            "dashboard": "overview-prod",
            "routes": {},
        }
        self.forgotten: list[str | None] = []
        self.ports = Ports(
            table=self.table,
            routing=Routing(self.data),
            sink=lambda channel: self._sink(channel),
            now=self.clock.now,
            sleep=self.clock.sleep,
            random=self.random.random,
            lines=lambda _key, _at, _deadline: self.lines,
            meter=Meter("prod", self.clock.now, self.metrics.append),
            forget_secret=self.forget,
            hide=self.hide,
        )

    def _sink(self, channel: Channel) -> Any:
        return self.sinks[channel.name]

    def hide(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "[secret]")
        return text

    def forget(self, name: str | None) -> None:
        self.forgotten.append(name)

    def open(
        self, id_: str, *channels: str, severity: str = "high", alarm: str = "errors", kind: Kind = Kind.ALONE
    ) -> Incident:
        now = self.clock.now()
        state = "ALARM" if kind is Kind.ALONE else "INSUFFICIENT_DATA"
        incident = Incident(
            id_, Key("2" * 12, "us-east-1", alarm), kind, severity, now, state, now, now, recipients=channels
        )
        self.table.commit(incident, channels)
        return incident

    def change(self, id_: str, **changes: Any) -> Incident:
        known = self.table.incidents[id_]
        incident = replace(known, revision=known.revision + 1, changed_at=self.clock.now(), **changes)
        self.table.commit(incident, incident.recipients)
        return incident

    def end(self, id_: str) -> Incident:
        return self.change(id_, state="OK", ended=self.clock.now())

    def again(self, id_: str) -> Incident:
        count = self.table.incidents[id_].alarm_count + 1
        return self.change(id_, state="ALARM", ended=None, alarm_at=self.clock.now(), alarm_count=count)

    def work(self, name: str, seconds: float = PASS_S, **more: Any) -> Outcome:
        return work(name, self.ports, Deadline.after(seconds, self.clock.seconds), **more)

    def run(self, name: str, seconds: float, tick_s: int = 60) -> None:
        """What the notifier does in that time: woken by a tick a minute, by each decision, and again where it asks."""
        end = self.clock.ms + 1000 * seconds
        while self.clock.ms < end:
            decisions = self.table.decisions
            outcome = self.work(name) if self.table.anything_due(name, self.clock.now()) else Outcome(True)
            tick = self.clock.ms + 1000 * tick_s - (self.clock.ms - START) % (1000 * tick_s)
            again = self.clock.ms + 1000 * outcome.wait_s if outcome.more_due else tick
            while self.clock.ms < min(again, end) and decisions == self.table.decisions:
                happens = self.clock.at[0][0] if self.clock.at else again
                self.clock.go(max(0, min(again, end, happens) - self.clock.ms))

    def state(self, name: str) -> ChannelState:
        return self.table.states[name]


def most_in_a_minute(calls: Sequence[float]) -> int:
    """The most calls in any 60 seconds, both ends counted."""
    most, first = 0, 0
    for last, at in enumerate(calls):
        while calls[first] < at - 60_000:
            first += 1
        most = max(most, last - first + 1)
    return most
