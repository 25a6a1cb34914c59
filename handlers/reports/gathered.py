"""What a report is made of, as it was read; pure. Times are milliseconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.events.records import Agent, Error, Event
from handlers.reports.coverage import Coverage


@dataclass(frozen=True, slots=True)
class ErrorUse:
    """How often an error occurred. count, before: in the period and in the one before it. buckets: in each step of the
    trend. is_exact: whether no count is an estimate.
    """

    error: Error
    count: int
    before: int
    buckets: tuple[int, ...]
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class ComplianceTotal:
    """The totals of the latest scan of one account and Region. account: its name."""

    account: str
    region: str
    compliant: int
    non_compliant: int


@dataclass(frozen=True, slots=True)
class Objective:
    """An objective and what is left of its budget. objective, left: percent; left may be below 0. window: in words."""

    name: str
    objective: float
    window: str
    left: float


@dataclass(frozen=True, slots=True)
class ReportData:
    """All of it. events: from a period before the report's on, the latest of each alarm among them. notes: what could
    not be read, a clause each. compliance, objectives, coverage: None where the environment has none.
    """

    events: tuple[Event, ...] = ()
    errors: tuple[ErrorUse, ...] = ()
    agents: tuple[Agent, ...] = ()
    compliance: tuple[ComplianceTotal, ...] | None = None
    objectives: tuple[Objective, ...] | None = None
    notes: tuple[str, ...] = ()
    coverage: Coverage | None = None
