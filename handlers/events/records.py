"""What the event store remembers; pure. Times are milliseconds since 1970 in UTC, 0 where there is none.

Records are read with a version and written on the condition that it is still the same; 0 is a record not yet written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Conflict(Exception):
    """Somebody else wrote in between; read again."""


class State(StrEnum):
    """How far people are with an error or an event."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    IGNORED = "ignored"


class EventType(StrEnum):
    """What an event is about. error: an error that is new or came back, or has a spike."""

    ALARM = "alarm"
    TASK_FAILURE = "task-failure"
    CANARY_FAILURE = "canary-failure"
    DEPLOYMENT = "deployment"
    HEALTH = "health"
    ERROR = "error"
    AGENT = "agent"


class Status(StrEnum):
    """Of an agent. registered, updated, removed, failed: its stack instance, and its first heartbeat after that."""

    REGISTERED = "registered"
    UPDATED = "updated"
    REMOVED = "removed"
    FAILED = "failed"
    SILENT = "silent"


class FindingState(StrEnum):
    """The state of a finding, in an alarm's words."""

    ALARM = "ALARM"
    OK = "OK"


class Source(NamedTuple):
    """An account by its id, and a Region of it."""

    account: str
    region: str


@dataclass(frozen=True, slots=True)
class SentFinding:
    """The finding that was sent last. content: a digest of what it said."""

    at: int
    state: FindingState
    content: str = ""


@dataclass(frozen=True, slots=True)
class PendingFinding:
    """The finding to send. check: as CHECKS of finding_detail.py names it. detail: of the event, whole, so that it is
    the same however often it is sent.
    """

    at: int
    state: FindingState
    check: str
    detail: Mapping[str, Any]
    content: str = ""

    @property
    def as_notified(self) -> SentFinding:
        """What is remembered of it once it is sent."""
        return SentFinding(self.at, self.state, self.content)


@dataclass(frozen=True, slots=True)
class Error:
    """One error, by its fingerprint, wherever it occurs.

    kind: log or lambda. home: where it was first seen; its incident is there. groups, sources: log groups and places
    where it was seen, the first ones. alias: the error that it was merged into; merged: those that were merged into it.
    ignore_until: until when it is ignored; ignore_count, ignore_window: or until so many occur in so many
    milliseconds. learned: when it was learned without a notification of its own. due: when the tick has to look at it.
    """

    fingerprint: str
    kind: str
    title: str
    first_seen: int
    last_seen: int
    home: Source
    shape: str = ""
    sample: str = ""
    stream: str = ""
    request: str = ""
    literal: str = ""
    groups: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    service: str = ""
    source_path: str = ""
    owner: str = ""
    runbook: str = ""
    state: State = State.NEW
    state_at: int = 0
    state_by: str = ""
    ignore_until: int = 0
    ignore_count: int = 0
    ignore_window: int = 0
    alias: str = ""
    merged: tuple[str, ...] = ()
    learned: int = 0
    notified: SentFinding | None = None
    owed: PendingFinding | None = None
    due: int = 0
    version: int = 0

    @property
    def latest(self) -> SentFinding | None:
        """The finding that people have or are about to get; an owed one may have been sent already."""
        return self.owed.as_notified if self.owed else self.notified

    @property
    def is_open(self) -> bool:
        """Whether people have heard of it, or are about to, and not that it is over."""
        return self.latest is not None and self.latest.state is FindingState.ALARM


@dataclass(frozen=True, slots=True)
class Count:
    """How often an error occurred in the window that begins at `start`, in one place. final: counted a second time."""

    fingerprint: str
    start: int
    source: Source
    count: int
    exact: bool = True
    final: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened once. body: JSON: facts, lines, link, owner, service, correlation, as far as known;
    of an alarm its state. The id is `event_id` of ids.py.
    """

    id: str
    type: EventType
    source: Source
    at: int
    severity: str
    title: str
    subject: str
    body: Mapping[str, Any] = field(default_factory=dict)
    state: State = State.NEW
    state_at: int = 0
    state_by: str = ""
    ignore_until: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Agent:
    """The agent of one account and Region. heartbeat_at: when the hub had its last window; window_end: the end of its
    latest window. status_at: since when it has its status; reason: why it failed. stack_at: the latest event of its
    stack instance. learned: when its learning ended and the summary was owed. body: the `agent` object of its latest
    window.
    """

    source: Source
    status: Status
    status_at: int
    registered_at: int
    agent_version: str = ""
    heartbeat_at: int = 0
    window_end: int = 0
    stack_at: int = 0
    learned: int = 0
    reason: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """What has come of one agent's window. first, final: the parts that came of each pass; parts: how many the final
    one has, as its parts say. first_errors, final_errors: fingerprints in them; new: those that were new.
    """

    source: Source
    start: int
    first: frozenset[int] = frozenset()
    final: frozenset[int] = frozenset()
    first_errors: frozenset[str] = frozenset()
    final_errors: frozenset[str] = frozenset()
    new: frozenset[str] = frozenset()
    parts: frozenset[int] = frozenset()

    @property
    def is_final(self) -> bool:
        """Whether all of the final pass has come."""
        return any(self.final >= frozenset(range(1, number + 1)) for number in self.parts)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A marker: something was deployed."""

    source: Source
    at: int
    subject: str
    title: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a check says of a subject that is no single error: a spike, a task, a service, an agent, a summary.

    last_at: the latest moment at which it was bad; changed_at: when it opened or closed, whichever was later.
    closes_at: when it closes by itself, 0 for never. content: title, facts, action and link of the finding that opened
    it.
    """

    check: str
    subject: str
    source: Source
    is_open: bool = False
    last_at: int = 0
    changed_at: int = 0
    closes_at: int = 0
    content: Mapping[str, Any] = field(default_factory=dict)
    notified: SentFinding | None = None
    owed: PendingFinding | None = None
    due: int = 0
    version: int = 0

    @property
    def latest(self) -> SentFinding | None:
        """The finding that people have or are about to get."""
        return self.owed.as_notified if self.owed else self.notified


@dataclass(frozen=True, slots=True)
class Pulse:
    """The hub's own life. at: the time of its latest tick; since: from when on no tick is missing, 0 for ever."""

    at: int
    since: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of many. next: what to go on behind; empty for the last page."""

    items: tuple[T, ...]
    next: str = ""
