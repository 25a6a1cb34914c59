"""The report of the preflight checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from generator.rollout.aws.errors import short_reason
from generator.rollout.deploy.adoption import Adoption


@dataclass(frozen=True, slots=True)
class PreflightProblem:
    """Something in the way. hint: what to do about it."""

    message: str
    hint: str


@dataclass(slots=True)
class PreflightReport:
    """The results. skipped: checks without permission. suspended: IDs of accounts that cannot be reached.

    closed: Regions that the hub account has not enabled. adopted: log groups that the hub's stack takes over.
    returning: accounts of the units that are no longer excluded; unknown: accounts that may be such. strays: accounts
    that lost their name and are in no unit. sets_at_once: how many stack sets the quotas allow at a time. outside:
    accounts of the file that are in none of its units, with the ID of the unit or root that they are in.
    """

    problems: list[PreflightProblem] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
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
        """Add the results of another report."""
        self.problems += other.problems
        self.skipped += other.skipped
        self.notes += other.notes
        self.sets_at_once = other.sets_at_once
        return self


class PreflightContext(Protocol):
    """The input of a preflight check. report: its results."""

    @property
    def report(self) -> PreflightReport: ...  # pragma: no cover


_Context = TypeVar("_Context", bound=PreflightContext)


def run_check(subject: str, check: Callable[[_Context], None], context: _Context) -> PreflightReport:
    """Run a check. subject: as the plan lists it where AWS denies the call."""
    from botocore.exceptions import ClientError

    try:
        check(context)
    except ClientError as error:
        context.report.skipped.append(f"{subject} ({short_reason(error)})")
    return context.report
