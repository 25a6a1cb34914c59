"""Governance of both sides: the audit trail, access for readers, sharing of telemetry, waivers of house rules."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from generator.findings import Path
from generator.model.link_filters import LinkFilter

METRICS = "AWS::CloudWatch::Metric"
LOGS = "AWS::Logs::LogGroup"


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
    captures: whether it reads all that `obsgen capture` does. capture_parts: what `--with` names besides.
    """

    external_id: str
    readers: tuple[str, ...]
    make_reader: bool
    log_groups: tuple[str, ...]
    path: Path
    captures: bool = False
    capture_parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sharing:
    """The AWS resource types that members share with the hub through Observability Access Manager.

    make: whether this environment's stacks create sink and links; another's do where environments share accounts.
    namespaces, log_groups: the metrics and log groups; None for all of a shared type. other_regions: with a sink
    of the hub's account, beside the hub's Region.
    """

    resource_types: tuple[str, ...]
    make: bool
    path: Path
    namespaces: LinkFilter | None = None
    log_groups: LinkFilter | None = None
    other_regions: tuple[str, ...] = ()

    def leaves_out(self, namespace: str) -> bool:
        """True if the links share metrics, and not those of this namespace."""
        return METRICS in self.resource_types and not self.shares_metrics_of(namespace)

    def shares_metrics_of(self, namespace: str) -> bool:
        """True if members share the metrics of a namespace."""
        return METRICS in self.resource_types and (self.namespaces is None or self.namespaces.passes(namespace))

    def shares_log_group(self, name: str) -> bool:
        """True if members share the log group of that name."""
        return LOGS in self.resource_types and (self.log_groups is None or self.log_groups.passes(name))


@dataclass(frozen=True, slots=True)
class Waiver:
    """A waiver of a house rule for one entry, with a reason and optionally a last day."""

    rule: str
    subject: str
    reason: str
    until: datetime.date | None
    path: Path
