"""The lock of coverage: what nothing watched when it was last reviewed, and what is worse since.

Numbers of watched resources are not locked: they fall when a resource that was watched is deleted, which is no
loss. What is locked are the resources that nothing watches, or whose alarms call no one: more of them is the loss.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from generator.inventory.coverage import AlarmCoverage
from generator.inventory.kinds import EPHEMERAL
from generator.inventory.locked import CoverageLock, CoverageWaiver, LockedType, Names, Place
from generator.inventory.locked_numbers import WAIVABLE, numbers_of_lock, same_numbers
from generator.inventory.types import WORDS, CoveredResource, Status

LOCK_VERSION = 1
_WORST_FIRST = (Status.UNWATCHED, Status.SILENT, Status.NO_DATA)
# More resources of a type in an account and Region are locked by their number.
MOST_NAMES = 25
# A day alone changes the lock after so many days: reports call older numbers old.
FRESH_DAYS = 7
# Without --max-age: a capture a month is the least.
MOST_AGE_DAYS = 30


@dataclass(frozen=True, slots=True)
class CoverageFinding:
    """What is worse than in the lock. kind: unwatched, silent, no_data, unread or waiver. count: of resources."""

    kind: str
    account: str
    region: str
    type: str
    names: tuple[str, ...]
    count: int
    message: str


@dataclass(frozen=True, slots=True)
class CoverageCheck:
    """findings: what exits with 1. waived: resources. better: those of the lock that are watched now or gone."""

    findings: tuple[CoverageFinding, ...]
    waived: int
    better: int
    unused: tuple[CoverageWaiver, ...]
    new_places: int


def lock_of(
    coverage: AlarmCoverage,
    before: CoverageLock,
    today: datetime.date,
    of_file: frozenset[tuple[str, str]] | None = None,
) -> CoverageLock:
    """The lock of a capture. What the capture cannot judge stays as it was before. of_file: as in `check`."""
    holding = [waiver for waiver in before.waivers if today <= waiver.until]
    groups = _groups(coverage, holding)[0]
    judged = _judged_places(coverage)
    types = {place: locked for place, locked in before.types.items() if place[:2] not in judged}
    for place, rows in groups.items():
        if place[:2] not in judged:
            continue
        locked = LockedType(*(_locked(place[2], _names(rows, status)) for status in _WORST_FIRST))
        if locked != LockedType():
            types[place] = locked
    numbers = numbers_of_lock(coverage, before, holding, judged, of_file)
    places = before.places | judged
    is_same = types == before.types and places == before.places
    day = before.captures.get(coverage.environment)
    is_same = is_same and same_numbers(numbers, before.numbers.get(coverage.environment), coverage.day, day)
    if is_same and day is not None and (coverage.day - day).days < FRESH_DAYS:
        return before
    captures = {**before.captures, coverage.environment: coverage.day}
    all_numbers = {**before.numbers, coverage.environment: numbers}
    return CoverageLock(places, types, before.waivers, captures, all_numbers)


def unjudged_places(coverage: AlarmCoverage, before: CoverageLock) -> int:
    """How many accounts and Regions of a lock the capture cannot judge."""
    return len(before.places - _judged_places(coverage))


def check(
    coverage: AlarmCoverage,
    lock: CoverageLock,
    today: datetime.date,
    of_file: frozenset[tuple[str, str]] | None = None,
    max_age_days: int = MOST_AGE_DAYS,
) -> CoverageCheck:
    """What is worse than in the lock. of_file: accounts and Regions of the file; others of the lock are not missed.

    max_age_days: of the capture.
    """
    holding = [waiver for waiver in lock.waivers if today <= waiver.until]
    groups, waived, used = _groups(coverage, holding)
    findings = [*_old(coverage, today, max_age_days), *_unread(coverage, lock, of_file)]
    findings += _expired(coverage, lock.waivers, today)
    better, judged = 0, _judged_places(coverage)
    for place in sorted({*groups, *lock.types}):
        rows, locked = groups.get(place, []), lock.types.get(place, LockedType())
        worse: set[str] = set()
        for status in _WORST_FIRST:
            names = _names(rows, status)
            findings += _worse(status, place, names, _before(status, locked, len(worse)))
            worse |= {*names}
        if place[:2] in judged:
            better += _lost(place[2], worse, locked)
    unused = tuple(waiver for waiver in holding if waiver.number not in used)
    new = len(judged - lock.places)
    return CoverageCheck(tuple(findings), waived, better, unused, new)


def _groups(
    coverage: AlarmCoverage, waivers: Sequence[CoverageWaiver]
) -> tuple[dict[Place, list[CoveredResource]], int, set[int]]:
    """Resources that are not waived, by place; how many are; and the waivers that have any."""
    names = coverage.inventory.names
    groups: dict[Place, list[CoveredResource]] = {}
    used: set[int] = set()
    waived = 0
    for row in coverage.resources:
        account = names.get(row.id.account, row.id.account)
        if row.status in WAIVABLE:
            covering = {waiver.number for waiver in waivers if waiver.covers(row, account)}
            used |= covering
            if covering:
                waived += 1
                continue
        groups.setdefault((account, row.id.region, row.id.type), []).append(row)
    return groups, waived, used


def _judged_places(coverage: AlarmCoverage) -> set[tuple[str, str]]:
    """Accounts and Regions of the capture whose resources and alarms were read."""
    names = coverage.inventory.names
    unread = {*coverage.unread_alarms, *coverage.inventory.unread}
    return {(names.get(a, a), region) for a, region in coverage.places if (a, region) not in unread}


def _names(rows: Iterable[CoveredResource], status: Status) -> tuple[str, ...]:
    """The resources of a status; of those without data only what has data otherwise, as nothing is lost by the others.

    A function that runs once a month has no metric with data in most captures, and comes back by itself.
    """
    return tuple(sorted(row.id.name for row in rows if row.status is status and not row.is_idle))


def _locked(type_: str, names: tuple[str, ...]) -> Names:
    if type_ in EPHEMERAL:
        return min(len(names), 1)
    return names if len(names) <= MOST_NAMES else len(names)


def _all_names(locked: LockedType) -> Names:
    return _joined([getattr(locked, status.value) for status in _WORST_FIRST])


def _joined(parts: Sequence[Names]) -> Names:
    if any(isinstance(names, int) for names in parts):
        return sum(map(_count, parts))
    return tuple(name for names in parts if not isinstance(names, int) for name in names)


def _count(names: Names) -> int:
    return names if isinstance(names, int) else len(names)


def _before(status: Status, locked: LockedType, worse: int) -> Names:
    """The resources that may have a status: those of the lock that had it or a worse one, as an alarm without data is
    better than one that calls no one, and that is better than none.

    worse: how many have a worse one now. Of a number, these are no longer among those that became better.
    """
    parts = [getattr(locked, of.value) for of in _WORST_FIRST[: _WORST_FIRST.index(status) + 1]]
    names = _joined(parts)
    return max(_count(parts[-1]), names - worse) if isinstance(names, int) else names


def _worse(status: Status, place: Place, names: tuple[str, ...], locked: Names) -> Iterator[CoverageFinding]:
    account, region, type_ = place
    if isinstance(locked, tuple):
        new = tuple(name for name in names if name not in frozenset(locked))
        count = len(new)
    else:
        new, count = names, len(names) - locked
    if type_ in EPHEMERAL and (isinstance(locked, int) or locked):
        count = 0 if locked else count
    if count > 0:
        more = "" if isinstance(locked, tuple) else f" more than {locked:,}"
        yield CoverageFinding(status.value, account, region, type_, new, count, f"{count:,}{more} {WORDS[status]}")


def _lost(type_: str, names: set[str], locked: LockedType) -> int:
    if type_ in EPHEMERAL:
        return 0
    locked_names = _all_names(locked)
    return max(0, locked_names - len(names)) if isinstance(locked_names, int) else len({*locked_names} - names)


def _old(coverage: AlarmCoverage, today: datetime.date, max_age_days: int) -> Iterator[CoverageFinding]:
    """A capture from before what has to be found says nothing about it."""
    age = (today - coverage.day).days
    if age > max_age_days:
        message = f"the capture is {age:,} days old, more than {max_age_days:,}; capture again"
        yield CoverageFinding("unread", "", "", "", (), 0, message)


def _unread(
    coverage: AlarmCoverage, lock: CoverageLock, of_file: frozenset[tuple[str, str]] | None
) -> Iterator[CoverageFinding]:
    """What the capture leaves out, so that it looks like nothing got worse: all, or an account and Region."""
    locked = lock.captures.get(coverage.environment)
    if not coverage.is_complete:
        yield CoverageFinding("unread", "", "", "", (), 0, "the capture is not complete")
    if locked is not None and coverage.day < locked:
        message = f"the capture is of {coverage.day}, and the lock of {locked}"
        yield CoverageFinding("unread", "", "", "", (), 0, message)
    names = coverage.inventory.names
    captured = {(names.get(account, account), region) for account, region in coverage.places}
    needed = lock.places if of_file is None else lock.places & (of_file | captured)
    for account, region in sorted(needed - _judged_places(coverage)):
        is_captured = (account, region) in captured
        message = "the capture has no alarms or no metrics of it" if is_captured else "it is not in the capture"
        yield CoverageFinding("unread", account, region, "", (), 0, message)
    if coverage.hub_is_missing and lock.places:
        yield CoverageFinding("unread", "", "", "", (), 0, "the hub is not in the capture")


def _expired(
    coverage: AlarmCoverage, waivers: Sequence[CoverageWaiver], today: datetime.date
) -> Iterator[CoverageFinding]:
    names = coverage.inventory.names
    for waiver in waivers:
        if waiver.until < today:
            rows = [
                row
                for row in coverage.resources
                if row.status in WAIVABLE and waiver.covers(row, names.get(row.id.account, row.id.account))
            ]
            message = f"the waiver of {waiver.type} {waiver.name} ended on {waiver.until}"
            waived = tuple(sorted({row.id.name for row in rows}))
            yield CoverageFinding("waiver", "", "", waiver.type, waived, len(rows), message)
