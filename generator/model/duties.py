"""Standing duties of the two sides: the audit trail, access for readers, sharing of telemetry, house-rule waivers."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from generator.findings import Path


@dataclass(frozen=True, slots=True)
class Audit:
    """Every alarm state change of every account, kept in a log group of the hub."""

    log_group: str
    retention_days: int
    path: Path


@dataclass(frozen=True, slots=True)
class MonitoringRole:
    """`MonitoringRole-<AccountId>` in each member.

    readers: names of the hub roles that may assume it. make_reader: whether the first of them is ours to create.
    log_groups: names of the members' log groups it reads, those of other environments in the same accounts too.
    """

    external_id: str
    readers: tuple[str, ...]
    make_reader: bool
    log_groups: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True)
class Sharing:
    """What the members share with the hub through Observability Access Manager, as AWS resource types.

    make: whether this environment's stacks make sink and links; another's do where environments share accounts.
    """

    resource_types: tuple[str, ...]
    make: bool
    path: Path


@dataclass(frozen=True, slots=True)
class Waiver:
    """A house rule set aside for one thing, with a reason and perhaps a last day."""

    rule: str
    subject: str
    reason: str
    until: datetime.date | None
    path: Path
