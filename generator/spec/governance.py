"""Sections about standing duties: waivers, audit, access."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.spec.scalars import Date, EnumScalar, EnvironmentName, ExternalId, RoleName, Seconds
from generator.spec.sharing import EVERY_REGION, HUB_REGION, AnySharing, SharingSpec
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
    sharing: AnySharing = Field(
        default_factory=list,
        description="shared with the hub through Observability Access Manager: [metrics, logs], or each in part",
    )
    sinks: Annotated[str, EnumScalar("where sinks can be", HUB_REGION, EVERY_REGION)] = Field(
        default=HUB_REGION,
        description="where the hub's account has a sink to link to: hub-region, or every-region that members have",
    )
    owned_by: EnvironmentName | None = Field(
        default=None,
        description="where environments share accounts: the one whose stacks make what an account can have only once",
    )

    @property
    def shared(self) -> tuple[str, ...]:
        """The kinds of telemetry of which anything is shared, such as `metrics`."""
        return self.sharing.kinds if isinstance(self.sharing, SharingSpec) else tuple(self.sharing)
