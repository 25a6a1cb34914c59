"""What a lock of coverage has: resources that were not watched when it was last reviewed, numbers, and waivers."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from generator.inventory.types import CoveredResource
from generator.model.coverage import CountedAccount, PastCoverage

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
    no_data: Names = ()


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
class LockedNumbers:
    """The numbers of an environment by account, and all of an earlier capture."""

    accounts: tuple[CountedAccount, ...] = ()
    before: PastCoverage | None = None


@dataclass(frozen=True, slots=True)
class CoverageLock:
    """types: by account, Region and type. places: also those without anything unwatched.

    captures: by environment, the day of the capture of its numbers.
    """

    places: frozenset[tuple[str, str]] = frozenset()
    types: Mapping[Place, LockedType] = field(default_factory=dict)
    waivers: tuple[CoverageWaiver, ...] = ()
    captures: Mapping[str, datetime.date] = field(default_factory=dict)
    numbers: Mapping[str, LockedNumbers] = field(default_factory=dict)
