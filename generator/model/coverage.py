"""How well alarms watch the resources of accounts, as it was last reviewed: what reports print.

The numbers are those of a capture; `obsgen coverage --update` writes them into coverage.lock.yaml.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class CoverageCounts:
    """Resources, each counted in `resources` and in one of the others.

    no_data: watched, but the metrics of the alarms have no data. silent: watched by alarms that call no one.
    waived: accepted until a day. unknown: those that the capture cannot judge.
    """

    resources: int = 0
    watched: int = 0
    no_data: int = 0
    silent: int = 0
    unwatched: int = 0
    waived: int = 0
    unknown: int = 0

    @property
    def parts(self) -> int:
        """The sum of all but `resources`."""
        return self.watched + self.todo + self.waived + self.unknown

    @property
    def todo(self) -> int:
        """The resources that should be watched, and are not."""
        return self.unwatched + self.silent + self.no_data


@dataclass(frozen=True, slots=True)
class CountedAccount:
    """An account by its name. day: of the capture of its numbers. unread: Regions whose resources it does not have."""

    name: str
    day: datetime.date
    counts: CoverageCounts
    unread: int = 0


@dataclass(frozen=True, slots=True)
class PastCoverage:
    """All resources of an earlier capture. day: of the capture."""

    day: datetime.date
    counts: CoverageCounts


@dataclass(frozen=True, slots=True)
class CoverageWaiverEnd:
    """Resources that need no alarm until a day, the last one included. accounts, regions: empty for all."""

    type: str
    name: str
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    reason: str
    until: datetime.date


@dataclass(frozen=True, slots=True)
class ReviewedCoverage:
    """The numbers of an environment. day: of the capture. oldest: that of the account with the oldest numbers.

    accounts: those with the most that is not watched. account_count: how many have any. waivers: by their end,
    the first of waiver_count. unread: how many accounts and Regions there are of which no resource is in the numbers.
    """

    day: datetime.date
    oldest: datetime.date
    counts: CoverageCounts
    accounts: tuple[CountedAccount, ...]
    account_count: int
    before: PastCoverage | None
    waivers: tuple[CoverageWaiverEnd, ...]
    waiver_count: int = 0
    unread: int = 0


def sum_of(all_counts: Iterable[CoverageCounts]) -> CoverageCounts:
    """The numbers of several accounts together."""
    rows = list(all_counts)
    return CoverageCounts(*(sum(getattr(row, field.name) for row in rows) for field in fields(CoverageCounts)))
