"""The lock of coverage: what nothing watched when it was last reviewed, and what is worse since.

Numbers of watched resources are not locked: they fall when a resource that was watched is deleted, which is no
loss. What is locked are the resources that nothing watches, or whose alarms call no one: more of them is the loss.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from generator.inventory.coverage import AlarmCoverage
from generator.inventory.kinds import EPHEMERAL
from generator.inventory.types import CoveredResource, Status

LOCK = "coverage.lock.yaml"
LOCK_VERSION = 1
# More resources of a type in an account and Region are locked by their number.
MOST_NAMES = 25
Names = tuple[str, ...] | int
# Account's name, Region, type.
Place = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class LockedType:
    """Resources of a type in an account and Region: their names, or how many there are.

    Of a type whose resources come and go, 1 is for any number.
    """

    unwatched: Names = ()
    silent: Names = ()


@dataclass(frozen=True, slots=True)
class CoverageWaiver:
    """Resources that need no alarm for a while. name: a pattern. Empty accounts and regions: all. number: from 0."""

    number: int
    type: str
    name: str
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    reason: str
    until: datetime.date

    def covers(self, row: CoveredResource, account: str) -> bool:
        """Whether a resource is waived, if the waiver still holds."""
        return (
            self.type in (row.id.type, "*")
            and fnmatchcase(row.id.name, self.name)
            and (not self.accounts or account in self.accounts or row.id.account in self.accounts)
            and (not self.regions or row.id.region in self.regions)
        )


@dataclass(frozen=True, slots=True)
class CoverageLock:
    """types: by account, Region and type. places: also those without anything unwatched.

    captures: by environment, the day of the capture with which its lines changed last.
    """

    places: frozenset[tuple[str, str]] = frozenset()
    types: Mapping[Place, LockedType] = field(default_factory=dict)
    waivers: tuple[CoverageWaiver, ...] = ()
    captures: Mapping[str, datetime.date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CoverageFinding:
    """What is worse than in the lock. kind: unwatched, silent, unread or waiver. count: of the resources of names."""

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


def lock_of(coverage: AlarmCoverage, before: CoverageLock, today: datetime.date) -> CoverageLock:
    """The lock of a capture. What the capture cannot judge stays as it was before."""
    groups = _groups(coverage, [waiver for waiver in before.waivers if today <= waiver.until])[0]
    judged = _judged_places(coverage)
    types = {place: locked for place, locked in before.types.items() if place[:2] not in judged}
    for place, rows in groups.items():
        if place[:2] not in judged:
            continue
        locked = LockedType(*(_locked(place[2], _names(rows, status)) for status in (Status.UNWATCHED, Status.SILENT)))
        if locked != LockedType():
            types[place] = locked
    after = CoverageLock(before.places | judged, types, before.waivers, before.captures)
    if after == before and coverage.environment in before.captures:
        return before
    return replace(after, captures={**before.captures, coverage.environment: coverage.day})


def unjudged_places(coverage: AlarmCoverage, before: CoverageLock) -> int:
    """How many accounts and Regions of a lock the capture cannot judge."""
    return len(before.places - _judged_places(coverage))


def check(
    coverage: AlarmCoverage, lock: CoverageLock, today: datetime.date, of_file: frozenset[tuple[str, str]] | None = None
) -> CoverageCheck:
    """What is worse than in the lock. of_file: accounts and Regions of the file; others of the lock are not missed."""
    holding = [waiver for waiver in lock.waivers if today <= waiver.until]
    groups, waived, used = _groups(coverage, holding)
    findings = [*_unread(coverage, lock, of_file), *_expired(coverage, lock.waivers, today)]
    better, judged = 0, _judged_places(coverage)
    for place in sorted({*groups, *lock.types}):
        rows, locked = groups.get(place, []), lock.types.get(place, LockedType())
        unwatched, silent = _names(rows, Status.UNWATCHED), _names(rows, Status.SILENT)
        findings += _worse("unwatched", place, unwatched, locked.unwatched, "not watched")
        findings += _worse("silent", place, silent, _silent_before(locked, len(unwatched)), "watched, but calls no one")
        if place[:2] in judged:
            better += _lost(place[2], {*unwatched, *silent}, locked)
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
        if row.status in (Status.UNWATCHED, Status.SILENT):
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
    return tuple(sorted(row.id.name for row in rows if row.status is status))


def _locked(type_: str, names: tuple[str, ...]) -> Names:
    if type_ in EPHEMERAL:
        return min(len(names), 1)
    return names if len(names) <= MOST_NAMES else len(names)


def _all_names(locked: LockedType) -> Names:
    if isinstance(locked.unwatched, int) or isinstance(locked.silent, int):
        return sum(names if isinstance(names, int) else len(names) for names in (locked.unwatched, locked.silent))
    return (*locked.unwatched, *locked.silent)


def _silent_before(locked: LockedType, unwatched: int) -> Names:
    """The resources whose alarms may call no one: those of the lock, as such an alarm is better than none.

    unwatched: how many are now. Of a number, these are no longer among those that became better.
    """
    names = _all_names(locked)
    if not isinstance(names, int):
        return names
    silent = locked.silent if isinstance(locked.silent, int) else len(locked.silent)
    return max(silent, names - unwatched)


def _worse(kind: str, place: Place, names: tuple[str, ...], locked: Names, words: str) -> Iterator[CoverageFinding]:
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
        yield CoverageFinding(kind, account, region, type_, new, count, f"{count:,}{more} {words}")


def _lost(type_: str, names: set[str], locked: LockedType) -> int:
    if type_ in EPHEMERAL:
        return 0
    locked_names = _all_names(locked)
    return max(0, locked_names - len(names)) if isinstance(locked_names, int) else len({*locked_names} - names)


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
                if row.status in (Status.UNWATCHED, Status.SILENT)
                and waiver.covers(row, names.get(row.id.account, row.id.account))
            ]
            message = f"the waiver of {waiver.type} {waiver.name} ended on {waiver.until}"
            waived = tuple(sorted({row.id.name for row in rows}))
            yield CoverageFinding("waiver", "", "", waiver.type, waived, len(rows), message)
