"""From the lock of coverage to what reports print of an environment."""

from __future__ import annotations

from generator.model.coverage import (
    CountedAccount,
    CoverageWaiverEnd,
    PastCoverage,
    ReviewedCoverage,
    sum_of,
)
from generator.resolve.scope import Scope
from generator.spec.coverage_lock import CoverageWaiverSpec

# A table of a report has no more rows, and the function's package would have ten thousand.
MOST_ACCOUNTS = 25
MOST_WAIVERS = 50


def reviewed_coverage(scope: Scope) -> ReviewedCoverage | None:
    """The numbers of the environment; None where the lock has none of it."""
    lock = scope.coverage
    if lock is None or scope.environment not in lock.numbers or scope.environment not in lock.captures:
        return None
    numbers, day = lock.numbers[scope.environment], lock.captures[scope.environment]
    rows = [CountedAccount(name, spec.day or day, spec.counts, spec.unread) for name, spec in numbers.accounts.items()]
    worst = sorted((row for row in rows if row.counts.todo), key=lambda row: (-row.counts.todo, row.name))
    before = PastCoverage(numbers.before.day, numbers.before.counts) if numbers.before else None
    waivers = [_end(waiver) for waiver in lock.waivers if _is_of(waiver, scope)]
    by_end = sorted(
        waivers, key=lambda waiver: (waiver.until, waiver.type, waiver.name, waiver.accounts, waiver.regions)
    )
    return ReviewedCoverage(
        day,
        min((row.day for row in rows), default=day),
        sum_of(row.counts for row in rows),
        tuple(worst[:MOST_ACCOUNTS]),
        len(worst),
        before,
        tuple(by_end[:MOST_WAIVERS]),
        len(by_end),
        sum(row.unread for row in rows),
    )


def _is_of(waiver: CoverageWaiverSpec, scope: Scope) -> bool:
    """Whether a waiver is for this environment, too: one of other accounts says nothing here."""
    own = {scope.hub.account, "hub", *(account.id for account in scope.accounts), *scope.account_names}
    return not waiver.accounts or bool(own & {*waiver.accounts}) or bool(scope.organizational_units)


def _end(waiver: CoverageWaiverSpec) -> CoverageWaiverEnd:
    accounts, regions = tuple(sorted(waiver.accounts)), tuple(sorted(waiver.regions))
    return CoverageWaiverEnd(waiver.type, waiver.name, accounts, regions, waiver.reason, waiver.until)
