"""Tag compliance of all accounts and Regions as one report; pure. Times are milliseconds since 1970.

Counts are those of each place's last whole scan. What is wrong with which resource is what the tables say now, so that
a tag that was set after the scan is gone from the lists while the counts still have it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from generator.rollout.operate.compliance_state import (
    AccountRegion,
    ComplianceSnapshot,
    Counts,
    OpenResource,
    ScanTotal,
)

DAY_MS = 86_400_000
# A scan is missing after so many of its periods.
STALE_PERIODS = 2
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_UNITS_MS = {"minute": 60_000, "hour": 3_600_000, "day": DAY_MS}


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One account, Region or type. open: its non-compliant resources now."""

    key: str
    counts: Counts = Counts()
    open: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """Counts at a day's end (UTC), of the last scan of each place until then. places: how many had been scanned."""

    date: str
    counts: Counts
    places: int


@dataclass(frozen=True, slots=True)
class NonCompliantEntry:
    """A non-compliant resource and where it is."""

    place: AccountRegion
    resource: OpenResource


@dataclass(frozen=True, slots=True)
class Scanned:
    """How a place was scanned. at: the last whole scan, 0 where there was none. stale: it is older than it should be.

    running: the scan that runs now, 0 for none. problem, hint: why its table could not be read.
    """

    place: AccountRegion
    at: int = 0
    is_stale: bool = False
    running: int = 0
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ComplianceReport:
    """accounts, regions, types: by number of open resources. owners, tags: value or key to open resources; most first.

    trend: oldest day first. resources: by account, Region, type and id. scans: every place, also those not read.
    notes: what else the report is without, in words.
    """

    environment: str
    at: int
    days: int
    counts: Counts
    accounts: tuple[ReportRow, ...] = ()
    regions: tuple[ReportRow, ...] = ()
    types: tuple[ReportRow, ...] = ()
    owners: tuple[tuple[str, int], ...] = ()
    tags: tuple[tuple[str, int], ...] = ()
    trend: tuple[Day, ...] = ()
    resources: tuple[NonCompliantEntry, ...] = ()
    scans: tuple[Scanned, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def unread(self) -> tuple[Scanned, ...]:
        """Places of which nothing is known."""
        return tuple(scan for scan in self.scans if scan.problem)

    @property
    def stale(self) -> tuple[Scanned, ...]:
        """Places whose last scan is too old, or that were never scanned."""
        return tuple(scan for scan in self.scans if scan.is_stale and not scan.problem)

    @property
    def is_well(self) -> bool:
        """Whether everything was read and scanned in time, and nothing is non-compliant."""
        return not (self.resources or self.counts.non_compliant or self.unread or self.stale or self.notes)


def report(
    places: Iterable[ComplianceSnapshot],
    *,
    environment: str,
    now: int,
    days: int = 30,
    schedule: str = "",
    notes: Iterable[str] = (),
) -> ComplianceReport:
    """The report. places: what each place's table says. days: of the trend.

    schedule: of the scans, in EventBridge Scheduler's words; empty where there is none, and no scan can be late.
    """
    ledgers = sorted(places, key=lambda ledger: (ledger.place.name, ledger.place.region))
    tables = _Tables(ledgers)
    resources = [NonCompliantEntry(ledger.place, resource) for ledger in ledgers for resource in ledger.open]
    return ComplianceReport(
        environment,
        now,
        days,
        sum((ledger.last.counts for ledger in ledgers if ledger.last), Counts()),
        tables.rows(lambda location: location.name),
        tables.rows(lambda location: location.region),
        tables.types(),
        _most(Counter(entry.resource.owner for entry in resources)),
        _most(Counter(key for entry in resources for key in entry.resource.keys)),
        _trend(ledgers, now, days),
        tuple(sorted(resources, key=_by_place)),
        tuple(_scanned(ledger, now, schedule) for ledger in ledgers),
        tuple(notes),
    )


@dataclass(slots=True)
class _Tables:
    """The ledgers that could be read, added up in several ways."""

    ledgers: Sequence[ComplianceSnapshot]
    counts: dict[str, Counts] = field(default_factory=dict)

    def rows(self, key_of: Callable[[AccountRegion], str]) -> tuple[ReportRow, ...]:
        """A row for each key that has a place that was read."""
        counts: dict[str, Counts] = {}
        open_: Counter[str] = Counter()
        for ledger in self.ledgers:
            if not ledger.problem:
                key = key_of(ledger.place)
                counts[key] = counts.get(key, Counts()) + (ledger.last.counts if ledger.last else Counts())
                open_[key] += len(ledger.open)
        return _rows(counts, open_)

    def types(self) -> tuple[ReportRow, ...]:
        """A row for each type of resource."""
        counts: dict[str, Counts] = defaultdict(Counts)
        open_ = Counter(resource.type for ledger in self.ledgers for resource in ledger.open)
        for ledger in self.ledgers:
            for type_, type_counts in (ledger.last.by_type if ledger.last else {}).items():
                counts[type_] += type_counts
        return _rows({type_: counts[type_] for type_ in (*counts, *open_)}, open_)


def _rows(counts: Mapping[str, Counts], open_: Mapping[str, int]) -> tuple[ReportRow, ...]:
    rows = (ReportRow(key, count, open_.get(key, 0)) for key, count in counts.items())
    return tuple(sorted(rows, key=lambda row: (-row.open, -row.counts.non_compliant, row.key)))


def _most(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def _by_place(entry: NonCompliantEntry) -> tuple[str, ...]:
    return entry.place.name, entry.place.account, entry.place.region, entry.resource.type, entry.resource.id


def _trend(ledgers: Sequence[ComplianceSnapshot], now: int, days: int) -> tuple[Day, ...]:
    """Each of the days on whose end at least one place had been scanned; the last one ends now."""
    last_end = (now // DAY_MS + 1) * DAY_MS
    known = [(ledger.totals, [total.at for total in ledger.totals]) for ledger in ledgers if ledger.totals]
    trend_days = []
    for end in range(last_end - (days - 1) * DAY_MS, last_end + 1, DAY_MS):
        scanned = [total for totals, times in known if (total := _until(totals, times, end))]
        if scanned:
            date = datetime.fromtimestamp((end - DAY_MS) / 1000, UTC).strftime("%Y-%m-%d")
            trend_days.append(Day(date, sum((total.counts for total in scanned), Counts()), len(scanned)))
    return tuple(trend_days)


def _until(totals: Sequence[ScanTotal], times: Sequence[int], end: int) -> ScanTotal | None:
    """The last total before a moment."""
    number = bisect_right(times, end - 1)
    return totals[number - 1] if number else None


def _scanned(ledger: ComplianceSnapshot, now: int, schedule: str) -> Scanned:
    at = ledger.last.at if ledger.last else 0
    period = period_ms(schedule, [total.at for total in ledger.totals]) if schedule else None
    is_stale = bool(schedule) and (not at or (period is not None and now - at > STALE_PERIODS * period))
    return Scanned(ledger.place, at, is_stale and not ledger.problem, ledger.running, ledger.problem, ledger.hint)


def period_ms(schedule: str, times: Sequence[int]) -> int | None:
    """How long it is from one scan to the next: a rate says so; of a `cron` it is the longest that was seen.

    times: of the scans, oldest first. None where nothing says so.
    """
    rate = _RATE.fullmatch(schedule.strip())
    if rate:
        return int(rate[1]) * _UNITS_MS[rate[2]]
    return max((later - earlier for earlier, later in zip(times, times[1:], strict=False)), default=None)
