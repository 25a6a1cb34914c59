"""Sections about standing duties: waivers, audit, access."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.spec.scalars import Date, EnvironmentName, ExternalId, OneOf, RoleName, Seconds
from generator.spec.strict import Strict


class WaiverSpec(Strict):
    """A house rule set aside for one thing."""

    rule: str = Field(description="the name of a house rule, such as log-retention-30-days")
    for_: str = Field(alias="for", description="the path it is for, such as alarms.handler-latency-p99")
    reason: str = Field(description="why; a reviewer reads it", min_length=10)
    until: Date | None = Field(default=None, description="the last day it holds")


class AuditSpec(Strict):
    """What is kept for auditors."""

    alarm_changes: bool = Field(default=False, description="every state change of every account's alarms")
    retention: Seconds | None = Field(default=None, description="how long; 30d unless given")


class AccessSpec(Strict):
    """Who may read in the members, and what they share."""

    monitoring_role: bool = Field(default=False, description="a read-only MonitoringRole-<AccountId> in each account")
    external_id: ExternalId | None = Field(
        default=None, description="what readers have to present; monitoring-<environment> unless given"
    )
    readers: list[RoleName] = Field(
        default_factory=list, description="hub roles that may assume it, instead of our own"
    )
    sharing: list[Annotated[str, OneOf("something to share", "metrics", "logs", "traces")]] = Field(
        default_factory=list, description="shared with the hub through Observability Access Manager"
    )
    owned_by: EnvironmentName | None = Field(
        default=None,
        description="where environments share accounts: the one whose stacks make what an account can have only once",
    )
