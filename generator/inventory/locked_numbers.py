"""The numbers that a lock keeps for reports."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from generator.inventory.coverage import AlarmCoverage
from generator.inventory.locked import CoverageLock, CoverageWaiver, LockedNumbers
from generator.inventory.types import CoveredResource, Status
from generator.model.coverage import CountedAccount, CoverageCounts, PastCoverage, sum_of

# Account and Region.
Place = tuple[str, str]
# What a waiver is for.
WAIVABLE = frozenset({Status.NO_DATA, Status.SILENT, Status.UNWATCHED})
_WAIVED = "waived"


def numbers_of_lock(
    coverage: AlarmCoverage,
    before: CoverageLock,
    waivers: Sequence[CoverageWaiver],
    judged: set[Place],
    of_file: frozenset[Place] | None,
) -> LockedNumbers:
    """The numbers of a capture. judged: accounts, by name, and Regions of which it has resources and alarms.

    of_file: accounts and Regions of the file.
    """
    incomplete, unread = _incomplete_accounts(coverage, before, judged, of_file), _unread(coverage, of_file)
    names = coverage.inventory.names
    was = before.numbers.get(coverage.environment, LockedNumbers())
    groups: dict[str, list[CoveredResource]] = {}
    for row in coverage.resources:
        groups.setdefault(names.get(row.id.account, row.id.account), []).append(row)
    unchanged = {row.name: row for row in was.accounts if row.name in incomplete}
    current = {
        name: CountedAccount(name, coverage.day, _counts(groups.get(name, ()), name, waivers), unread.get(name, 0))
        for name in groups.keys() | unread.keys()
        if name not in unchanged
    }
    numbers = LockedNumbers(tuple(sorted({**unchanged, **current}.values(), key=lambda row: row.name)), was.before)
    day = before.captures.get(coverage.environment)
    if was.accounts and day is not None and day < coverage.day and _by_name(numbers) != _by_name(was):
        earlier = PastCoverage(day, sum_of(row.counts for row in was.accounts))
        return replace(numbers, before=earlier)
    return numbers


def _incomplete_accounts(
    coverage: AlarmCoverage, before: CoverageLock, judged: set[Place], of_file: frozenset[Place] | None
) -> set[str]:
    """Accounts whose numbers stay as they were: they would lose the resources of a Region that was judged before."""
    missed = before.places - judged
    left_out = {account for account, _ in before.places} - {account for account, _ in judged}
    if of_file is not None:
        missed &= of_file | _places_by_name(coverage, coverage.places)
    return left_out | {account for account, _ in missed}


def _unread(coverage: AlarmCoverage, of_file: frozenset[Place] | None) -> Counter[str]:
    """How many Regions of accounts there are whose resources the capture does not have.

    What another account's list has, such as the hub's, it has.
    """
    listed = {*coverage.places} - {*coverage.inventory.unread}
    listed |= {(id_, region) for (_, region), ids in coverage.inventory.linked.items() for id_ in ids}
    needed = _places_by_name(coverage, coverage.places) | (of_file or frozenset())
    return Counter(account for account, _ in needed - _places_by_name(coverage, listed))


def _places_by_name(coverage: AlarmCoverage, places: Iterable[Place]) -> set[Place]:
    names = coverage.inventory.names
    return {(names.get(account, account), region) for account, region in places}


def same_numbers(
    numbers: LockedNumbers, before: LockedNumbers | None, day: datetime.date, day_before: datetime.date | None
) -> bool:
    """Whether nothing but days differs, and no account's number is of the latest capture again.

    day, day_before: of the captures.
    """
    return (
        before is not None
        and _by_name(numbers) == _by_name(before)
        and _older(before, day_before) <= _older(numbers, day)
    )


def _by_name(numbers: LockedNumbers) -> dict[str, tuple[CoverageCounts, int]]:
    return {row.name: (row.counts, row.unread) for row in numbers.accounts}


def _older(numbers: LockedNumbers, day: datetime.date | None) -> set[str]:
    """Accounts whose numbers are of an earlier capture."""
    return {row.name for row in numbers.accounts if row.day != day}


def _counts(rows: Iterable[CoveredResource], account: str, waivers: Sequence[CoverageWaiver]) -> CoverageCounts:
    counts: Counter[str] = Counter()
    for row in rows:
        is_waived = row.status in WAIVABLE and any(waiver.covers(row, account) for waiver in waivers)
        counts[_WAIVED if is_waived else row.status.value] += 1
    return CoverageCounts(resources=counts.total(), **counts)
