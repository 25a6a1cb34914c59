"""What the checker remembers of resources and scans; `dynamo_ledger.py` is it in DynamoDB, tests have it in memory.

The summary of a scan is remembered as a resource would be, under the key SUMMARY: what is owed about it, is sent in the
same way. Times are milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol


class Conflict(Exception):
    """Somebody else wrote in between; read again."""


class Status(StrEnum):
    """What was last observed of a resource."""

    COMPLIANT = "compliant"
    NON_COMPLIANT = "non-compliant"
    EXEMPT = "exempt"
    GONE = "gone"


class State(StrEnum):
    """The state of a finding, in an alarm's words."""

    ALARM = "ALARM"
    OK = "OK"


class Key(NamedTuple):
    """A resource: its type, such as `ec2:instance`, and its id."""

    type: str
    id: str


SUMMARY = Key("summary", "summary")


@dataclass(frozen=True, slots=True)
class SentFinding:
    """The finding that was sent last: its `at`, its state and what was wrong then."""

    at: int
    state: State
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class PendingFinding:
    """The finding to send. detail: of the event, whole, so that it is the same however often it is sent."""

    at: int
    state: State
    fingerprint: str
    detail: Mapping[str, Any]

    @property
    def as_sent(self) -> SentFinding:
        """What is remembered of it once it is sent."""
        return SentFinding(self.at, self.state, self.fingerprint)


@dataclass(frozen=True, slots=True)
class StoredResource:
    """One resource. version: that of the row it was read from, 0 for none; `save` is conditional on it.

    observed_at: the time before the call that told of its tags. status, fingerprint, body: what it told; body has what
    reports show (name, state, missing, invalid, owner), and launcher, once it is known. content: title, facts, action
    and link of the finding that would tell it, while the resource is not compliant. event_at, tag_version: the latest
    state change and the latest version of the tags that were counted in the metrics. told, owed: the finding sent last,
    and the one to send. in_summary: people hear of it by the summary and not by a finding of its own. seen: the latest
    scan that listed it.
    """

    type: str
    id: str
    version: int = 0
    observed_at: int = 0
    status: Status = Status.COMPLIANT
    fingerprint: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)
    event_at: int = 0
    tag_version: int = 0
    told: SentFinding | None = None
    owed: PendingFinding | None = None
    in_summary: bool = False
    seen: int = 0

    @property
    def key(self) -> Key:
        """Its type and id."""
        return Key(self.type, self.id)

    @property
    def is_open(self) -> bool:
        """Whether something is wrong with it."""
        return self.status is Status.NON_COMPLIANT

    @property
    def latest(self) -> SentFinding | None:
        """The finding that people have or are about to get; an owed one may have been sent already."""
        return self.owed.as_sent if self.owed else self.told

    @property
    def is_pending(self) -> bool:
        """Whether something is wrong that no finding, sent or owed, and no summary says: what a scan still decides."""
        latest = self.latest
        is_said = latest is not None and latest.state is State.ALARM and latest.fingerprint == self.fingerprint
        return self.is_open and not self.in_summary and not is_said


@dataclass(frozen=True, slots=True)
class Page:
    """What one page of a scan added up. numbers: JSON, see docs of the scan. next: the next page's token, or empty."""

    type: str
    number: int
    numbers: Mapping[str, Any]
    next: str = ""


@dataclass(frozen=True, slots=True)
class RunningScan:
    """A scan that has begun and not finished. scan: its id, the scheduled time. started: when it really began."""

    scan: int
    started: int


class Ledger(Protocol):
    """What is remembered. Each method may raise what botocore raises; a later try is then safe."""

    def load(self, keys: Iterable[Key]) -> dict[Key, StoredResource]:
        """Those of the resources that are remembered, by consistent reads."""

    def save(self, remembered: StoredResource, now: int) -> StoredResource:
        """Write it in place of the version it was read with, and return it with its new version. Raises Conflict."""

    def open_resources(self, type_: str, after: str, limit: int) -> list[str]:
        """Ids of non-compliant resources of a type, ascending, beyond `after` (empty: from the first).

        Fewer than `limit` are the last. Eventually consistent: load a resource before anything is decided about it.
        """

    def due(self, before: int, limit: int) -> list[Key]:
        """What owes a finding whose `at` is before that time, earliest first; SUMMARY may be among it.

        Eventually consistent.
        """

    def count_in_summary(self) -> int:
        """How many open resources the summary tells; eventually consistent."""

    def put_page(self, scan: int, page: Page, now: int) -> None:
        """Write a page of a scan, in place of one with the same type and number."""

    def pages(self, scan: int) -> list[Page]:
        """All pages of a scan, by type and number, by consistent reads."""

    def page_exists(self, scan: int, type_: str, number: int) -> bool:
        """Whether a page was written, by a consistent read."""

    def put_total(self, at: int, total: Mapping[str, Any], now: int) -> None:
        """Write the totals of the scan of that time, in place of earlier ones."""

    def totals(self, limit: int) -> list[dict[str, Any]]:
        """Totals of the latest scans, the latest first."""

    def start_scan(self, scan: int, now: int, stale_before: int) -> bool:
        """Whether the scan may run: no other one runs, or it started before `stale_before`, or it is this one."""

    def running_scan(self) -> RunningScan | None:
        """The scan that runs."""

    def end_scan(self, scan: int) -> None:
        """The scan runs no more; nothing happens where another one does."""
