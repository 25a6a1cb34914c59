"""The numbers that a lock keeps for reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from generator.inventory.coverage import AlarmCoverage
from generator.inventory.locked import CoverageLock, CoverageWaiver, LockedNumbers
from generator.inventory.types import CoveredResource, Status
from generator.model.coverage import CountedAccount, CoverageCounts, PastCoverage, sum_of

# What a waiver is for.
WAIVABLE = frozenset({Status.NO_DATA, Status.SILENT, Status.UNWATCHED})
_WAIVED = "waived"


def numbers_of_lock(
    coverage: AlarmCoverage, before: CoverageLock, waivers: Sequence[CoverageWaiver], judged: frozenset[str]
) -> LockedNumbers:
    """The numbers of a capture. judged: accounts of which it has resources and alarms; others stay as they were."""
    names = coverage.inventory.names
    was = before.numbers.get(coverage.environment, LockedNumbers())
    groups: dict[str, list[CoveredResource]] = {}
    for row in coverage.resources:
        groups.setdefault(names.get(row.id.account, row.id.account), []).append(row)
    unjudged = {row.name: row for row in was.accounts if row.name not in judged}
    current = {
        name: CountedAccount(name, coverage.day, _counts(rows, name, waivers))
        for name, rows in groups.items()
        if name not in unjudged
    }
    day = before.captures.get(coverage.environment)
    earlier = was.before
    if was.accounts and day is not None and day < coverage.day:
        earlier = PastCoverage(day, sum_of(row.counts for row in was.accounts))
    accounts = sorted({**unjudged, **current}.values(), key=lambda row: row.name)
    return LockedNumbers(tuple(accounts), earlier)


def same_numbers(numbers: LockedNumbers, before: LockedNumbers | None) -> bool:
    """Whether nothing but days differs."""
    return before is not None and _by_name(numbers) == _by_name(before)


def _by_name(numbers: LockedNumbers) -> dict[str, CoverageCounts]:
    return {row.name: row.counts for row in numbers.accounts}


def _counts(rows: Iterable[CoveredResource], account: str, waivers: Sequence[CoverageWaiver]) -> CoverageCounts:
    counts: Counter[str] = Counter()
    for row in rows:
        is_waived = row.status in WAIVABLE and any(waiver.covers(row, account) for waiver in waivers)
        counts[_WAIVED if is_waived else row.status.value] += 1
    return CoverageCounts(resources=counts.total(), **counts)
