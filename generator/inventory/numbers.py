"""How many resources are watched: of an account, a type, an owner, and of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from generator.inventory.types import CoveredResource, Status

NO_OWNER = "no owner"
KINDS = ("account", "type", "owner")


@dataclass(frozen=True, slots=True)
class CoverageNumbers:
    """Resources by status. partial: watched ones without some default alarm of their pack. planned: watched only by
    alarms that are not deployed yet.
    """

    total: int = 0
    watched: int = 0
    no_data: int = 0
    silent: int = 0
    unwatched: int = 0
    unknown: int = 0
    partial: int = 0
    planned: int = 0

    @property
    def percent(self) -> int | None:
        """The share that is watched, rounded down, of those that the capture can judge; None without any."""
        known = self.total - self.unknown
        return 100 * self.watched // known if known else None


def numbers_of(rows: Iterable[CoveredResource]) -> CoverageNumbers:
    """The numbers of some resources."""
    return _sum(Counter(map(_kind, rows)).items())


# Status, whether it is watched in part, and whether only by alarms that are not deployed yet.
_Kind = tuple[Status, bool, bool]


def _kind(row: CoveredResource) -> _Kind:
    if row.status is not Status.WATCHED:
        return (row.status, False, False)
    return (row.status, bool(row.missing), row.is_planned)


def _sum(counts: Iterable[tuple[_Kind, int]]) -> CoverageNumbers:
    numbers: Counter[str] = Counter()
    for (status, is_partial, is_planned), count in counts:
        numbers["total"] += count
        numbers[status.value] += count
        numbers["partial"] += count * is_partial
        numbers["planned"] += count * is_planned
    return CoverageNumbers(**numbers)


def all_numbers(rows: Iterable[CoveredResource], names: Mapping[str, str]) -> dict[str, dict[str, CoverageNumbers]]:
    """The numbers by account, type and owner, sorted. names: of accounts."""
    counts = Counter((row.id.account, row.id.type, row.resource.owner, _kind(row)) for row in rows)
    groups: dict[str, dict[str, Counter[_Kind]]] = {kind: {} for kind in KINDS}
    for (account, type_, owner, kind), count in counts.items():
        for by, name in zip(KINDS, (names.get(account, account), type_, owner or NO_OWNER), strict=True):
            groups[by].setdefault(name, Counter())[kind] += count
    return {by: {name: _sum(of.items()) for name, of in sorted(of_kind.items())} for by, of_kind in groups.items()}
