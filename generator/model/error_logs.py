"""Errors in logs: what agents in the members look for, and what becomes of it in the hub."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from generator.findings import Path
from generator.model.coverage import ReviewedCoverage
from generator.model.objectives import Objective
from generator.model.placement import Placement
from generator.model.routing import AlarmSeverity

# What can be found, in the order in which pages list it; each has a severity of its own.
# log: a line of a log; lambda: a failed invocation; task: a task of ECS; health: a service that does not run;
# spike: an error far above its usual rate; agent: an agent that is silent or failed.
KINDS = ("log", "lambda", "task", "health", "spike", "agent")

# The logical id of the key that the event store has where it asks for one.
EVENTS_KEY = "MonitoringEventsKey"


@dataclass(frozen=True, slots=True)
class LogGroupSelection:
    """The log groups that an agent queries, within those of its account.

    prefixes, names: of log groups. tags: a log group must have one of the values of each key, any value where none is
    given. exclude: globs of names. functions, services: also those that Lambda functions and ECS services name.
    chunk: log groups in one query.
    """

    prefixes: tuple[str, ...]
    names: tuple[str, ...]
    exclude: tuple[str, ...]
    tags: tuple[tuple[str, tuple[str, ...]], ...]
    functions: bool
    services: bool
    chunk: int


@dataclass(frozen=True, slots=True)
class OwnPattern:
    """A pattern of the file's own whose matches are redacted, as `[redacted: <name>]`."""

    name: str
    pattern: str
    path: Path


@dataclass(frozen=True, slots=True)
class SameRule:
    """Redacted lines that match `pattern` are one error called `name`, whatever else they say."""

    name: str
    pattern: str
    path: Path


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """Redacted lines that match `pattern` are no errors, up to and including the day `until` (UTC) where it is given.

    log_group: a glob; every log group where it is empty.
    """

    pattern: str
    reason: str
    path: Path
    log_group: str = ""
    until: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """The owner of an error. log_group, service, source_path: globs, all of which must match; the last rule wins."""

    owner: str
    path: Path
    log_group: str = ""
    service: str = ""
    source_path: str = ""
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class Spike:
    """Many more of a known error: `factor` times its median of 24 hours, and at least `floor` in one window."""

    factor: int
    floor: int


@dataclass(frozen=True, slots=True)
class ErrorLogs:
    """Agents of one environment. Times in seconds.

    query: commands of Logs Insights that choose lines: `fields`, `filter`, `parse`. every: the period, and the length
    of a window. delivery_latency: how long a window waits for its lines. concurrent_queries: at once, in one account
    and Region. redact_optional: kinds of personal data that are redacted besides the usual ones. learn: how long an
    account's errors are recorded without notification. quiet_after: an error that did not occur for so long is
    resolved. most_new: so many new errors of one window are notified one by one, more in a summary.
    severity: of each of KINDS.
    """

    query: str
    every: int
    delivery_latency: int
    groups: LogGroupSelection
    concurrent_queries: int
    redact_optional: tuple[str, ...]
    redact_patterns: tuple[OwnPattern, ...]
    same: tuple[SameRule, ...]
    ignore: tuple[IgnoreRule, ...]
    owners: tuple[OwnerRule, ...]
    tasks: bool
    deployments: bool
    health: bool
    learn: int
    quiet_after: int
    spike: Spike
    most_new: int
    severity: tuple[tuple[str, AlarmSeverity], ...]
    path: Path
    owner: str = ""
    runbook: str = ""
    placement: Placement | None = None


@dataclass(frozen=True, slots=True)
class Api:
    """The REST API of the event store. rate, burst: requests a second, and at once. account_role: whether the stack
    sets the role with which API Gateway writes logs, which an account and Region has once.
    """

    rate: int
    burst: int
    account_role: bool


@dataclass(frozen=True, slots=True)
class Vpc:
    """The VPC of the hub's functions, where they run in one."""

    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Events:
    """The event store of the hub. keep_days: how long events and counts are kept. backup: point-in-time recovery.
    customer_key: whether a key of the stack's own encrypts it. dashboard: whether the hub has one of it.
    """

    keep_days: int
    api: Api | None
    backup: bool
    customer_key: bool
    vpc: Vpc | None
    path: Path
    dashboard: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """One report. name: daily or weekly. expression, time_zone: in the words of EventBridge Scheduler.
    channels: names of channels.
    """

    name: str
    expression: str
    time_zone: str
    channels: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports of one environment. sender: the address from which Amazon SES sends HTML; through SNS as text without.
    keep_days: how long their pages are kept. objectives: those whose metrics the hub can read.
    coverage: None where no lock has its numbers.
    """

    reports: tuple[Report, ...]
    sender: str
    keep_days: int
    path: Path
    objectives: tuple[Objective, ...] = ()
    coverage: ReviewedCoverage | None = None
