"""The report of log groups that would fail stacks, or that a deployment deletes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from generator.rollout.operate.compliance_state import AccountRegion

# Missing although a resource uses it; existing although the stack creates it; or created by the stack, which would
# delete it: although the file uses it (`goes`), or because the file does not have it any more (`deleted`).
Fault = Literal["missing", "exists", "goes", "deleted"]


@dataclass(frozen=True, slots=True)
class LogGroupConflict:
    """A log group that fails stacks, or that is deleted with all its lines although something uses it.

    path: of a resource that is concerned. resources: how many of them a stack has. places: accounts and Regions of the
    conflict. expected: in how many accounts and Regions the file has the log group.
    """

    name: str
    fault: Fault
    path: str
    resources: int
    places: tuple[AccountRegion, ...]
    expected: int


@dataclass(frozen=True, slots=True)
class LogGroupReport:
    """The conflicts. unread: accounts and Regions that could not be read, each with the reason."""

    conflicts: tuple[LogGroupConflict, ...] = ()
    unread: tuple[tuple[AccountRegion, str], ...] = ()

    @property
    def refused(self) -> tuple[LogGroupConflict, ...]:
        """The conflicts that block a deployment; a deletion that the file asks for is only reported."""
        return tuple(conflict for conflict in self.conflicts if conflict.fault != "deleted")

    def without(self, accounts: frozenset[str]) -> LogGroupReport:
        """The report without accounts that nothing is deployed to."""
        conflicts = (
            replace(conflict, places=places)
            for conflict in self.conflicts
            if (places := tuple(location for location in conflict.places if location.account not in accounts))
        )
        return LogGroupReport(
            tuple(conflicts), tuple(entry for entry in self.unread if entry[0].account not in accounts)
        )

    def without_adopted(self, adopted: Collection[tuple[str, str, str]]) -> LogGroupReport:
        """The report without log groups that stacks take over, by account, Region and name."""
        conflicts = []
        for conflict in self.conflicts:
            remaining = [
                location
                for location in conflict.places
                if (location.account, location.region, conflict.name) not in adopted
            ]
            places = tuple(remaining) if conflict.fault == "exists" else conflict.places
            conflicts += [replace(conflict, places=places)] if places else []
        return LogGroupReport(tuple(conflicts), self.unread)
