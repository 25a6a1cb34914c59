"""Tag compliance: the tags that resources must carry, the time of the checks, and the channels to notify."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from generator.findings import Path
from generator.model.placement import Placement
from generator.model.routing import AlarmSeverity

Notification = Literal["each", "summary", "none"]
RemediationMode = Literal["dry-run", "apply"]
CopySource = Literal["auto-scaling-group", "launch-template", "vpc", "account-label"]
COPY_SOURCES: tuple[CopySource, ...] = ("auto-scaling-group", "launch-template", "vpc", "account-label")
# What launches instances that get their tags late, as handlers/compliance/resource.py finds it out.
LAUNCHERS = ("auto-scaling", "eks", "emr", "spot")
EC2_INSTANCE = "ec2:instance"
# What the checker publishes: 1 or 0 of each change without dimension, and of each scan the totals.
NAMESPACE = "TagCompliance"
COMPLIANT, NON_COMPLIANT = "CompliantInstances", "NonCompliantInstances"
METRICS = (COMPLIANT, NON_COMPLIANT)
FROM_SCAN = (("Source", "Scan"),)


@dataclass(frozen=True, slots=True)
class TagRule:
    """One required tag. allowed, pattern: what its value may be; anything but blank where neither is given.

    any_of: further keys, one of which is enough. when: only for resources whose tags have one of these values, each.
    ignore_case: a key that differs in case counts, too.
    """

    key: str
    path: Path
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    any_of: tuple[str, ...] = ()
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Exemption:
    """Resources that are not checked: those for which all of what is given holds. until: the last day, in UTC.

    tags: key to values, any value where there are none. whole_account: whatever is in the account.
    """

    reason: str
    path: Path
    until: datetime.date | None = None
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ids: tuple[str, ...] = ()
    auto_scaling_groups: tuple[str, ...] = ()
    launched_by: tuple[str, ...] = ()
    whole_account: bool = False


@dataclass(frozen=True, slots=True)
class TagPolicy:
    """The policy of some accounts: their names; those of the default are not listed."""

    tags: tuple[TagRule, ...]
    exemptions: tuple[Exemption, ...]
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnChange:
    """Checks of an instance that changes its state or its tags. Waits in seconds, until its tags are there.

    slow_wait: for instances that auto-scaling, EKS, EMR or spot launch.
    """

    states: tuple[str, ...]
    wait: int
    slow_wait: int


@dataclass(frozen=True, slots=True)
class Scan:
    """A schedule in the words of EventBridge Scheduler, such as `rate(1 day)`."""

    expression: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Notify:
    """The form of notifications. summary_above: so many new ones in one scan are notified one by one.

    launcher: whether the incident of an instance says later who launched it.
    """

    changes: Notification
    scans: Notification
    summary_above: int
    launcher: bool


@dataclass(frozen=True, slots=True)
class DefaultTag:
    """A tag that remediation sets where it is missing: copied from the first source that has it, else `value`."""

    key: str
    value: str
    copy_from: tuple[CopySource, ...] = ()


@dataclass(frozen=True, slots=True)
class Remediation:
    """The tags that are set where they are missing; in `dry-run` they are only reported."""

    mode: RemediationMode
    tags: tuple[DefaultTag, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Compliance:
    """Tag compliance of one environment. policies: the default first.

    resources: types such as `ec2:instance`. retain_days: how long records are kept in S3. placement: the members that
    are checked; None for all.
    """

    policies: tuple[TagPolicy, ...]
    resources: tuple[str, ...]
    on_change: OnChange | None
    scan: Scan | None
    notify: Notify
    severity: AlarmSeverity
    severity_by_account: tuple[tuple[str, AlarmSeverity], ...]
    retain_days: int
    remediation: Remediation | None
    dashboard: bool
    path: Path
    owner: str = ""
    runbook: str = ""
    placement: Placement | None = None
