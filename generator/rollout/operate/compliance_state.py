"""The content of the tables of tag compliance; plain values. Times are milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AccountRegion:
    """An account and Region. name: the account's, its id where it has none."""

    account: str
    name: str
    region: str

    def __str__(self) -> str:
        """Account and Region, such as `checkout us-east-1`."""
        return f"{self.name} {self.region}"


@dataclass(frozen=True, slots=True)
class Counts:
    """Resources by what the rules say of their tags."""

    compliant: int = 0
    non_compliant: int = 0
    exempt: int = 0

    def __add__(self, other: Counts) -> Counts:
        """The sum of both."""
        return Counts(
            self.compliant + other.compliant, self.non_compliant + other.non_compliant, self.exempt + other.exempt
        )

    @property
    def checked(self) -> int:
        """The resources that are not exempt."""
        return self.compliant + self.non_compliant

    @property
    def percent(self) -> float | None:
        """The compliant ones of those checked, rounded down to a tenth: 100 means all; None where there are none."""
        return self.compliant * 1000 // self.checked / 10 if self.checked else None


@dataclass(frozen=True, slots=True)
class ScanTotal:
    """The totals of a complete scan of an account and Region. by_type: counts of each type of resource."""

    at: int
    counts: Counts
    by_type: Mapping[str, Counts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WrongValue:
    """A tag whose value is not what it has to be. why: such as `is not one of dev, staging, prod`."""

    key: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class OpenResource:
    """A non-compliant resource. observed_at: when it was last checked. owner: its tag Owner; empty for none."""

    type: str
    id: str
    name: str = ""
    state: str = ""
    owner: str = ""
    missing: tuple[str, ...] = ()
    invalid: tuple[WrongValue, ...] = ()
    observed_at: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """The tags that are wrong, each once."""
        return tuple(dict.fromkeys((*self.missing, *(value.key for value in self.invalid))))


@dataclass(frozen=True, slots=True)
class ComplianceSnapshot:
    """The content of one table. totals: of complete scans, oldest first. running: the ID of a running scan, else 0.

    problem, hint: why it could not be read, and what to do about that; empty where it was.
    """

    place: AccountRegion
    totals: tuple[ScanTotal, ...] = ()
    open: tuple[OpenResource, ...] = ()
    running: int = 0
    problem: str = ""
    hint: str = ""

    @property
    def last(self) -> ScanTotal | None:
        """The total of the last whole scan."""
        return self.totals[-1] if self.totals else None
