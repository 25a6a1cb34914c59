"""What a look ahead of a rollout found."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from generator.rollout.deploy.adoption import Adoption


@dataclass(frozen=True, slots=True)
class PreflightProblem:
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
        """The same with what another look found in the way, or allows."""
        self.problems += other.problems
        self.skipped += other.skipped
        self.notes += other.notes
        self.sets_at_once = other.sets_at_once
        return self


class PreflightContext(Protocol):
    """What a check of the preflight works on. outlook: what it has found."""

    @property
    def report(self) -> PreflightReport: ...  # pragma: no cover


_Context = TypeVar("_Context", bound=PreflightContext)


def run_check(subject: str, check: Callable[[_Context], None], context: _Context) -> PreflightReport:
    """What a check finds. subject: what it looks at, as the plan lists it where AWS refuses to say."""
    from botocore.exceptions import ClientError

    try:
        check(context)
    except ClientError as error:
        context.report.skipped.append(f"{subject} ({error.response['Error']['Code']} of {error.operation_name})")
    return context.report
