"""What a look ahead of a rollout found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from generator.rollout.deploy.adoption import Adoption


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the way. hint: what to do about it."""

    message: str
    hint: str


@dataclass(slots=True)
class PreflightReport:
    """What was found. unseen: what could not be looked at. suspended: ids of accounts that nothing reaches.

    closed: Regions that the hub account has not enabled. adopted: log groups that the hub's stack is to take over.
    returning: accounts of the units that are left out no longer; unknown: accounts that may be such. strays: accounts
    without a name any more that are in no unit. sets_at_once: how many stack sets the quotas let go side by side.
    outside: accounts of the file that are in none of its units, with the id of the unit or root that they are in.
    """

    problems: list[Problem] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    suspended: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    adopted: tuple[Adoption, ...] = ()
    returning: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    strays: frozenset[str] = frozenset()
    sets_at_once: int = 1
    outside: Mapping[str, str] = field(default_factory=dict)

    def beside(self, other: PreflightReport) -> PreflightReport:
        """The same with what another look found in the way, or allows."""
        self.problems += other.problems
        self.unseen += other.unseen
        self.notes += other.notes
        self.sets_at_once = other.sets_at_once
        return self
