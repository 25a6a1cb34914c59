"""How many resources are watched: of an account, a type, an owner, and of all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    counts = dict.fromkeys(("total", "partial", "planned", *(status.value for status in Status)), 0)
    for row in rows:
        is_watched = row.status is Status.WATCHED
        counts["total"] += 1
        counts[row.status.value] += 1
        counts["partial"] += is_watched and bool(row.missing)
        counts["planned"] += is_watched and row.is_planned
    return CoverageNumbers(**counts)


def numbers_by(rows: Iterable[CoveredResource], name: Callable[[CoveredResource], str]) -> dict[str, CoverageNumbers]:
    """The numbers by a name, sorted by it."""
    groups: dict[str, list[CoveredResource]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(row)
    return {key: numbers_of(group) for key, group in sorted(groups.items())}


def all_numbers(rows: tuple[CoveredResource, ...], names: Mapping[str, str]) -> dict[str, dict[str, CoverageNumbers]]:
    """The numbers by account, type and owner. names: of accounts."""
    return {
        "account": numbers_by(rows, lambda row: names.get(row.id.account, row.id.account)),
        "type": numbers_by(rows, lambda row: row.id.type),
        "owner": numbers_by(rows, lambda row: row.resource.owner or NO_OWNER),
    }
