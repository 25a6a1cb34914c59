"""Sections about standing duties: waivers, audit, access."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from generator.capture.parts import EXTRA
from generator.spec.quantities import Seconds
from generator.spec.scalars import Date, EnumScalar, EnvironmentName, ExternalId, RoleName
from generator.spec.sharing import EVERY_REGION, HUB_REGION, AnySharing, SharingSpec
from generator.spec.strict import Strict

CapturePart = Annotated[str, EnumScalar("a part of a capture", *EXTRA)]


class WaiverSpec(Strict):
    """A waiver of a house rule for one resource."""

    rule: str = Field(description="the name of a house rule, such as log-retention-30-days")
    for_: str = Field(alias="for", description="path of the entry it applies to, such as alarms.handler-latency-p99")
    reason: str = Field(description="the reason, for reviewers", min_length=10)
    until: Date | None = Field(default=None, description="last day of validity")


class AuditSpec(Strict):
    """The records that are kept for auditors."""

    alarm_changes: bool = Field(default=False, description="every state change of every account's alarms")
    retention: Seconds | None = Field(default=None, description="retention (default: 30d)")


class AccessSpec(Strict):
    """The principals that may read in the members, and the telemetry that members share."""

    monitoring_role: bool = Field(
        default=False, description="create a read-only role MonitoringRole-<AccountId> in each account"
    )
    external_id: ExternalId | None = Field(
        default=None, description="external ID for readers (default: monitoring-<environment>)"
    )
    readers: list[RoleName] = Field(
        default_factory=list, description="roles of the hub that may assume it, instead of the role that obsgen creates"
    )
    captures: bool = Field(
        default=False,
        description="let the role read all that `obsgen capture` reads: dashboards, metric filters, tags of resources",
    )
    capture_parts: list[CapturePart] = Field(
        default_factory=list, description="parts of `obsgen capture --with` that the role may read, such as services"
    )
    sharing: AnySharing = Field(
        default_factory=list,
        description="shared with the hub through Observability Access Manager: [metrics, logs], or each in part",
    )
    sinks: Annotated[str, EnumScalar("a set of Regions for sinks", HUB_REGION, EVERY_REGION)] = Field(
        default=HUB_REGION,
        description="Regions of the hub account with a sink: hub-region, or every-region (all Regions of members)",
    )
    owned_by: EnvironmentName | None = Field(
        default=None,
        description="if environments share accounts: the environment that creates what an account can have only once",
    )

    @property
    def shared(self) -> tuple[str, ...]:
        """The kinds of telemetry of which anything is shared, such as `metrics`."""
        return self.sharing.kinds if isinstance(self.sharing, SharingSpec) else tuple(self.sharing)
